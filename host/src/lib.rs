//! The transaction-monitoring host.
//!
//! In reading order:
//!
//! - [`credential`]: keys, tokens and passwords;
//! - [`http`]: what every resource of the API has in common;
//! - [`ingest`]: from bytes to transactions, and back.

pub mod credential;
pub mod http;
pub mod ingest;
mod mac;
