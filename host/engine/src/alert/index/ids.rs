//! Rows by an id of which nearly every row has another: customers, transactions.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use roaring::RoaringBitmap;

use super::row_sets::{RowSet, RowSets};

/// Rows by the hash of an id. Two ids may have the same hash, which is as good as never; whoever must be
/// sure looks at the alert.
#[derive(Debug, Default)]
pub(super) struct Ids {
    hasher: RandomState,
    ids: HashTable<Id>,
    sets: RowSets,
}

/// An id and its rows, in twelve bytes.
#[derive(Debug)]
struct Id {
    /// The upper and the lower half.
    hash: [u32; 2],
    rows: RowSet,
}

impl Id {
    fn hash(&self) -> u64 {
        u64::from(self.hash[0]) << 32 | u64::from(self.hash[1])
    }
}

impl Ids {
    /// Notes that a row has an id.
    pub(super) fn put(&mut self, id: &str, row: u32) {
        let hash = self.hasher.hash_one(id);
        match self.ids.entry(hash, |id| id.hash() == hash, Id::hash) {
            Entry::Occupied(mut found) => self.sets.insert(&mut found.get_mut().rows, row),
            Entry::Vacant(vacant) => {
                vacant.insert(Id {
                    hash: [(hash >> 32) as u32, hash as u32],
                    rows: RowSet::of(row),
                });
            }
        }
    }

    /// Adds the rows of an id to others.
    pub(super) fn add_to(&self, rows: &mut RoaringBitmap, id: &str) {
        let hash = self.hasher.hash_one(id);
        if let Some(found) = self.ids.find(hash, |id| id.hash() == hash) {
            self.sets.add_to(rows, found.rows);
        }
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.ids.allocation_size() + self.sets.bytes()
    }
}
