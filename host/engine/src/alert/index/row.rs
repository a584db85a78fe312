//! The rows of the index.

use std::ops::{Index, IndexMut};

use domain::alert::{Alert, AlertId};
use domain::time::Timestamp;

use super::chunks::Chunks;
use super::values::NO_VALUES;
use super::word_lists::WordList;

/// A property that rows are found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    State,
    Severity,
    Priority,
    IncidentType,
    Team,
    Rule,
    User,
    Label,
    /// A label that is shown only to who may see masked fields.
    WithheldLabel,
    Outcome,
    Install,
}

/// One alert: what it is sorted by, and where its values and words are.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: AlertId,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// In microseconds; [`NEVER`] where it is due at no time.
    due_date: i64,
    /// In microseconds; [`NEVER`] while it is not closed.
    closed_at: i64,
    /// The row of the alert that it is merged into; its own where there is none.
    pub(super) holder: u32,
    /// Which of the [`Values`](super::values::Values) it has.
    pub(super) values: u32,
    /// The words of title and labels.
    pub(super) words: WordList,
}

/// No due date, or not closed: no moment has these microseconds.
const NEVER: i64 = i64::MIN;

impl Row {
    /// A row that nothing is known of yet but who it is.
    fn new(alert: &Alert, row: u32) -> Self {
        Self {
            id: alert.id,
            created_at: alert.created_at,
            updated_at: alert.updated_at,
            due_date: NEVER,
            closed_at: NEVER,
            holder: row,
            values: NO_VALUES,
            words: WordList::NONE,
        }
    }

    /// Takes over the times of a version of the alert.
    pub(super) fn set_times(&mut self, alert: &Alert) {
        self.updated_at = alert.updated_at;
        self.due_date = alert.due_date.map_or(NEVER, Timestamp::as_micros);
        self.closed_at = alert.closed_at().map_or(NEVER, Timestamp::as_micros);
    }

    /// When it was closed, if it is.
    pub(super) fn closed_at(&self) -> Option<Timestamp> {
        (self.closed_at != NEVER).then(|| Timestamp::from_micros(self.closed_at))
    }

    /// When it is due, if it is at all.
    pub(super) fn due_date(&self) -> Option<Timestamp> {
        (self.due_date != NEVER).then(|| Timestamp::from_micros(self.due_date))
    }
}

/// The rows of all alerts, whose numbers are in the order of creation.
///
/// Alerts that the store held when the host was started come newest first, and get falling numbers; new ones get rising
/// ones, from the same number on.
#[derive(Debug, Default)]
pub(super) struct Rows {
    older: Chunks<Row>,
    newer: Chunks<Row>,
}

/// The number of the first new alert.
const FIRST: u32 = 1 << 30;

impl Rows {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.older.len() + self.newer.len()
    }

    /// Begins the row of an alert that is newer than all others.
    pub(super) fn push_newer(&mut self, alert: &Alert) -> u32 {
        let behind = u32::try_from(self.newer.len()).expect("fewer than 2^30 alerts");
        assert!(behind < FIRST, "fewer than 2^30 alerts");
        let row = FIRST + behind;
        self.newer.push(Row::new(alert, row));
        row
    }

    /// Begins the row of an alert that is older than all others.
    pub(super) fn push_older(&mut self, alert: &Alert) -> u32 {
        let before = u32::try_from(self.older.len()).expect("fewer than 2^30 alerts");
        let row = (FIRST - 1).checked_sub(before);
        let row = row.expect("fewer than 2^30 alerts");
        self.older.push(Row::new(alert, row));
        row
    }

    /// The rows, for changing, in no order.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.older.iter_mut().chain(self.newer.iter_mut())
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.older.bytes() + self.newer.bytes()
    }
}

impl Index<u32> for Rows {
    type Output = Row;

    fn index(&self, row: u32) -> &Row {
        match row.checked_sub(FIRST) {
            Some(behind) => &self.newer[behind as usize],
            None => &self.older[(FIRST - 1 - row) as usize],
        }
    }
}

impl IndexMut<u32> for Rows {
    fn index_mut(&mut self, row: u32) -> &mut Row {
        match row.checked_sub(FIRST) {
            Some(behind) => &mut self.newer[behind as usize],
            None => &mut self.older[(FIRST - 1 - row) as usize],
        }
    }
}
