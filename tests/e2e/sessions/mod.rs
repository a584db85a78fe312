//! Account-aggregation sessions, and their events on a real broker.

mod bad_input;
mod broker;
mod consents;
mod envelope;
mod hub;
mod journey;
mod monitoring;
