//! Finds transactions.
