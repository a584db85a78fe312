//! Rows by an id of which nearly every row has another: customers, transactions.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;

/// Rows by the hash of an id. Two ids may have the same hash, which is as good as never; whoever must be
/// sure looks at the alert.
#[derive(Debug, Default)]
pub(super) struct Ids {
    hasher: RandomState,
    rows: HashMap<u64, Rows>,
}

/// Rising rows. Most ids have one.
#[derive(Debug)]
enum Rows {
    One(u32),
    Many(Vec<u32>),
}

impl Ids {
    /// Notes that a row has an id.
    pub(super) fn put(&mut self, id: &str, row: u32) {
        match self.rows.entry(self.hasher.hash_one(id)) {
            Entry::Vacant(vacant) => {
                vacant.insert(Rows::One(row));
            }
            Entry::Occupied(mut occupied) => {
                let rows = occupied.get_mut();
                match rows {
                    Rows::One(one) if *one == row => {}
                    Rows::One(one) => *rows = Rows::Many(vec![(*one).min(row), (*one).max(row)]),
                    Rows::Many(many) => {
                        if let Err(place) = many.binary_search(&row) {
                            many.insert(place, row);
                        }
                    }
                }
            }
        }
    }

    /// Notes that an id has these rows, which rise, and no others.
    pub(super) fn set(&mut self, id: &str, rows: Vec<u32>) {
        let id = self.hasher.hash_one(id);
        self.rows.insert(id, Rows::Many(rows));
    }

    /// Notes that a row no longer has an id, whose rows were [set](Self::set).
    pub(super) fn remove(&mut self, id: &str, row: u32) {
        if let Some(Rows::Many(rows)) = self.rows.get_mut(&self.hasher.hash_one(id))
            && let Ok(place) = rows.binary_search(&row)
        {
            rows.remove(place);
        }
    }

    /// The rows of an id, rising; none if nothing was ever noted of it.
    pub(super) fn find(&self, id: &str) -> Option<&[u32]> {
        let rows = self.rows.get(&self.hasher.hash_one(id))?;
        Some(match rows {
            Rows::One(row) => std::slice::from_ref(row),
            Rows::Many(rows) => rows,
        })
    }

    /// The rows of an id, rising.
    pub(super) fn get(&self, id: &str) -> &[u32] {
        self.find(id).unwrap_or_default()
    }
}
