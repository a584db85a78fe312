//! What inputs are computed from besides the windows in memory.

use std::ops::ControlFlow;

use super::rows::{ByField, PastRow};
use crate::text::trimmed;
use crate::time::Timestamp;

/// The tenant's lists.
pub trait Lists {
    /// Whether the list of this name holds exactly this text, which is trimmed already.
    fn contains(&self, list: &str, text: &str) -> bool;

    /// Whether the text of a field is an entry of a list. White space and invisible characters around it do not count.
    ///
    /// Entries of earlier releases may begin or end with invisible characters. They go on matching texts that have
    /// the same ones.
    fn has_member(&self, list: &str, text: &str) -> bool {
        let text = text.trim();
        let visible = trimmed(text);
        self.contains(list, text) || (visible.len() < text.len() && self.contains(list, visible))
    }
}

/// The team's earlier transactions, for what windows do not hold in memory.
pub trait History {
    /// Visits the rows whose `by` field has the value of `key`, as [`RowWriter::write_key`](super::RowWriter::write_key)
    /// wrote it, after `from`, until and with `to`, by `date_time`, in any order, each with its sequence number: all
    /// whose sequence number is lower than that of the transaction being observed. Ends early where `visit` breaks off.
    ///
    /// # Errors
    /// Where the rows cannot be read. What was visited until then has no effect.
    fn rows(
        &self,
        by: &ByField,
        key: &[u8],
        from: Timestamp,
        to: Timestamp,
        visit: &mut dyn FnMut(u64, PastRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), HistoryError>;
}

impl<H: History + ?Sized> History for &H {
    fn rows(
        &self,
        by: &ByField,
        key: &[u8],
        from: Timestamp,
        to: Timestamp,
        visit: &mut dyn FnMut(u64, PastRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        (**self).rows(by, key, from, to, visit)
    }
}

/// The stored transactions that a window needs could not be read.
#[derive(Debug, thiserror::Error)]
#[error("earlier transactions, which a rule's window needs, cannot be read from the store: {0}")]
pub struct HistoryError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A history without transactions: that of a new team, or of a test.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyHistory;

impl History for EmptyHistory {
    fn rows(
        &self,
        _by: &ByField,
        _key: &[u8],
        _from: Timestamp,
        _to: Timestamp,
        _visit: &mut dyn FnMut(u64, PastRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One(&'static str);

    impl Lists for One {
        fn contains(&self, list: &str, text: &str) -> bool {
            list == "l" && text == self.0
        }
    }

    #[test]
    fn what_nobody_sees_around_a_text_does_not_count() {
        let check = |entry, text: &str, expect| {
            assert_eq!(
                One(entry).has_member("l", text),
                expect,
                "{entry:?} {text:?}"
            );
        };
        check("IR", " IR ", true);
        check("IR", "\u{feff}IR\u{200b} ", true);
        check("IR", "I\u{200b}R", false);
        check("IR", "", false);
        // As an earlier release stored it.
        check("IR\u{200b}", " IR\u{200b}", true);
        check("IR\u{200b}", "IR", false);
        assert!(!One("IR").has_member("other", "IR"));
    }
}
