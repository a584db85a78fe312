//! A run of neighbouring rows.

use super::moments::Moments;
use super::value::Kept;
use crate::time::Timestamp;

/// When a row happened, and which of the team's transactions it is: rows are in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp {
    pub(super) at: Timestamp,
    pub(super) sequence: u64,
}

/// What the rows of a group hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shape {
    /// Values in each row.
    pub(super) width: usize,
    /// Which of them are measured, each once.
    pub(super) measures: Vec<Measure>,
}

/// A value of each row of which numeric statistics are asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measure {
    /// Which value of the row.
    pub(super) cell: usize,
    /// Whether a deviation is asked for.
    pub(super) squares: bool,
}

impl Shape {
    /// A summary of no rows.
    pub(super) fn summary(&self) -> Vec<Moments> {
        let of = |measure: &Measure| Moments::new(measure.squares);
        self.measures.iter().map(of).collect()
    }
}

/// Some rows, in order; never empty once it is part of a series.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunk {
    stamps: Vec<Stamp>,
    cells: Vec<Kept>,
    /// Of the cells' texts, as if none shared its text with another.
    heap: usize,
}

impl Chunk {
    /// When it is full it is closed, if it is the last; otherwise late rows fill it up to twice this.
    pub(super) const ROWS: usize = 64;

    pub(super) fn len(&self) -> usize {
        self.stamps.len()
    }

    pub(super) fn last(&self) -> Option<Stamp> {
        self.stamps.last().copied()
    }

    pub(super) fn stamp(&self, row: usize) -> Stamp {
        self.stamps[row]
    }

    pub(super) fn cells(&self, row: usize, width: usize) -> &[Kept] {
        &self.cells[row * width..(row + 1) * width]
    }

    /// Whether all rows happened at `at` or before.
    pub(super) fn ends_until(&self, at: Timestamp) -> bool {
        self.stamps.last().is_some_and(|last| last.at <= at)
    }

    /// Whether any row happened at `at` or before.
    pub(super) fn begins_until(&self, at: Timestamp) -> bool {
        self.stamps.first().is_some_and(|first| first.at <= at)
    }

    /// How many rows happened at `at` or before. Steps that grow lead back from the newest row, since short windows
    /// begin near it.
    pub(super) fn rows_until(&self, at: Timestamp) -> usize {
        let (mut low, mut high, mut step) = (0, self.stamps.len(), 1);
        while high > 0 {
            let probe = high.saturating_sub(step);
            if self.stamps[probe].at <= at {
                low = probe + 1;
                break;
            }
            (high, step) = (probe, 2 * step);
        }
        low + self.stamps[low..high].partition_point(|stamp| stamp.at <= at)
    }

    /// Puts a row in its place; false where it is there already.
    pub(super) fn insert(&mut self, stamp: Stamp, cells: &[Kept]) -> bool {
        if self.last().is_none_or(|last| last < stamp) {
            self.stamps.push(stamp);
            for value in cells {
                self.cells.push(self.shared(value, cells.len()));
            }
        } else {
            let Err(row) = self.stamps.binary_search(&stamp) else {
                return false;
            };
            self.stamps.insert(row, stamp);
            let at = row * cells.len();
            self.cells.splice(at..at, cells.iter().cloned());
        }
        self.heap += cells.iter().map(Kept::heap_bytes).sum::<usize>();
        true
    }

    /// The value of the next cell of the last row, with the text of an equal one of the rows before, if
    /// there is one: of a customer's texts most come again, and reading a window waits for memory once
    /// for each different one.
    fn shared(&self, value: &Kept, width: usize) -> Kept {
        /// Where texts never come again, looking for them should cost next to nothing.
        const ROWS_BEFORE: usize = 4;
        if !matches!(value, Kept::Text(_)) {
            return value.clone();
        }
        let before = self.cells.iter().rev().skip(width - 1).step_by(width);
        let same = before.take(ROWS_BEFORE).find(|before| *before == value);
        same.unwrap_or(value).clone()
    }

    /// Takes the upper half away.
    pub(super) fn split(&mut self, width: usize) -> Self {
        let row = self.len() / 2;
        let mut upper = Self {
            stamps: self.stamps.split_off(row),
            cells: self.cells.split_off(row * width),
            heap: 0,
        };
        upper.heap = upper.cells.iter().map(Kept::heap_bytes).sum();
        self.heap -= upper.heap;
        upper
    }

    /// Adds the rows of a range to the moments of some measures.
    pub(super) fn measure(
        &self,
        rows: std::ops::Range<usize>,
        shape: &Shape,
        wanted: &[usize],
        into: &mut [Moments],
    ) {
        for (&measure, moments) in wanted.iter().zip(into) {
            let cell = shape.measures[measure].cell;
            for row in rows.clone() {
                moments.add(&self.cells[row * shape.width + cell]);
            }
        }
    }

    /// The summary of all rows.
    pub(super) fn summary(&self, shape: &Shape) -> Vec<Moments> {
        let mut summary = shape.summary();
        for (measure, moments) in shape.measures.iter().zip(&mut summary) {
            for row in 0..self.len() {
                moments.add(&self.cells[row * shape.width + measure.cell]);
            }
        }
        summary
    }

    /// Bytes in all.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.stamps.capacity() * size_of::<Stamp>()
            + self.cells.capacity() * size_of::<Kept>()
            + self.heap
    }
}
