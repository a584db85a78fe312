//! Transactions on their way from the integrator to the analyst.

mod after_restart;
mod batch;
mod gzip;
mod ids;
mod journey;
mod rules;
mod single;
mod summary;
