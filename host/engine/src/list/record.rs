//! What the store keeps of a change of a list.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::diff::{KeptDiff, ListDiff};
use crate::lane::Actor;
use store::StoreError;
use store::key::Record;
use tenant::List;

/// What one change made of a list. Times are microseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListVersion {
    /// The place of the change in the tenant's order.
    pub version: u64,
    /// When it was made.
    pub at: i64,
    /// Who made it; none for what a list held before its changes were kept.
    pub by: Option<Actor>,
    /// Why, in the words of whoever made it.
    #[serde(default)]
    pub note: Option<String>,
    /// Whether there is no list any more from then on.
    #[serde(default)]
    pub deleted: bool,
    /// How many entries there are from then on.
    pub count: u64,
    /// How many entries were added.
    pub added: u64,
    /// How many were removed.
    pub removed: u64,
    /// The number of each team's first transaction that sees it; all of a team that is not here.
    #[serde(default)]
    pub from_sequences: BTreeMap<u32, u64>,
    /// What was added and removed; none if it is long and is kept beside.
    #[serde(default)]
    pub(super) diff: Option<ListDiff>,
}

impl ListVersion {
    /// What a list holds whose changes were not kept.
    pub(super) fn of_unkept(list: &List) -> Self {
        let count = list.entries.len() as u64;
        Self {
            version: list.version,
            at: list.updated_at,
            by: None,
            note: None,
            deleted: false,
            count,
            added: count,
            removed: 0,
            from_sequences: BTreeMap::new(),
            diff: None,
        }
    }

    /// The number of a team's first transaction that sees it.
    pub fn seen_from(&self, team: u32) -> u64 {
        self.from_sequences.get(&team).copied().unwrap_or_default()
    }

    /// The records that keep this version and its diff.
    pub(super) fn into_records(
        mut self,
        list: &str,
        diff: KeptDiff,
    ) -> impl Iterator<Item = (Record, Vec<u8>)> {
        let version = self.version;
        self.diff = diff.short;
        let head = Record::ListVersion {
            list: list.to_owned(),
            version,
        };
        let chunks = diff.chunks.into_iter().map(move |(first, chunk)| {
            let list = list.to_owned();
            let record = Record::ListDiff {
                list,
                version,
                first,
            };
            (record, chunk)
        });
        std::iter::once((head, to_json(&self))).chain(chunks)
    }

    pub(super) fn read(value: &[u8]) -> Result<Self, StoreError> {
        from_json(value, "a version of a list")
    }
}

/// The bytes of a record.
pub(super) fn to_json(record: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(record).expect("keys are strings and numbers")
}

/// Reads a record.
///
/// # Errors
/// Where it is damaged.
pub(super) fn from_json<'v, T: Deserialize<'v>>(
    value: &'v [u8],
    what: &str,
) -> Result<T, StoreError> {
    serde_json::from_slice(value).map_err(|error| StoreError::damaged(what, error.to_string()))
}
