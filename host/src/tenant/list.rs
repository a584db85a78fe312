//! Lists of texts, which rules ask for membership.

use std::collections::BTreeSet;

use domain::window::Lists;
use serde::{Deserialize, Serialize};

use super::Definitions;
use crate::json::JsonValue;

/// A named list of texts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct List {
    /// The tenant's name for it.
    pub name: String,
    /// Rises with each change; evidence names it.
    pub version: u64,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Trimmed, none of them empty.
    pub entries: BTreeSet<String>,
}

impl List {
    pub(super) fn definition_key(&self) -> String {
        self.name.clone()
    }

    /// As the audit keeps it: how many entries there are. Which ones were added and removed is kept with the versions
    /// of the list.
    pub(super) fn without_entries(&self) -> JsonValue {
        let audited = serde_json::json!({
            "name": self.name,
            "version": self.version,
            "updated_at": self.updated_at,
            "entries": self.entries.len(),
        });
        audited.into()
    }
}

/// What rules ask for membership.
impl Lists for Definitions {
    fn contains(&self, list: &str, text: &str) -> bool {
        let list = self.lists.get(list);
        list.is_some_and(|list| list.entries.contains(text))
    }
}
