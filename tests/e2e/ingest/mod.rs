//! Transactions on their way from the integrator to the analyst.

mod batch;
mod gzip;
mod journey;
mod rules;
mod single;
