//! Rows that are not in the tree yet.

use std::collections::BTreeMap;
use std::ops::{Bound, Range};

use crate::row::{Row, TreeKey, tree_key};

/// Sorted rows in memory.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    rows: BTreeMap<TreeKey, Range<usize>>,
    values: Vec<u8>,
}

/// What a row costs beside its values: its key and range, in nodes that are two thirds full.
const ROW_BYTES: usize = 72;

impl Tail {
    /// Adds a row. A row that is already there is replaced.
    pub(crate) fn add(&mut self, row: &Row<'_>) {
        let start = self.values.len();
        self.values.extend_from_slice(row.values);
        self.rows.insert(
            tree_key(&row.key, row.at, row.sequence),
            start..self.values.len(),
        );
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the memory that the rows take, about, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.values.len() + self.rows.len() * ROW_BYTES
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&TreeKey, &[u8])> {
        self.rows
            .iter()
            .map(|(key, values)| (key, &self.values[values.clone()]))
    }

    pub(crate) fn range(
        &self,
        span: (Bound<TreeKey>, Bound<TreeKey>),
    ) -> impl Iterator<Item = (&TreeKey, &[u8])> {
        self.rows
            .range(span)
            .map(|(key, values)| (key, &self.values[values.clone()]))
    }
}

/// A tail that takes no more rows and waits to be written.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) tail: Tail,
    /// All rows below it are in the tree, in this tail or in one that was sealed before.
    pub(crate) watermark: u64,
}
