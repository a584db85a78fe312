//! One alert of the index.

use domain::alert::{Alert, AlertId, PartId};
use domain::time::Timestamp;

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

/// No name: the number of a property that an alert does not have.
const NONE: u32 = u32::MAX;

/// What an alert is filtered and sorted by. Texts are numbers of [`Names`](super::names::Names).
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: AlertId,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) due_date: Option<Timestamp>,
    pub(super) state: u32,
    /// The row of the alert that it is merged into; its own where there is none.
    pub(super) holder: u32,
    values: Box<[(Field, u32)]>,
    /// The words of title and labels that everybody may see.
    pub(super) words: Box<[u32]>,
    /// The words of each comment.
    pub(super) said: Vec<(PartId, Box<[u32]>)>,
}

impl Row {
    /// A row that nothing is known of yet but who it is.
    pub(super) fn new(alert: &Alert, row: u32) -> Self {
        Self {
            id: alert.id,
            created_at: alert.created_at,
            updated_at: alert.updated_at,
            due_date: alert.due_date,
            state: NONE,
            holder: row,
            values: Box::default(),
            words: Box::default(),
            said: Vec::new(),
        }
    }

    /// Takes over a version of the alert, with the numbers of its values.
    pub(super) fn set(&mut self, alert: &Alert, values: &[(Field, u32)]) {
        self.updated_at = alert.updated_at;
        self.due_date = alert.due_date;
        self.values = values.into();
        self.state = self.value(Field::State).unwrap_or(NONE);
    }

    /// All values, by which it stands in postings.
    pub(super) fn values(&self) -> Vec<(Field, u32)> {
        self.values.to_vec()
    }

    /// The number of one property.
    pub(super) fn value(&self, field: Field) -> Option<u32> {
        let value = self.values.iter().find(|(of, _)| *of == field);
        value.map(|(_, number)| *number)
    }

    /// The words of title, labels and comments that everybody may see, rising, without repeats.
    pub(super) fn all_words(&self) -> Vec<u32> {
        let said = self.said.iter().flat_map(|(_, words)| words);
        let mut words: Vec<u32> = self.words.iter().chain(said).copied().collect();
        words.sort_unstable();
        words.dedup();
        words
    }
}
