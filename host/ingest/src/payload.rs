//! What was posted, not yet read.

use std::sync::Arc;

use bytes::Bytes;
use domain::payload::{Fault, Identifier, PayloadSchema, Transaction};

use super::keyed_hash::KeyedHash;
use super::object;
use super::row::Row;

/// One payload as it was posted.
///
/// It is kept until its transaction is in sequence, because a schema that
/// changes meanwhile means reading it again.
#[derive(Clone, Debug)]
pub enum Payload {
    /// The text of a JSON object, perhaps malformed.
    Json(Bytes),
    /// A row of CSV.
    Row(Row),
}

impl Payload {
    /// Reads the payload by a team's schema; `keyed_hash` is the tenant's.
    ///
    /// # Errors
    /// Every fault, not the first alone; but of a malformed payload only where
    /// it is malformed, and of many thousands only the first
    /// [`MAX_FAULTS`](super::assembly::MAX_FAULTS).
    pub fn read(
        &self,
        schema: &Arc<PayloadSchema>,
        keyed_hash: &KeyedHash,
    ) -> Result<Transaction, Vec<Fault>> {
        match self {
            Self::Json(text) => object::read(text, schema, keyed_hash),
            Self::Row(row) => row.read(schema, keyed_hash),
        }
    }

    /// Its length in bytes, roughly for a row.
    pub fn len(&self) -> usize {
        match self {
            Self::Json(text) => text.len(),
            Self::Row(row) => row.len(),
        }
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The payload's `txn_id`, where it has a good one, whatever else is wrong.
    ///
    /// So a payload that the present schema refuses can still be recognised as
    /// the repeat of a transaction that an earlier schema accepted.
    pub fn txn_id(&self) -> Option<Identifier> {
        match self {
            Self::Json(text) => object::txn_id(text),
            Self::Row(row) => row.txn_id(),
        }
    }
}
