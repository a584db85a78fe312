//! Ranges that are asked for in the order of their keys, read as one.

use std::iter::Peekable;

use super::backend::{Direction, Entry, KeyRange};
use super::{Store, StoreError};

/// Reads a range once, from its beginning to its end, and hands out what lies in ranges within it.
///
/// Each must lie behind the one before. Many small neighbours cost the engine a search for each page
/// of all of them instead of one for each; where there is nothing in them, it is not asked at all.
pub struct InOrder<'s> {
    entries: Peekable<Box<dyn Iterator<Item = Result<Entry, StoreError>> + 's>>,
}

impl<'s> InOrder<'s> {
    /// Begins to read a range; each entry is as it was at some moment after that.
    pub fn new(store: &'s Store, range: KeyRange) -> Self {
        let entries = store.range(range, Direction::Forward);
        let entries: Box<dyn Iterator<Item = _> + 's> = Box::new(entries);
        Self {
            entries: entries.peekable(),
        }
    }

    /// The entries of a range that nothing behind was asked for of before. What is before it is
    /// passed over, and what is not taken of it is so the next time.
    pub fn within(
        &mut self,
        range: KeyRange,
    ) -> impl Iterator<Item = Result<Entry, StoreError>> + use<'_, 's> {
        let entries = &mut self.entries;
        let is_before = {
            let start = range.start().to_vec();
            move |key: &[u8]| key < &*start
        };
        let is_within = move |key: &[u8]| range.end().is_none_or(|end| key < end);
        std::iter::from_fn(move || {
            let is = |entry: &Result<Entry, StoreError>, is: &dyn Fn(&[u8]) -> bool| {
                entry.as_ref().is_ok_and(|(key, _)| is(key))
            };
            while entries.next_if(|entry| is(entry, &is_before)).is_some() {}
            entries.next_if(|entry| entry.is_err() || is(entry, &is_within))
        })
    }
}
