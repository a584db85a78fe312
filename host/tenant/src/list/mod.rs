//! Lists of texts, which rules ask for membership.
//!
//! - [`page`], [`entries`]: the entries of a list, so that one more costs as much however many there are;
//! - [`stored`]: a list as a stored definition.

mod entries;
mod page;
mod stored;
#[cfg(test)]
mod tests;

use domain::window::Lists;
use serde::{Deserialize, Serialize};

use super::Definitions;
use json::JsonValue;

pub use entries::{ChangedPages, ListEntries};
pub use page::{Page, PageError};
pub use stored::{ListError, StoredAs};

/// A named list of texts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "stored::StoredList", into = "stored::StoredList")]
pub struct List {
    /// The tenant's name for it.
    pub name: String,
    /// Rises with each change; evidence names it.
    pub version: u64,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Trimmed, none of them empty.
    pub entries: ListEntries,
    /// Where the store has the entries.
    stored_as: StoredAs,
}

impl List {
    /// A list whose entries are stored in pages.
    pub fn new(name: String, version: u64, updated_at: i64, entries: ListEntries) -> Self {
        let stored_as = StoredAs::Pages {
            count: entries.len() as u64,
        };
        Self {
            name,
            version,
            updated_at,
            entries,
            stored_as,
        }
    }

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
