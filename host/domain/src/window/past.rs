//! Where the rows of earlier transactions are read from.

use std::cell::Cell;
use std::ops::ControlFlow;

use super::history::{History, HistoryError};
use super::layout::{Layouts, Seen};
use super::rows::ByField;
use super::series::Span;

/// Where history is read from, and up to which transaction.
pub(super) struct Past<'h> {
    pub(super) history: &'h dyn History,
    /// The transaction being observed; those of lower sequence came before.
    pub(super) before: u64,
    /// How many rows history showed.
    pub(super) rows_read: Cell<u64>,
}

impl Past<'_> {
    /// Visits the rows under a value of a field within a span that came before the transaction being observed.
    pub(super) fn rows(
        &self,
        by: &ByField,
        by_value: &[u8],
        span: Span,
        layouts: &mut Layouts,
        visit: &mut dyn FnMut(u64, &Seen<'_>) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        let mut is_damaged = false;
        let Span { from, to } = span;
        self.history
            .rows(by, by_value, from, to, &mut |sequence, row| {
                let at = row.date_time();
                self.rows_read.set(self.rows_read.get() + 1);
                // A history that says more is not believed.
                if sequence >= self.before || at <= from || at > to {
                    return ControlFlow::Continue(());
                }
                match layouts.see_past(row) {
                    Some(row) => visit(sequence, &row),
                    None => {
                        is_damaged = true;
                        ControlFlow::Break(())
                    }
                }
            })?;
        match is_damaged {
            true => Err(HistoryError("a row of the index is damaged".into())),
            false => Ok(()),
        }
    }
}
