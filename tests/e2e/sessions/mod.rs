//! Account-aggregation sessions, and their events on a real broker.

mod bad_input;
mod broker;
mod check;
mod consents;
mod envelope;
mod history;
mod hub;
mod journey;
mod kill;
mod model;
mod monitoring;
mod processes;
mod random;
mod upgrade;
