//! The entries of one commit, as the store keeps them, chained to those before.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::AuditEntry;

/// SHA-256 of a record's bytes, and so, by what they say of the record before, of all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHash([u8; 32]);

impl ChainHash {
    /// The hash of a record.
    pub fn of(record: &[u8]) -> Self {
        Self(Sha256::digest(record).into())
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&base::hex::encode(&self.0))
    }
}

/// A text that is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 64 hexadecimal digits")]
pub struct ParseHashError;

impl FromStr for ChainHash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, ParseHashError> {
        base::hex::decode::<32>(text)
            .map(Self)
            .ok_or(ParseHashError)
    }
}

/// The entries of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// None in records of releases that did not chain them yet.
    pub(super) link: Option<Link>,
    /// In the order in which they were made.
    pub entries: Vec<AuditEntry>,
}

/// What chains a record to the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Where the record belongs: it is not moved elsewhere unseen.
    pub(super) position: u64,
    /// 1 for the first that is chained, rising by one: none is taken out unseen.
    pub(super) number: u64,
    /// Of the record before; none for the first of all.
    pub(super) previous: Option<ChainHash>,
}

/// The format of records that this release writes. Records without a format are of format 1, which does not know what
/// became of definitions. The hash of a record is of all its bytes, so it covers what later formats add.
const FORMAT: u32 = 2;

/// As the store keeps it.
#[derive(Serialize, Deserialize)]
struct Linked {
    #[serde(default = "first_format")]
    format: u32,
    position: u64,
    number: u64,
    previous: Option<String>,
    entries: Vec<AuditEntry>,
}

fn first_format() -> u32 {
    1
}

/// A stored record that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("a record of the audit cannot be read: {0}")]
pub struct ReadAuditError(String);

impl AuditRecord {
    /// The bytes of the first record of a tenant.
    pub fn first(position: u64, entries: Vec<AuditEntry>) -> Vec<u8> {
        ChainEnd::default().link(position, entries)
    }

    /// Reads the bytes of a record, chained or not yet.
    ///
    /// # Errors
    /// Where they are no record.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadAuditError> {
        let malformed = |error: serde_json::Error| ReadAuditError(error.to_string());
        if bytes.starts_with(b"[") {
            let entries = serde_json::from_slice(bytes).map_err(malformed)?;
            return Ok(Self {
                link: None,
                entries,
            });
        }
        let linked: Linked = serde_json::from_slice(bytes).map_err(malformed)?;
        if linked.format > FORMAT {
            let format = linked.format;
            let what = format!("a later release wrote it, in format {format}");
            return Err(ReadAuditError(what));
        }
        let previous = linked.previous.as_deref().map(ChainHash::from_str);
        let previous = previous.transpose();
        let previous = previous.map_err(|error| ReadAuditError(error.to_string()))?;
        Ok(Self {
            link: Some(Link {
                position: linked.position,
                number: linked.number,
                previous,
            }),
            entries: linked.entries,
        })
    }
}

/// What the next record of a tenant's audit follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChainEnd {
    number: u64,
    hash: Option<ChainHash>,
}

impl ChainEnd {
    /// The end of a chain, by the bytes of its last record.
    pub(crate) fn after(record: &[u8]) -> Result<Self, ReadAuditError> {
        let link = AuditRecord::read(record)?.link;
        Ok(Self {
            number: link.map_or(0, |link| link.number),
            hash: Some(ChainHash::of(record)),
        })
    }

    /// The bytes of the next record, which is the end from now on.
    pub(crate) fn link(&mut self, position: u64, entries: Vec<AuditEntry>) -> Vec<u8> {
        let linked = Linked {
            format: FORMAT,
            position,
            number: self.number + 1,
            previous: self.hash.map(|hash| hash.to_string()),
            entries,
        };
        let bytes = serde_json::to_vec(&linked).expect("an audit entry has only string keys");
        *self = Self {
            number: linked.number,
            hash: Some(ChainHash::of(&bytes)),
        };
        bytes
    }
}
