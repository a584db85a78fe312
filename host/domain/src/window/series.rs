//! The rows of one key of a window, in order of time.

use super::chunk::{Shape, Stamp};
use super::few::{self, FewRows};
use super::keys::KeyRows;
use super::many::ManyRows;
use super::moments::Moments;
use super::shared_rows::Readable;
use super::value::View;
use crate::column::Column;
use crate::time::Timestamp;

/// After `from`, until and with `to`; empty where `to` is not after `from`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// Rows of a key.
#[derive(Clone, Debug)]
pub(super) struct Series {
    rows: Rows,
    /// The time of the last row of the oldest chunk, or of all rows while they are few; `MAX` without rows. Old rows go
    /// together once this is old, and the check reads nothing else.
    ends: Timestamp,
}

/// As long as they are few, rows are in one piece of memory, then in chunks with summaries.
///
/// Most keys have few. What is in one piece takes little memory and is waited for once.
#[derive(Clone, Debug)]
enum Rows {
    Few(FewRows),
    Many(Box<ManyRows>),
}

/// Without rows.
impl Default for Series {
    fn default() -> Self {
        Self {
            rows: Rows::Few(FewRows::default()),
            ends: Timestamp::MAX,
        }
    }
}

impl Series {
    /// Puts a row in its place; one that is there already changes nothing.
    ///
    /// `value` answers each of its values; `tallied` names those that `distinct` counts.
    pub(super) fn insert<'t>(
        &mut self,
        stamp: Stamp,
        value: impl Fn(usize) -> View<'t> + Copy,
        shape: &Shape,
        tallied: &[usize],
    ) {
        let is_first = match &mut self.rows {
            Rows::Few(few) => {
                if !few.insert(stamp, shape.width, value) {
                    let mut many = Box::new(few.to_many(shape, tallied));
                    many.insert(stamp, value, shape, tallied);
                    self.rows = Rows::Many(many);
                }
                true
            }
            Rows::Many(many) => many.insert(stamp, value, shape, tallied),
        };
        if is_first {
            self.note_end();
        }
    }

    fn note_end(&mut self) {
        let ends = match &self.rows {
            Rows::Few(few) => few.ends(),
            Rows::Many(many) => many.first_ends().unwrap_or(Timestamp::MAX),
        };
        self.ends = ends;
    }

    /// Whether there may be so many rows that it takes long to read all of the key.
    pub(super) fn is_long(&self) -> bool {
        /// A few hundred rows.
        const CHUNKS: usize = 8;
        matches!(&self.rows, Rows::Many(many) if many.chunks() > CHUNKS)
    }

    /// Makes summaries and tallies anew, for another shape over the same values.
    pub(super) fn reshape(&mut self, shape: &Shape, tallies: usize) {
        if let Rows::Many(many) = &mut self.rows {
            many.reshape(shape, tallies);
        }
    }
}

impl KeyRows for Series {
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + match &self.rows {
                Rows::Few(few) => few.heap_bytes(),
                Rows::Many(many) => many.bytes(),
            }
    }

    fn is_empty(&self) -> bool {
        self.ends == Timestamp::MAX
    }

    fn has_old(&self, at: Timestamp) -> bool {
        self.ends <= at
    }

    fn drop_until(&mut self, at: Timestamp) {
        match &mut self.rows {
            Rows::Few(few) => few.drop_until(at),
            Rows::Many(many) => many.drop_until(at),
        }
        self.note_end();
    }

    fn touch(&self, step: usize) -> usize {
        match &self.rows {
            Rows::Few(few) => few.touch(step),
            Rows::Many(many) => match step.checked_sub(1) {
                Some(step) => many.touch(step),
                None => many.chunks(),
            },
        }
    }
}

impl Readable for Series {
    fn measure(&self, span: Span, shape: &Shape, wanted: &[usize], into: &mut [Moments]) -> u64 {
        match &self.rows {
            Rows::Few(few) => few::measure(few.within(span), shape, wanted, |cell| cell, into),
            Rows::Many(many) => many.measure(span, shape, wanted, into),
        }
    }

    fn distinct(&mut self, tally: usize, span: Span, cell: usize) -> i64 {
        match &mut self.rows {
            Rows::Few(few) => few::distinct(few.within(span), cell),
            Rows::Many(many) => many.distinct(tally, span, cell),
        }
    }

    fn append_newest(&self, span: Span, limit: usize, cells: &[usize], to: &mut [Column]) -> usize {
        match &self.rows {
            Rows::Few(few) => few::append_newest(few.within(span), limit, cells, |cell| cell, to),
            Rows::Many(many) => many.append_newest(span, limit, cells, to),
        }
    }
}
