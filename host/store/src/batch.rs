//! What is written at once or not at all.

use super::key::Key;

/// So many deletions may be in one batch where more is to go: reads of all tenants wait for a batch that is applied.
pub const MAX_DELETES: usize = 1_000;

/// Puts and deletes that become durable together or not at all. Of several
/// writes to one key the last counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    writes: Vec<(Key, Option<Vec<u8>>)>,
    bytes: usize,
}

impl Batch {
    /// A batch that writes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a value under a key.
    pub fn put(&mut self, key: Key, value: Vec<u8>) {
        self.bytes += key.as_bytes().len() + value.len();
        self.writes.push((key, Some(value)));
    }

    /// Deletes a key; no error where there is none.
    pub fn delete(&mut self, key: Key) {
        self.bytes += key.as_bytes().len();
        self.writes.push((key, None));
    }

    /// Adds another batch's writes after this one's.
    pub fn append(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.writes.extend(other.writes);
    }

    /// Bytes of all keys and values.
    pub fn byte_len(&self) -> usize {
        self.bytes
    }

    /// How many puts and deletes there are.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether it writes nothing.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Key and value of each write, in order; no value for a delete.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, Option<&[u8]>)> {
        self.writes
            .iter()
            .map(|(key, value)| (key, value.as_deref()))
    }

    /// The writes that count, by rising key, each key once.
    pub(super) fn into_settled(mut self) -> Vec<(Key, Option<Vec<u8>>)> {
        // The sort is stable and `dedup` keeps the first, so the last write must come first.
        self.writes.reverse();
        self.writes.sort_by(|one, other| one.0.cmp(&other.0));
        self.writes.dedup_by(|one, other| one.0 == other.0);
        self.writes
    }
}
