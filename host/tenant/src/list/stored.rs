//! A list as the store has it: a definition, and pages of entries beside it.

use serde::{Deserialize, Serialize};

use super::{List, ListEntries};

/// Where the store has the entries of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredAs {
    /// In the definition itself, as earlier releases wrote it; a change moves them to pages.
    Definition,
    /// In pages beside the definition.
    Pages {
        /// How many entries the definition says that there are.
        count: u64,
    },
}

/// The definition of a list. It has either entries or their count.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredList {
    name: String,
    version: u64,
    updated_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entries: Option<Vec<String>>,
}

/// Why a stored list cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Neither this nor an earlier release writes such a definition.
    #[error("its definition must have either 'entries' or 'count'")]
    NeitherOrBoth,
    /// Pages are missing, or are from another list.
    #[error("its pages have {found} entries, and its definition counts {count}")]
    Count {
        /// How many the pages have.
        found: u64,
        /// How many there should be.
        count: u64,
    },
}

impl TryFrom<StoredList> for List {
    type Error = ListError;

    fn try_from(stored: StoredList) -> Result<Self, ListError> {
        let (entries, stored_as) = match (stored.entries, stored.count) {
            (Some(entries), None) => (entries.into_iter().collect(), StoredAs::Definition),
            (None, Some(count)) => (ListEntries::default(), StoredAs::Pages { count }),
            (None, None) | (Some(_), Some(_)) => return Err(ListError::NeitherOrBoth),
        };
        Ok(Self {
            name: stored.name,
            version: stored.version,
            updated_at: stored.updated_at,
            entries,
            stored_as,
        })
    }
}

/// The definition of a list whose entries are in pages.
impl From<List> for StoredList {
    fn from(list: List) -> Self {
        Self {
            name: list.name,
            version: list.version,
            updated_at: list.updated_at,
            count: Some(list.entries.len() as u64),
            entries: None,
        }
    }
}

impl List {
    /// Where the store has its entries.
    pub fn stored_as(&self) -> StoredAs {
        self.stored_as
    }

    /// A list that was read from its definition, with the entries of its pages.
    ///
    /// # Errors
    /// Where they are not as many as the definition says.
    pub fn with_pages(&self, entries: ListEntries) -> Result<Self, ListError> {
        let found = entries.len() as u64;
        match self.stored_as {
            StoredAs::Pages { count } if count != found => Err(ListError::Count { found, count }),
            StoredAs::Pages { .. } | StoredAs::Definition => Ok(Self {
                entries,
                ..self.clone()
            }),
        }
    }
}
