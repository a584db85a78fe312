//! A batch of alerts by column, as a formatter gets them.

use domain::column::{TextLists, Texts};
use domain::rule::Level;

/// One value for each alert in every column. An id that an alert lacks is "".
/// Moments are as [`domain::column::time_to_column`] makes them.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct AlertColumns {
    pub id: Texts,
    pub team: Texts,
    pub dprofile_id: Texts,
    pub user_id: Texts,
    pub title: Texts,
    pub incident_type: Texts,
    pub state: Texts,
    pub severity: Vec<Level>,
    pub priority: Vec<Level>,
    pub due_date: Vec<i64>,
    pub labels: TextLists,
    pub rule: Texts,
    /// NaN where there is none.
    pub score: Vec<f64>,
    pub txn_ids: TextLists,
    /// JSON objects.
    pub info: Texts,
    /// JSON objects: rule, version, digest, score, transaction, evidence.
    pub findings: TextLists,
    /// JSON objects: author, written_at, text.
    pub comments: TextLists,
    pub created_at: Vec<i64>,
    pub updated_at: Vec<i64>,
    pub closed_at: Vec<i64>,
    /// Name and values, as JSON, of what this version of the contract has no column for.
    pub more: Vec<(String, Texts)>,
}

impl AlertColumns {
    /// How many alerts there are.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }
}
