//! What windows are computed from: the rows of a group, or those of its rows that several groups share.

use super::chunk::Shape;
use super::few::{self, FewRow, FewRows};
use super::frame::Frame;
use super::layout::Seen;
use super::moments::Moments;
use super::series::Span;
use crate::column::Column;

/// Rows that windows are computed from.
pub(super) trait Readable {
    /// How many rows a span has; adds the wanted measures of them to `into`, one for one.
    fn measure(&self, span: Span, shape: &Shape, wanted: &[usize], into: &mut [Moments]) -> u64;

    /// How many different known values of `cell` a span has; `tally` is that value's place among those tallied.
    fn distinct(&mut self, tally: usize, span: Span, cell: usize) -> i64;

    /// Appends the newest rows of a span to columns, newest first, and says how many: of each the values that `cells` names,
    /// one for each column.
    fn append_newest(&self, span: Span, limit: usize, cells: &[usize], to: &mut [Column]) -> usize;
}

/// Where rows that several frames share have what one of them needs.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedPlaces {
    pub(super) cells: Vec<usize>,
    /// Of what is tested.
    pub(super) tests: Vec<usize>,
    /// Of what must equal a field of the current transaction.
    pub(super) joins: Vec<usize>,
}

/// Those of shared rows that the windows of a transaction are computed from.
pub(super) struct SharedRows<'r> {
    pub(super) rows: &'r FewRows,
    pub(super) frame: &'r Frame,
    pub(super) current: &'r Seen<'r>,
}

impl SharedRows<'_> {
    fn within(&self, span: Span) -> impl Iterator<Item = FewRow<'_>> {
        let (frame, current) = (self.frame, self.current);
        let rows = self.rows.within(span);
        rows.filter(move |row| frame.sees(row, current))
    }
}

impl Readable for SharedRows<'_> {
    fn measure(&self, span: Span, shape: &Shape, wanted: &[usize], into: &mut [Moments]) -> u64 {
        let place = |cell| self.frame.shared_place(cell);
        few::measure(self.within(span), shape, wanted, place, into)
    }

    fn distinct(&mut self, _tally: usize, span: Span, cell: usize) -> i64 {
        few::distinct(self.within(span), self.frame.shared_place(cell))
    }

    fn append_newest(&self, span: Span, limit: usize, cells: &[usize], to: &mut [Column]) -> usize {
        let place = |cell| self.frame.shared_place(cell);
        few::append_newest(self.within(span), limit, cells, place, to)
    }
}
