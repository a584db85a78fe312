//! End-to-end tests.

mod durability;
mod hostile;
mod ingest;
mod payments;
