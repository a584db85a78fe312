//! The keys that were met since the first transaction.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// The keys under which there are rows, by their hashes, for as long as all of them are known: since the first transaction
/// of all, and as long as they do not take too much memory.
///
/// A key that is not among them has no rows, so history need not be read for it. Most first uses of a key are such ones.
#[derive(Debug, Default)]
pub(super) struct Met {
    hasher: DefaultHashBuilder,
    hashes: Option<HashTable<u64>>,
}

impl Met {
    /// Before the first transaction of all.
    pub(super) fn nothing_yet() -> Self {
        Self {
            hashes: Some(HashTable::new()),
            ..Self::default()
        }
    }

    /// Whether there may be rows under a key.
    pub(super) fn may_have(&self, key: &[u8]) -> bool {
        let hash = self.hasher.hash_one(key);
        let hashes = self.hashes.as_ref();
        hashes.is_none_or(|hashes| hashes.find(hash, |&it| it == hash).is_some())
    }

    pub(super) fn add(&mut self, key: &[u8]) {
        let Some(hashes) = &mut self.hashes else {
            return;
        };
        let hash = self.hasher.hash_one(key);
        if hashes.find(hash, |&it| it == hash).is_none() {
            hashes.insert_unique(hash, hash, |&it| it);
        }
    }

    /// Whether all keys under which there are rows are among them.
    pub(super) fn is_complete(&self) -> bool {
        self.hashes.is_some()
    }

    /// From now on there may be rows under any key.
    pub(super) fn give_up(&mut self) {
        self.hashes = None;
    }

    pub(super) fn bytes(&self) -> usize {
        let hashes = self.hashes.as_ref();
        hashes.map_or(0, |hashes| hashes.capacity() * size_of::<u64>() * 9 / 7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_were_met_may_have_rows() {
        let mut met = Met::nothing_yet();
        met.add(b"a");
        met.add(b"a");
        assert!(met.may_have(b"a"));
        assert!(!met.may_have(b"b"));
        met.give_up();
        met.add(b"a");
        assert!(met.may_have(b"b"));
        assert_eq!(met.bytes(), 0);
        assert!(Met::default().may_have(b"a"));
    }
}
