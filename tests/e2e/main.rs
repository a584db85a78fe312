//! End-to-end tests.

mod hostile;
mod ingest;
mod payments;
