//! Views of alerts that people saved.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Definitions, ExportFilter};
use domain::time::Timestamp;

/// A view of alerts that somebody saved under a name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedView {
    /// UUIDv7.
    pub id: String,
    /// The id of the user whose own it is; none: everybody of the tenant who reads alerts sees it.
    pub owner: Option<String>,
    /// For people.
    pub name: String,
    /// Which alerts, as an export asks for them.
    pub alerts: ExportFilter,
    /// What else is asked of them.
    #[serde(default)]
    pub more: MoreFilters,
    /// The order, as `GET /v1/alerts` names it; none: the newest first.
    #[serde(default)]
    pub sort: Option<String>,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// The login of who saved it.
    pub created_by: String,
    /// Rises with each change; the `ETag`.
    pub version: u64,
}

/// Filters of alerts that exports have not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MoreFilters {
    /// Transactions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub txn_id: Vec<String>,
    /// Closed then or later: microseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_from: Option<i64>,
    /// Closed before: microseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_to: Option<i64>,
    /// Those due before: microseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_before: Option<i64>,
    /// Those that are overdue, or all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue: Option<bool>,
    /// Words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl MoreFilters {
    /// Until when the alerts are due.
    pub fn due_before(&self) -> Option<Timestamp> {
        self.due_before.map(Timestamp::from_micros)
    }
}

impl SavedView {
    pub(super) fn definition_key(&self) -> String {
        Self::key_of(self.owner.as_deref(), &self.id)
    }

    fn key_of(owner: Option<&str>, id: &str) -> String {
        format!("{}{id}", Self::prefix(owner))
    }

    /// What the keys of all views of a user begin with, or of all shared ones. Ids of users are UUIDs.
    fn prefix(owner: Option<&str>) -> String {
        format!("{}/", owner.unwrap_or("shared"))
    }
}

impl Definitions {
    /// The views of a user, or the shared ones, in the order in which they were saved.
    pub fn saved_views(&self, owner: Option<&str>) -> Vec<Arc<SavedView>> {
        let prefix = SavedView::prefix(owner);
        self.views.under(&prefix).cloned().collect()
    }

    /// The view of a user, or the shared one, of this id.
    pub fn saved_view(&self, owner: Option<&str>, id: &str) -> Option<&Arc<SavedView>> {
        self.views.get(&SavedView::key_of(owner, id))
    }
}
