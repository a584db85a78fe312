//! End-to-end tests.

mod hostile;
