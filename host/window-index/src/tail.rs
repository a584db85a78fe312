//! Rows that are not in the tree yet.

use std::cmp::Ordering;

use hashbrown::HashTable;
use parking_lot::Mutex;

use crate::row::{Row, RowKey};

/// Rows in memory, in the order in which they came.
///
/// A row is added in a few steps, whatever its key is. Only when somebody looks for a key are the rows linked by key that
/// came since the last look, and they are sorted once, when they are written.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    rows: Vec<TailRow>,
    values: Vec<u8>,
    /// One more than the highest sequence number.
    end: u64,
    links: Mutex<Links>,
}

#[derive(Debug)]
struct TailRow {
    key: RowKey,
    at: i64,
    sequence: u64,
    values_end: usize,
}

/// How the rows of a key are found.
#[derive(Debug, Default)]
struct Links {
    /// The place of each key's newest row.
    newest: HashTable<u32>,
    /// For each row the one of its key that came before it. Later rows are not linked yet.
    previous: Vec<Option<Place>>,
}

/// A place among the rows, from 1, so that `Option` takes no room.
type Place = std::num::NonZeroU32;

impl Links {
    /// Links the rows that came since this was called last.
    fn catch_up(&mut self, rows: &[TailRow]) {
        let Self { newest, previous } = self;
        for (place, row) in rows.iter().enumerate().skip(previous.len()) {
            let place = place as u32;
            let is_same = |&other: &u32| rows[other as usize].key == row.key;
            previous.push(match newest.find_mut(beginning(&row.key), is_same) {
                Some(newest) => Place::new(std::mem::replace(newest, place) + 1),
                None => {
                    let hash_of = |&other: &u32| beginning(&rows[other as usize].key);
                    newest.insert_unique(beginning(&row.key), place, hash_of);
                    None
                }
            });
        }
    }
}

/// What a row costs beside its values: itself, its link, and its key's place in a table that is two thirds full.
const ROW_BYTES: usize = size_of::<TailRow>() + size_of::<Place>() + 8;

impl Tail {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: &Row<'_>) {
        self.values.extend_from_slice(row.values);
        self.rows.push(TailRow {
            key: row.key,
            at: row.at,
            sequence: row.sequence,
            values_end: self.values.len(),
        });
        self.end = self.end.max(row.sequence + 1);
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the keys of the rows, as often as they come.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &RowKey> {
        self.rows.iter().map(|row| &row.key)
    }

    /// Returns the memory that the rows take, about, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.values.len() + self.rows.len() * ROW_BYTES
    }

    /// Visits the rows of a key, the last one first.
    pub(crate) fn of_key<'t>(&'t self, key: &RowKey, mut visit: impl FnMut(Row<'t>)) {
        let mut links = self.links.lock();
        links.catch_up(&self.rows);
        let is_same = |&place: &u32| self.rows[place as usize].key == *key;
        let newest = links.newest.find(beginning(key), is_same).copied();
        let previous = |&place: &u32| links.previous[place as usize].map(|it| it.get() - 1);
        for place in std::iter::successors(newest, previous) {
            visit(self.row(place as usize));
        }
    }

    /// Returns the rows below a sequence number in the order of the tree, each once.
    pub(crate) fn sorted(&self, below: u64) -> impl Iterator<Item = Row<'_>> {
        let rows = self.rows.iter().zip(0..);
        let rows = rows.filter(|(row, _)| row.sequence < below);
        // A key is a hash: its beginning decides nearly always, without a look at the row.
        let mut places: Vec<(u64, u32)> = rows
            .map(|(row, place)| (beginning(&row.key), place))
            .collect();
        places.sort_unstable();
        let order = |a: &(u64, u32), b: &(u64, u32)| -> Ordering {
            let [a, b] = [a, b].map(|&(_, place)| &self.rows[place as usize]);
            (&a.key, a.at, a.sequence).cmp(&(&b.key, b.at, b.sequence))
        };
        for same in places.chunk_by_mut(|a, b| a.0 == b.0) {
            if !same.is_sorted_by(|a, b| order(a, b).is_le()) {
                same.sort_unstable_by(order);
            }
        }
        places.dedup_by(|a, b| a.0 == b.0 && order(a, b).is_eq());
        places
            .into_iter()
            .map(|(_, place)| self.row(place as usize))
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

/// The first bytes of a key, as a number of the same order. A key is a keyed hash, so it is one of that, too.
fn beginning(key: &RowKey) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *key;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// A tail that takes no more rows and waits to be written.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) tail: Tail,
    /// All rows below it are in the tree, in this tail or in one that was sealed before. Rows of this tail that are not
    /// below it are in a later one.
    pub(crate) watermark: u64,
}
