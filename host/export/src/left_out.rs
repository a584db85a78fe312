//! Alerts that are left out of a file because its formatter cannot write them.

use std::collections::HashSet;

use domain::alert::AlertId;

use super::write::{MAX_UNWRITABLE, Unwritable, WriteError};
use runtime::formatter::{FormatError, FormatFault};

/// Alerts that are left out of a file, in their order.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    alerts: Vec<(AlertId, FormatFault)>,
    /// How the formatter failed at the first of them.
    first: Option<FormatError>,
}

impl LeftOut {
    /// The ids of the alerts.
    pub(super) fn ids(&self) -> HashSet<AlertId> {
        self.alerts.iter().map(|(alert, _)| *alert).collect()
    }

    /// Adds alerts at which the formatter failed: the file must be made again without them.
    ///
    /// # Errors
    /// Returns the formatter's first failure if more than [`MAX_UNWRITABLE`] alerts would be left out.
    pub(super) fn add(&mut self, unwritable: Unwritable) -> Result<(), WriteError> {
        let first = self.first.get_or_insert(unwritable.first).clone();
        self.alerts.extend(unwritable.alerts);
        if self.alerts.len() > MAX_UNWRITABLE {
            return Err(first.into());
        }
        Ok(())
    }

    /// The alerts that are left out of a file of so many others.
    ///
    /// # Errors
    /// Returns the formatter's first failure if it could not write a single alert.
    pub(super) fn of_file(self, rows: u64) -> Result<Vec<(AlertId, FormatFault)>, WriteError> {
        match self.first {
            Some(first) if rows == 0 => Err(first.into()),
            Some(_) | None => Ok(self.alerts),
        }
    }
}
