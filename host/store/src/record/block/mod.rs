//! A transaction block: transactions of a team that were committed together, in sequence.
//!
//! ```text
//! header   version u8 = 1 │ first sequence u64 │ rows u32 │ earliest i64 │ latest i64 │ base i64 │ tables u32
//! rows     one after the other, see below
//! tables   the end of each row u32 … │ outcomes u32 │ the end of each outcome u32 … │ outcomes …
//! end      crc32 of all before u32
//!
//! row      flags u8: 1 a date_time as sent, 2 additional members
//!          received at, from base ~ │ schema version ~ │ outcome, by number ~ │ date_time, from base ~
//!          txn_id text │ customer_id text │ [date_time as sent, text] │ [additional, text] │ values ~ │ value …
//! value    tag u8 │ what the tag says (see values.rs)
//! ```
//!
//! Numbers of a fixed length are little endian; `~` is a varint, zigzag where it has a sign; a text
//! is its length `~` and UTF-8. Times are in microseconds since the epoch; base is when the first row was received; ends count from the
//! first row and from the first outcome. What the rules said of a row is its outcome, opaque here;
//! each different one is kept once.
//!
//! A later version is another module beside this one's; this one's bytes are read for ever.

mod builder;
mod reader;
#[cfg(test)]
mod tests;
mod values;

pub use builder::{BlockBuilder, Pushed};
pub use reader::{Block, Row};

/// The version that is written.
const VERSION: u8 = 1;

/// Bytes before the first row.
const HEADER_BYTES: usize = 41;

/// How long a block may be in bytes, unless it has a single row.
pub const MAX_BLOCK_BYTES: usize = 96 * 1024;

const DATE_TIME_AS_SENT: u8 = 1;
const ADDITIONAL: u8 = 2;

/// Why a block cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The bytes are not what was written.
    #[error("the transaction block is damaged; restore it from a backup")]
    Damaged,
    /// A newer release wrote it.
    #[error("the transaction block is of version {version}; start the release that wrote it")]
    Newer {
        /// Its version.
        version: u8,
    },
    /// There is no such schema.
    #[error(
        "payload schema {version} of the team, which its transactions need, is missing; restore it from a backup"
    )]
    NoSchema {
        /// The schema's version.
        version: u32,
    },
    /// The schema is another than when the transaction was written.
    #[error("payload schema {version} does not fit its transactions; restore it from a backup")]
    OtherSchema {
        /// The schema's version.
        version: u32,
    },
}
