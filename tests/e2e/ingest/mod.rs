//! Transactions on their way from the integrator to the analyst.

mod batch;
mod journey;
mod rules;
mod single;
