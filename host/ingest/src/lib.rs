//! From bytes to transactions, and back.
//!
//! In reading order:
//!
//! - [`payload`]: what was posted, not yet read; [`payload::Payload::read`] makes a transaction of it or finds every fault;
//! - [`object`], [`row`]: the two forms of a payload, a JSON object and a row of CSV;
//! - [`assembly`]: members, one after another, become a transaction by the payload schema;
//! - [`value`], [`date_time`], [`number`]: the texts of single values;
//! - [`keyed_hash`]: what stands in place of values that are never stored;
//! - [`batch`]: streams of payloads: [`ndjson`], [`mod@array`], [`csv_batch`]; [`csv`] reads all CSV of strangers, strictly;
//! - [`render`], [`same`]: a transaction as it was posted, and whether two were posted the same;
//! - [`json_schema`]: a payload schema for people and tools.
//!
//! Nothing here knows HTTP, the store or the lanes. No fault repeats a value
//! that was sent, for values may be secret.

mod array;
pub mod assembly;
mod batch;
#[cfg(test)]
mod batch_tests;
pub mod csv;
mod csv_batch;
mod date_time;
mod fault;
mod json_schema;
mod keyed_hash;
mod ndjson;
mod number;
mod object;
mod payload;
mod render;
mod row;
mod same;
#[cfg(test)]
mod tests;
mod value;

pub use batch::{BatchFormat, BatchItem, BatchReader};
pub use json_schema::{example, json_schema};
pub use keyed_hash::KeyedHash;
pub use payload::Payload;
pub use render::{Sensitive, render};
pub use same::same_content;
