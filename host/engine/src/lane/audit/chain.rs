//! Whether a tenant's audit is as it was written.
//!
//! Each record has the hash of the one before, so none is altered, moved or taken out without all that follow
//! being written anew. Who can do that, or cuts off the end, is found by a head that was noted elsewhere.

use std::fmt;
use std::str::FromStr;

use super::record::{AuditRecord, ChainHash};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};

/// After so many records it is said how far a verification is.
const PROGRESS_RECORDS: u64 = 1_000;

/// The end of a chain, or what was the end once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHead {
    /// Where its record is in the tenant's order.
    pub position: u64,
    /// Of that record.
    pub hash: ChainHash,
}

impl fmt::Display for ChainHead {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.position, self.hash)
    }
}

impl FromStr for ChainHead {
    type Err = String;

    /// Reads `position:hash`.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = "a head is POSITION:HASH, as the host answers them";
        let (position, hash) = text.split_once(':').ok_or(form)?;
        Ok(Self {
            position: position.parse().map_err(|_| form)?,
            hash: hash.parse().map_err(|error| format!("{error}; {form}"))?,
        })
    }
}

/// What is wrong with a chain, at the first place where something is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// A record is no record of its place, or cannot be read.
    #[error("position {position}: the record was altered: {what}")]
    Altered {
        /// Where.
        position: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A record does not have the hash that the next one says it has.
    #[error(
        "position {position}: the record was altered, or what the one at position {next} says of it"
    )]
    Other {
        /// Where.
        position: u64,
        /// Where the next one is.
        next: u64,
    },
    /// Records are missing.
    #[error("position {next}: {count} before it, after position {after}, removed", count = records(*count))]
    Removed {
        /// Behind which; 0 for the beginning.
        after: u64,
        /// Before which.
        next: u64,
        /// How many.
        count: u64,
    },
    /// A record is there that was not written then.
    #[error("position {position}: the record was inserted")]
    Inserted {
        /// Where.
        position: u64,
    },
    /// There are no records at all: every tenant has the one of its creation.
    #[error("all records were removed")]
    Empty,
    /// The record of the noted head is not there.
    #[error(
        "position {noted}: the noted head was removed; the chain ends at position {last}, so its end may have been cut off"
    )]
    HeadRemoved {
        /// Where it was.
        noted: u64,
        /// Where the chain ends.
        last: u64,
    },
    /// The record of the noted head is another.
    #[error(
        "position {noted}: the record is not that of the noted head; it, or any before it, was written anew"
    )]
    HeadOther {
        /// Where.
        noted: u64,
    },
}

fn records(count: u64) -> String {
    match count {
        1 => "1 record was".to_owned(),
        count => format!("{count} records were"),
    }
}

/// A chain that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// All entries.
    pub entries: u64,
    /// Those of them that an earlier release wrote, which did not chain them. All but the last record of these
    /// are vouched for by nothing.
    pub unchained: u64,
    /// The end.
    pub head: ChainHead,
}

/// Why a chain is not said to be whole.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum VerifyError {
    #[error(transparent)]
    Fault(#[from] ChainFault),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A chain as far as it was read.
#[derive(Default)]
struct Chain {
    last: Option<Last>,
    entries: u64,
    unchained: u64,
}

#[derive(Clone, Copy)]
struct Last {
    head: ChainHead,
    /// 0 for what is not chained.
    number: u64,
    /// Of the record before it.
    before: Option<ChainHash>,
}

impl Chain {
    fn next(&mut self, position: u64, bytes: &[u8]) -> Result<(), ChainFault> {
        let altered = |what: String| ChainFault::Altered { position, what };
        let record = AuditRecord::read(bytes).map_err(|error| altered(error.to_string()))?;
        let count = record.entries.len() as u64;
        let number = self.last.map_or(0, |last| last.number);
        let number = match record.link {
            None if number > 0 => return Err(altered("it is not chained".to_owned())),
            None => {
                self.unchained += count;
                0
            }
            Some(link) if link.position != position => {
                let what = format!("it belongs to position {}", link.position);
                return Err(altered(what));
            }
            Some(link) => {
                self.follows(position, link.number, link.previous)?;
                link.number
            }
        };
        self.entries += count;
        self.last = Some(Last {
            head: ChainHead {
                position,
                hash: ChainHash::of(bytes),
            },
            number,
            before: self.last.map(|last| last.head.hash),
        });
        Ok(())
    }

    /// Whether a record of this number follows the last one.
    fn follows(
        &self,
        position: u64,
        number: u64,
        previous: Option<ChainHash>,
    ) -> Result<(), ChainFault> {
        let expect = self.last.map_or(0, |last| last.number) + 1;
        let is_next = previous == self.last.map(|last| last.head.hash);
        if is_next && number == expect {
            return Ok(());
        }
        let after = self.last.map_or(0, |last| last.head.position);
        Err(match self.last {
            Some(last) if previous == last.before && number == last.number => {
                ChainFault::Inserted { position: after }
            }
            _ if number > expect => ChainFault::Removed {
                after,
                next: position,
                count: number - expect,
            },
            Some(_) if number == expect => ChainFault::Other {
                position: after,
                next: position,
            },
            None if number == expect => ChainFault::Removed {
                after,
                next: position,
                count: 1,
            },
            _ => ChainFault::Inserted { position },
        })
    }
}

/// Reads all of a tenant's audit, and tells what is wrong first, if anything is. `noted` is a head that was
/// noted earlier: its record must be there. `progress` is told how many entries were read.
///
/// # Errors
/// Where something is wrong, or the store cannot be read.
pub fn verify_chain(
    store: &Store,
    tenant: TenantId,
    noted: Option<ChainHead>,
    progress: &mut dyn FnMut(u64),
) -> Result<ChainReport, VerifyError> {
    let mut chain = Chain::default();
    let mut has_noted = noted.is_none();
    let records = store.range(KeyRange::audit_from(tenant, 0), Direction::Forward);
    for (count, record) in (1..).zip(records) {
        let (key, bytes) = record?;
        let Some((_, Record::Audit { position })) = Key::parse(&key) else {
            continue;
        };
        chain.next(position, &bytes)?;
        if let Some(noted) = noted.filter(|noted| noted.position == position) {
            if ChainHash::of(&bytes) != noted.hash {
                return Err(ChainFault::HeadOther { noted: position }.into());
            }
            has_noted = true;
        }
        if count % PROGRESS_RECORDS == 0 {
            progress(chain.entries);
        }
    }
    let head = chain.last.ok_or(ChainFault::Empty)?.head;
    if let Some(noted) = noted.filter(|_| !has_noted) {
        let (noted, last) = (noted.position, head.position);
        return Err(ChainFault::HeadRemoved { noted, last }.into());
    }
    Ok(ChainReport {
        entries: chain.entries,
        unchained: chain.unchained,
        head,
    })
}

/// The head of a tenant's audit as of a position; none if nothing was audited yet.
///
/// # Errors
/// Where the store cannot be read.
pub fn read_head(
    store: &Store,
    tenant: TenantId,
    position: u64,
) -> Result<Option<ChainHead>, StoreError> {
    let range = KeyRange::audit_up_to(tenant, position);
    let last = store.range(range, Direction::Reverse).next().transpose()?;
    Ok(last.and_then(|(key, bytes)| match Key::parse(&key) {
        Some((_, Record::Audit { position })) => Some(ChainHead {
            position,
            hash: ChainHash::of(&bytes),
        }),
        _ => None,
    }))
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
