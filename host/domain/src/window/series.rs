//! The rows of one key of a window, in order of time.

use super::chunk::{Shape, Stamp};
use super::few::FewRows;
use super::many::ManyRows;
use super::moments::Moments;
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
            Rows::Many(many) => many.first_ends(),
        };
        self.ends = ends.unwrap_or(Timestamp::MAX);
    }

    /// Whether some rows happened at `at` or before that [`drop_until`](Self::drop_until) drops.
    pub(super) fn has_old(&self, at: Timestamp) -> bool {
        self.ends <= at
    }

    /// Drops rows that happened at `at` or before, as far as they are dropped together.
    pub(super) fn drop_until(&mut self, at: Timestamp) {
        match &mut self.rows {
            Rows::Few(few) if self.ends <= at => *few = FewRows::default(),
            Rows::Few(_) => {}
            Rows::Many(many) => many.drop_until(at),
        }
        self.note_end();
    }

    /// Whether there are no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.ends == Timestamp::MAX
    }

    /// Whether there may be so many rows that it takes long to read all of the key.
    pub(super) fn is_long(&self) -> bool {
        /// A few hundred rows.
        const CHUNKS: usize = 8;
        matches!(&self.rows, Rows::Many(many) if many.chunks() > CHUNKS)
    }

    /// Rows within a span; adds the wanted measures of them to `into`, one for one.
    pub(super) fn measure(
        &self,
        span: Span,
        shape: &Shape,
        wanted: &[usize],
        into: &mut [Moments],
    ) -> u64 {
        match &self.rows {
            Rows::Few(few) => few.measure(span, shape, wanted, into),
            Rows::Many(many) => many.measure(span, shape, wanted, into),
        }
    }

    /// How many different known values of `cell` a span has; `tally` is that value's place among those tallied.
    pub(super) fn distinct(&mut self, tally: usize, span: Span, cell: usize) -> i64 {
        match &mut self.rows {
            Rows::Few(few) => few.distinct(span, cell),
            Rows::Many(many) => many.distinct(tally, span, cell),
        }
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
        match &self.rows {
            Rows::Few(few) => few.append_newest(span, limit, cells, to),
            Rows::Many(many) => many.append_newest(span, limit, cells, to),
        }
    }

    /// Reads what leads to the first and the last rows, so many steps of it; see [`Chunk::touch`](super::chunk::Chunk::touch).
    pub(super) fn touch(&self, step: usize) -> usize {
        match &self.rows {
            Rows::Few(few) => few.touch(step),
            Rows::Many(many) => match step.checked_sub(1) {
                Some(step) => many.touch(step),
                None => many.chunks(),
            },
        }
    }

    /// Makes summaries and tallies anew, for another shape over the same values.
    pub(super) fn reshape(&mut self, shape: &Shape, tallies: usize) {
        if let Rows::Many(many) = &mut self.rows {
            many.reshape(shape, tallies);
        }
    }

    /// Bytes in all.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + match &self.rows {
                Rows::Few(few) => few.heap_bytes(),
                Rows::Many(many) => many.bytes(),
            }
    }
}
