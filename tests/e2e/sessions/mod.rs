//! Account-aggregation sessions, and their events on a real broker.

mod hub;
mod journey;
