//! A run of neighbouring rows.

use std::ops::Range;

use super::cells::Cells;
use super::moments::Moments;
use super::value::View;
use crate::column::Column;
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
    /// As many as a row has values, each with one for every row.
    cells: Vec<Cells>,
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

    /// A value of a row.
    pub(super) fn view(&self, row: usize, cell: usize) -> View<'_> {
        self.cells[cell].view(row)
    }

    /// Appends a value of some rows to a column of inputs, the newest first.
    pub(super) fn append_newest_first(&self, rows: Range<usize>, cell: usize, to: &mut Column) {
        self.cells[cell].append_newest_first(rows, to);
    }

    /// Reads what leads to the first and the last row, so many steps of it: what is read soon after is near then. What it
    /// answers means nothing, but that it was read.
    pub(super) fn touch(&self, step: usize) -> usize {
        match step {
            0 => self.stamps.len() + self.cells.len(),
            1 => {
                let stamps = [self.stamps.first(), self.stamps.last()];
                let sequences = stamps.iter().flatten().map(|stamp| stamp.sequence as usize);
                sequences.fold(self.cells.iter().map(Cells::len).sum(), usize::wrapping_add)
            }
            step => self.cells.iter().map(|cells| cells.touch(step)).sum(),
        }
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

    /// Puts a row in its place; false where it is there already. `value` answers each of its `width` values.
    pub(super) fn insert<'t>(
        &mut self,
        stamp: Stamp,
        width: usize,
        value: impl Fn(usize) -> View<'t>,
    ) -> bool {
        let row = match self.last() {
            Some(last) if last >= stamp => match self.stamps.binary_search(&stamp) {
                Ok(_) => return false,
                Err(row) => row,
            },
            _ => self.stamps.len(),
        };
        self.stamps.insert(row, stamp);
        if self.cells.is_empty() {
            self.cells
                .extend((0..width).map(|cell| Cells::like(value(cell))));
        }
        for (cell, cells) in self.cells.iter_mut().enumerate() {
            cells.insert(row, value(cell));
        }
        true
    }

    /// Takes the upper half away.
    pub(super) fn split(&mut self) -> Self {
        let row = self.len() / 2;
        Self {
            stamps: self.stamps.split_off(row),
            cells: self
                .cells
                .iter_mut()
                .map(|cells| cells.split_off(row))
                .collect(),
        }
    }

    /// Adds the rows of a range to the moments of some measures.
    pub(super) fn measure(
        &self,
        rows: Range<usize>,
        shape: &Shape,
        wanted: &[usize],
        into: &mut [Moments],
    ) {
        for (&measure, moments) in wanted.iter().zip(into) {
            self.cells[shape.measures[measure].cell].measure(rows.clone(), moments);
        }
    }

    /// The summary of all rows.
    pub(super) fn summary(&self, shape: &Shape) -> Vec<Moments> {
        let mut summary = shape.summary();
        for (measure, moments) in shape.measures.iter().zip(&mut summary) {
            self.cells[measure.cell].measure(0..self.len(), moments);
        }
        summary
    }

    /// Bytes in all.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.stamps.capacity() * size_of::<Stamp>()
            + self.cells.capacity() * size_of::<Cells>()
            + self.cells.iter().map(Cells::heap_bytes).sum::<usize>()
    }
}
