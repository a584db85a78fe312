//! The rows of a key that has many of them.

use std::collections::VecDeque;
use std::ops::Range;

use super::chunk::{Chunk, Shape, Stamp};
use super::moments::Moments;
use super::series::Span;
use super::tally::Tally;
use super::tree::Tree;
use super::value::View;
use crate::column::Column;
use crate::time::Timestamp;

/// Where a row is, or where the rows end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    chunk: usize,
    row: usize,
}

/// Rows in order: a sequence of chunks, none of them empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunks {
    chunks: VecDeque<Chunk>,
}

/// Rows, and what makes statistics over any span of them cheap.
///
/// All chunks but the last are closed; the tree, once there are enough, covers
/// those, or all but the newest few. A span costs the two chunks at its ends and the logarithm of
/// what is between.
#[derive(Clone, Debug, Default)]
pub(super) struct ManyRows {
    rows: Chunks,
    tree: Option<Tree>,
    tallies: Vec<Tally>,
    chunk_bytes: usize,
}

impl Chunks {
    /// The first row after `at`.
    fn after(&self, at: Timestamp) -> Position {
        // Most windows begin before all rows, or among the newest: looking there first waits for less memory.
        let chunk = match (self.chunks.back(), self.chunks.front()) {
            (Some(back), _) if back.ends_until(at) => self.chunks.len(),
            (Some(back), _) if back.begins_until(at) => self.chunks.len() - 1,
            (_, Some(front)) if !front.begins_until(at) => 0,
            _ => self.chunks.partition_point(|chunk| chunk.ends_until(at)),
        };
        let row = self.chunks.get(chunk).map_or(0, |it| it.rows_until(at));
        Position { chunk, row }
    }

    /// The rows of a span, oldest first: chunks, and which of their rows.
    pub(super) fn within(
        &self,
        span: Span,
    ) -> impl DoubleEndedIterator<Item = (&Chunk, Range<usize>)> {
        let (from, to) = if span.from < span.to {
            (self.after(span.from), self.after(span.to))
        } else {
            let end = Position { chunk: 0, row: 0 };
            (end, end)
        };
        let last = self.chunks.len().min(to.chunk + usize::from(to.row > 0));
        (from.chunk..last).map(move |index| {
            let chunk = &self.chunks[index];
            let start = if index == from.chunk { from.row } else { 0 };
            let end = if index == to.chunk {
                to.row
            } else {
                chunk.len()
            };
            (chunk, start..end)
        })
    }
}

impl ManyRows {
    /// Without rows; `tallies` is how many fields `distinct` is asked of, over each window.
    pub(super) fn new(tallies: usize) -> Self {
        Self {
            rows: Chunks::default(),
            tree: None,
            tallies: vec![Tally::default(); tallies],
            chunk_bytes: 0,
        }
    }

    /// Puts a row in its place; one that is there already changes nothing. Whether it is in the first chunk.
    ///
    /// `value` answers each of its values; `tallied` names the one that each tally counts.
    pub(super) fn insert<'t>(
        &mut self,
        stamp: Stamp,
        value: impl Fn(usize) -> View<'t> + Copy,
        shape: &Shape,
        tallied: &[usize],
    ) -> bool {
        let chunks = &mut self.rows.chunks;
        let at_end = chunks
            .back()
            .and_then(Chunk::last)
            .is_none_or(|last| last < stamp);
        let index = if at_end {
            if chunks.back().is_none_or(|last| last.len() >= Chunk::ROWS) {
                self.close_last(shape);
            }
            self.rows.chunks.len() - 1
        } else {
            chunks.partition_point(|chunk| chunk.last().is_some_and(|last| last < stamp))
        };
        let chunk = &mut self.rows.chunks[index];
        let before = chunk.bytes();
        let inserted = chunk.insert(stamp, shape.width, value);
        self.chunk_bytes = self.chunk_bytes + chunk.bytes() - before;
        if !inserted {
            return false;
        }
        for (tally, &cell) in self.tallies.iter_mut().zip(tallied) {
            tally.insert(stamp.at, value(cell));
        }
        if let Some(tree) = &mut self.tree
            && index < tree.len()
        {
            tree.add(index, shape.measures.len(), |summary| {
                for (measure, moments) in shape.measures.iter().zip(summary) {
                    moments.add(value(measure.cell));
                }
            });
        }
        if self.rows.chunks[index].len() > 2 * Chunk::ROWS {
            self.split(index, shape);
        }
        index == 0
    }

    /// When the last row of the first chunk happened.
    pub(super) fn first_ends(&self) -> Option<Timestamp> {
        let last = self.rows.chunks.front().and_then(Chunk::last);
        last.map(|last| last.at)
    }

    /// Drops chunks all of whose rows happened at `at` or before.
    pub(super) fn drop_until(&mut self, at: Timestamp) {
        let chunks = &mut self.rows.chunks;
        let old = |chunk: &Chunk| chunk.last().is_none_or(|last| last.at <= at);
        if chunks.front().is_some_and(old) {
            for tally in &mut self.tallies {
                tally.drop_until(at);
            }
        }
        while let Some(chunk) = chunks.pop_front_if(|chunk| old(chunk)) {
            self.chunk_bytes -= chunk.bytes();
            match &mut self.tree {
                Some(tree) if tree.len() > 0 => tree.pop(),
                _ => self.tree = None,
            }
        }
    }

    /// Rows within a span; adds the wanted measures of them to `into`, one for one.
    pub(super) fn measure(
        &self,
        span: Span,
        shape: &Shape,
        wanted: &[usize],
        into: &mut [Moments],
    ) -> u64 {
        if span.to <= span.from {
            return 0;
        }
        let (from, to) = (self.rows.after(span.from), self.rows.after(span.to));
        let chunks = &self.rows.chunks;
        let mut total = 0;
        let mut take = |index: usize, start: usize, end: usize, into: &mut [Moments]| {
            chunks[index].measure(start..end, shape, wanted, into);
            total += (end - start) as u64;
        };
        if from.chunk == to.chunk {
            if from.row < to.row {
                take(from.chunk, from.row, to.row, into);
            }
            return total;
        }
        let mut start = from.chunk;
        if from.row > 0 {
            take(start, from.row, chunks[start].len(), into);
            start += 1;
        }
        let mut end = to.chunk;
        if to.row > 0 {
            take(end, 0, to.row, into);
        }
        // No summary covers the newest chunks.
        while end > start && self.tree.as_ref().is_none_or(|tree| end > tree.len()) {
            end -= 1;
            take(end, 0, chunks[end].len(), into);
        }
        if let Some(tree) = &self.tree {
            total += tree.measure(start..end.max(start), shape.measures.len(), wanted, into);
        }
        total
    }

    /// How many different known values of `cell` a span has, as the tally of this index follows it.
    pub(super) fn distinct(&mut self, tally: usize, span: Span, cell: usize) -> i64 {
        self.tallies[tally].move_to(span, &self.rows, cell)
    }

    /// Appends the newest rows of a span to columns, newest first, and says how many: of each the values that `cells` names,
    /// one for each column.
    pub(super) fn append_newest(
        &self,
        span: Span,
        limit: usize,
        cells: &[usize],
        to: &mut [Column],
    ) -> usize {
        let mut room = limit;
        for (chunk, rows) in self.rows.within(span).rev() {
            if room == 0 {
                break;
            }
            let newest = rows.start.max(rows.end.saturating_sub(room))..rows.end;
            room -= newest.len();
            for (column, &cell) in to.iter_mut().zip(cells) {
                chunk.append_newest_first(newest.clone(), cell, column);
            }
        }
        limit - room
    }

    /// How many chunks there are.
    pub(super) fn chunks(&self) -> usize {
        self.rows.chunks.len()
    }

    /// As [`Chunk::touch`], for the first and the last chunk.
    pub(super) fn touch(&self, step: usize) -> usize {
        let chunks = [self.rows.chunks.front(), self.rows.chunks.back()];
        let touched = chunks.iter().flatten().map(|chunk| chunk.touch(step));
        touched.fold(0, usize::wrapping_add)
    }

    /// Makes summaries and tallies anew, for another shape over the same values.
    pub(super) fn reshape(&mut self, shape: &Shape, tallies: usize) {
        self.tallies = vec![Tally::default(); tallies];
        if self.tree.take().is_some() {
            self.plant(self.rows.chunks.len().saturating_sub(1), shape);
        }
    }

    /// Bytes in all.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.chunk_bytes
            + self.tree.as_ref().map_or(0, Tree::bytes)
            + self.tallies.iter().map(Tally::bytes).sum::<usize>()
    }

    /// Begins another last chunk; those before it are closed and summarised.
    fn close_last(&mut self, shape: &Shape) {
        let closed = self.rows.chunks.len();
        match &mut self.tree {
            Some(tree) => {
                while tree.len() < closed && tree.has_room() {
                    let chunk = &self.rows.chunks[tree.len()];
                    tree.push(chunk.len() as u64, chunk.summary(shape));
                }
                if tree.len() < closed {
                    self.replant(closed, shape, |_| {});
                }
            }
            None if closed > 1 => self.plant(closed, shape),
            None => {}
        }
        let chunk = Chunk::default();
        self.chunk_bytes += chunk.bytes();
        self.rows.chunks.push_back(chunk);
    }

    /// Makes the tree out of the closed chunks.
    fn plant(&mut self, closed: usize, shape: &Shape) {
        let chunks = self.rows.chunks.iter().take(closed);
        let summaries = chunks.map(|chunk| (chunk.len() as u64, chunk.summary(shape)));
        self.tree = Some(Tree::new(summaries.collect(), shape));
    }

    /// Makes the tree again, with room, out of its own summaries and those of closed chunks that follow.
    fn replant(
        &mut self,
        closed: usize,
        shape: &Shape,
        change: impl FnOnce(&mut Vec<(u64, Vec<Moments>)>),
    ) {
        if let Some(tree) = self.tree.take() {
            let mut summaries = tree.into_chunks(shape);
            change(&mut summaries);
            for chunk in self.rows.chunks.iter().take(closed).skip(summaries.len()) {
                summaries.push((chunk.len() as u64, chunk.summary(shape)));
            }
            self.tree = Some(Tree::new(summaries, shape));
        }
    }

    /// Cuts a chunk in two that late rows have filled.
    fn split(&mut self, index: usize, shape: &Shape) {
        let chunk = &mut self.rows.chunks[index];
        let before = chunk.bytes();
        let upper = chunk.split();
        self.chunk_bytes = self.chunk_bytes + chunk.bytes() + upper.bytes() - before;
        let halves = [&*chunk, &upper].map(|half| (half.len() as u64, half.summary(shape)));
        self.rows.chunks.insert(index + 1, upper);
        if self.tree.as_ref().is_some_and(|tree| index < tree.len()) {
            let closed = self.rows.chunks.len() - 1;
            self.replant(closed, shape, |summaries| {
                summaries.splice(index..=index, halves);
            });
        }
    }
}
