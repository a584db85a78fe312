//! How many different values a sliding window holds.

use hashbrown::HashMap;

use super::many::Chunks;
use super::series::Span;
use super::value::{Known, View};

/// Counts the known values of one field over a span, and follows it as it slides.
///
/// Where transactions come in order each row is added once and taken away once.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    span: Option<Span>,
    counts: HashMap<Known<Box<str>>, u32>,
}

impl Tally {
    /// How many different known values of `cell` the rows within `span` have.
    pub(super) fn move_to(&mut self, span: Span, rows: &Chunks, cell: usize) -> i64 {
        match self.span {
            Some(old) if old.from < span.to && span.from < old.to => {
                let between = |from, to| Span { from, to };
                // What is new comes first, so that nothing is counted down to be counted up again.
                self.count(between(span.from, old.from), rows, cell);
                self.count(between(old.to, span.to), rows, cell);
                self.uncount(between(old.from, span.from), rows, cell);
                self.uncount(between(span.to, old.to), rows, cell);
            }
            _ => {
                self.counts.clear();
                self.count(span, rows, cell);
            }
        }
        self.span = Some(span);
        self.counts.len() as i64
    }

    /// Counts a row that was put among the rows, if it lies in the span.
    pub(super) fn insert(&mut self, at: crate::time::Timestamp, value: View<'_>) {
        if let (Some(span), Some(value)) = (self.span, value.known())
            && span.from < at
            && at <= span.to
        {
            self.add(value);
        }
    }

    /// Forgets everything, where the span reaches rows that are about to be dropped.
    pub(super) fn drop_until(&mut self, at: crate::time::Timestamp) {
        if self.span.is_some_and(|span| span.from < at) {
            *self = Self::default();
        }
    }

    /// Bytes in all.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.counts.capacity() * (size_of::<(Known<Box<str>>, u32)>() + 1)
    }

    fn add(&mut self, value: Known<&str>) {
        match self.counts.get_mut(&value) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(value.into(), 1);
            }
        }
    }

    fn count(&mut self, span: Span, rows: &Chunks, cell: usize) {
        for (chunk, stretch) in rows.within(span) {
            for value in stretch.filter_map(|row| chunk.view(row, cell).known()) {
                self.add(value);
            }
        }
    }

    fn uncount(&mut self, span: Span, rows: &Chunks, cell: usize) {
        for (chunk, stretch) in rows.within(span) {
            for value in stretch.filter_map(|row| chunk.view(row, cell).known()) {
                if let Some(count) = self.counts.get_mut(&value) {
                    *count -= 1;
                    if *count == 0 {
                        self.counts.remove(&value);
                    }
                }
            }
        }
    }
}
