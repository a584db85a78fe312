//! Which rows of history will be asked for.

use super::Inputs;
use crate::payload::Transaction;
use crate::time::Timestamp;
use crate::window::few::FewRows;
use crate::window::rows::ByField;

impl Inputs {
    /// How many rows a value has at most that are held once for all windows by the field. Of a value with more, only the
    /// first so many and one more are read before each group of windows reads its own.
    pub const FEW_ROWS: usize = FewRows::MOST;

    /// Says what of history some transactions will ask for that are to be observed next: the rows of values of which nothing
    /// is held. Each is said with the field, the value as [`RowWriter::write_key`](super::super::RowWriter::write_key) writes
    /// it, and the moment after which all rows are wanted. A value of several transactions is said several times.
    ///
    /// It changes nothing. Whoever reads those rows before they are asked for can read many of them together.
    pub fn unread<'t>(
        &mut self,
        next: impl IntoIterator<Item = &'t Transaction>,
        mut say: impl FnMut(&ByField, &[u8], Timestamp),
    ) {
        let key = &mut self.scratch.key;
        for transaction in next {
            let seen = self.layouts.see(transaction);
            for field in &self.key_fields {
                if let Some(from) = field.unread(&seen, key) {
                    say(&field.by, key, from);
                }
            }
        }
    }
}
