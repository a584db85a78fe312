//! What a change adds to a list and removes from it.

use serde::{Deserialize, Serialize};

use super::record::to_json;
use tenant::ListEntries;

/// The most bytes of entries that are kept together: a value of the store is read whole.
const CHUNK_BYTES: usize = 32 * 1024;

/// What a change adds to a list and removes from it; each in the order of its bytes, no entry in both.
///
/// What is added was not in the list before, and what is removed was: so a diff can be undone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDiff {
    /// Were not there before.
    pub added: Vec<String>,
    /// Were there before.
    pub removed: Vec<String>,
}

impl ListDiff {
    /// What leads from no list to this one.
    pub fn from_nothing(entries: &ListEntries) -> Self {
        Self {
            added: entries.iter().map(str::to_owned).collect(),
            removed: Vec::new(),
        }
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// What the change says of an entry: whether it is in the list from then on. None if the change does not touch it.
    pub fn says_of(&self, entry: &str) -> Option<bool> {
        let holds = |entries: &[String]| {
            let found = entries.binary_search_by(|other| other.as_str().cmp(entry));
            found.is_ok()
        };
        match (holds(&self.added), holds(&self.removed)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }

    /// Each entry that is touched, with whether it is in the list from then on.
    pub fn into_entries(self) -> impl Iterator<Item = (String, bool)> {
        let added = self.added.into_iter().map(|entry| (entry, true));
        added.chain(self.removed.into_iter().map(|entry| (entry, false)))
    }

    /// Whether it is short enough to be kept with what else is known of the change.
    fn is_short(&self) -> bool {
        let entries = self.added.iter().chain(&self.removed);
        entries.map(|entry| entry.len() + 1).sum::<usize>() <= CHUNK_BYTES / 4
    }

    /// The same in pieces that follow one another in the order of entries, each with its first.
    fn into_chunks(self) -> Vec<(String, Self)> {
        let mut entries: Vec<_> = self.into_entries().collect();
        entries.sort_unstable();
        let mut chunks: Vec<(String, Self)> = Vec::new();
        let mut bytes = 0;
        for (entry, is_added) in entries {
            bytes += entry.len() + 1;
            if chunks.is_empty() || bytes > CHUNK_BYTES {
                chunks.push((entry.clone(), Self::default()));
                bytes = entry.len() + 1;
            }
            let (_, chunk) = chunks.last_mut().expect("one was just put there");
            let side = if is_added {
                &mut chunk.added
            } else {
                &mut chunk.removed
            };
            side.push(entry);
        }
        chunks
    }

    /// Takes in the piece that follows.
    pub(super) fn append(&mut self, next: Self) {
        self.added.extend(next.added);
        self.removed.extend(next.removed);
    }
}

/// A diff as the store keeps it.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptDiff {
    /// How many entries it adds.
    pub(super) added: usize,
    /// How many it removes.
    pub(super) removed: usize,
    /// The diff itself, where it is short enough to be kept with what else is known of the change.
    pub(super) short: Option<ListDiff>,
    /// Otherwise its chunks, each with its first entry.
    pub(super) chunks: Vec<(String, Vec<u8>)>,
}

impl From<ListDiff> for KeptDiff {
    fn from(diff: ListDiff) -> Self {
        let (added, removed) = (diff.added.len(), diff.removed.len());
        let (short, long) = match diff.is_short() {
            true => (Some(diff), None),
            false => (None, Some(diff)),
        };
        let chunks = long.map(ListDiff::into_chunks).unwrap_or_default();
        let chunks = chunks.into_iter();
        let chunks = chunks.map(|(first, chunk)| (first, to_json(&chunk)));
        Self {
            added,
            removed,
            short,
            chunks: chunks.collect(),
        }
    }
}
