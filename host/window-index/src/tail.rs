//! Rows that are not in the tree yet.

use std::cmp::Ordering;

use hashbrown::HashTable;

use crate::row::{Row, RowKey};

/// Rows in memory, in the order in which they came, each with a link to the row of its key that came before it.
///
/// So a row is added in a few steps, whatever the key is, and is sorted once, when it is written.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    rows: Vec<TailRow>,
    /// The place of each key's newest row.
    newest: HashTable<u32>,
    values: Vec<u8>,
    /// One more than the highest sequence number.
    end: u64,
}

#[derive(Debug)]
struct TailRow {
    key: RowKey,
    at: i64,
    sequence: u64,
    values_end: usize,
    previous: Option<Place>,
}

/// A place among the rows, from 1, so that `Option` takes no room.
type Place = std::num::NonZeroU32;

/// What a row costs beside its values: itself, and its key's place in a table that is two thirds full.
const ROW_BYTES: usize = size_of::<TailRow>() + 8;

impl Tail {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: &Row<'_>) {
        self.values.extend_from_slice(row.values);
        let place = self.rows.len() as u32;
        let Self { rows, newest, .. } = self;
        let is_same = |&other: &u32| rows[other as usize].key == row.key;
        let previous = match newest.find_mut(hash(&row.key), is_same) {
            Some(newest) => Place::new(std::mem::replace(newest, place) + 1),
            None => {
                let hash_of = |&other: &u32| hash(&rows[other as usize].key);
                newest.insert_unique(hash(&row.key), place, hash_of);
                None
            }
        };
        self.rows.push(TailRow {
            key: row.key,
            at: row.at,
            sequence: row.sequence,
            values_end: self.values.len(),
            previous,
        });
        self.end = self.end.max(row.sequence + 1);
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the memory that the rows take, about, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.values.len() + self.rows.len() * ROW_BYTES
    }

    /// Returns the rows of a key, the last one first.
    pub(crate) fn of_key(&self, key: &RowKey) -> impl Iterator<Item = Row<'_>> {
        let is_same = |&place: &u32| self.rows[place as usize].key == *key;
        let newest = self.newest.find(hash(key), is_same).copied();
        let previous = |&place: &u32| self.rows[place as usize].previous.map(|it| it.get() - 1);
        std::iter::successors(newest, previous).map(|place| self.row(place as usize))
    }

    /// Returns the rows below a sequence number in the order of the tree, each once.
    pub(crate) fn sorted(&self, below: u64) -> impl Iterator<Item = Row<'_>> {
        let mut places: Vec<u32> = (0..self.rows.len() as u32)
            .filter(|&place| self.rows[place as usize].sequence < below)
            .collect();
        let order = |a: &u32, b: &u32| -> Ordering {
            let [a, b] = [a, b].map(|&place| &self.rows[place as usize]);
            (&a.key, a.at, a.sequence).cmp(&(&b.key, b.at, b.sequence))
        };
        places.sort_unstable_by(order);
        places.dedup_by(|a, b| order(a, b).is_eq());
        places.into_iter().map(|place| self.row(place as usize))
    }

    /// Returns a tail of the rows that are not below a sequence number.
    pub(crate) fn from(&self, sequence: u64) -> Self {
        let mut rest = Self::default();
        if self.end > sequence {
            let rows = (0..self.rows.len()).map(|place| self.row(place));
            rows.filter(|row| row.sequence >= sequence)
                .for_each(|row| rest.add(&row));
        }
        rest
    }

    /// Removes the rows that are not below a sequence number.
    pub(crate) fn cut(&mut self, sequence: u64) {
        if self.end <= sequence {
            return;
        }
        let mut kept = Self::default();
        let rows = (0..self.rows.len()).map(|place| self.row(place));
        rows.filter(|row| row.sequence < sequence)
            .for_each(|row| kept.add(&row));
        *self = kept;
    }

    fn row(&self, place: usize) -> Row<'_> {
        let row = &self.rows[place];
        let start = match place.checked_sub(1) {
            Some(before) => self.rows[before].values_end,
            None => 0,
        };
        Row {
            key: row.key,
            at: row.at,
            sequence: row.sequence,
            values: &self.values[start..row.values_end],
        }
    }
}

/// A key is a keyed hash already, so any of its bytes will do.
fn hash(key: &RowKey) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *key;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// A tail that takes no more rows and waits to be written.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) tail: Tail,
    /// All rows below it are in the tree, in this tail or in one that was sealed before. Rows of this tail that are not
    /// below it are in a later one.
    pub(crate) watermark: u64,
}
