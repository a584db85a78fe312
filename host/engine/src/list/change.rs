//! Changes of lists, each kept with who made it.
//!
//! A change costs its lane as much as it changes, however long the list is. A change of many entries, and one that must
//! compare or move whole lists, is [prepared](ListChange::prepare) beside the lane, which only puts it in place.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;

use super::diff::{KeptDiff, ListDiff};
use super::record::ListVersion;
use crate::lane::{Actor, Change};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};
use tenant::{List, ListEntries, StoredAs};

/// The most entries of a list.
pub const MAX_ENTRIES: usize = 1_000_000;

/// The most entries that a lane looks at for one change: those that the change names, or all of a list.
const MAX_IN_LANE: usize = 100;

/// Who changes a list, how the audit calls it, and why it is done.
#[derive(Clone, Debug)]
pub struct Why {
    /// Who.
    pub by: Actor,
    /// The audit's word, such as `list.put`.
    pub action: &'static str,
    /// In the words of whoever does it.
    pub note: Option<String>,
}

/// What a list is to become.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A list of these entries, whatever it had before.
    Entries(BTreeSet<String>),
    /// The same list with more entries and without some. An entry that is both added and removed is removed.
    Edited {
        /// Entries to add.
        add: BTreeSet<String>,
        /// Entries to remove.
        remove: BTreeSet<String>,
    },
    /// No list.
    Deleted,
}

/// What a change came to.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The list from then on; none if it was deleted.
    pub list: Option<Arc<List>>,
    /// Whether there was no list before.
    pub is_new: bool,
    /// How many entries were added.
    pub added: usize,
    /// How many were removed.
    pub removed: usize,
}

/// What came of an attempt to make a change in the lane.
#[derive(Clone, Debug)]
pub enum Attempt {
    /// It is made.
    Made(Changed),
    /// Nothing was changed: the change must be prepared for the list as it is in the lane.
    Unprepared(Option<Arc<List>>),
}

/// Why a list cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum ListChangeError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It would be too long.
    #[error("a list has at most {MAX_ENTRIES} entries")]
    TooManyEntries,
}

/// A change of a list that is to be made. Clones are the same change.
#[derive(Clone)]
pub struct ListChange(Arc<Inner>);

struct Inner {
    name: String,
    wanted: Wanted,
    why: Why,
    prepared: Mutex<Option<Prepared>>,
}

impl ListChange {
    /// A change of the list of this name.
    pub fn new(name: &str, wanted: Wanted, why: Why) -> Self {
        Self(Arc::new(Inner {
            name: name.to_owned(),
            wanted,
            why,
            prepared: Mutex::new(None),
        }))
    }

    /// Makes the change, where it is short or was prepared for the list as it is. Where the list has these entries
    /// already, nothing is changed.
    ///
    /// # Errors
    /// Where the store cannot be read, or the list would be too long.
    pub fn make(&self, change: &mut Change<'_>) -> Result<Attempt, ListChangeError> {
        let Inner {
            name, wanted, why, ..
        } = &*self.0;
        let former = change.definitions().lists.get(name).cloned();
        let prepared = self.0.prepared.lock().take();
        let prepared = match prepared.filter(|prepared| prepared.is_for(former.as_ref())) {
            Some(prepared) => prepared,
            None if !wanted.is_short_for(former.as_deref()) => {
                return Ok(Attempt::Unprepared(former));
            }
            None => {
                let is_kept = match &former {
                    Some(list) if list.stored_as() == StoredAs::Definition => {
                        change.record(&version_record(list))?.is_some()
                    }
                    Some(_) | None => true,
                };
                Prepared::new(former.as_ref(), is_kept, wanted)
            }
        };
        if prepared.after.len() > MAX_ENTRIES {
            return Err(ListChangeError::TooManyEntries);
        }
        Ok(Attempt::Made(prepared.put_in_place(change, name, why)))
    }

    /// Prepares the change for a list as it is in the lane. For long lists this takes a while.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn prepare(
        &self,
        store: &Store,
        tenant: TenantId,
        list: Option<&Arc<List>>,
    ) -> Result<(), StoreError> {
        let is_kept = match list {
            Some(list) if list.stored_as() == StoredAs::Definition => {
                let record = Key::new(tenant, &version_record(list));
                store.get(&record)?.is_some()
            }
            Some(_) | None => true,
        };
        let prepared = Prepared::new(list, is_kept, &self.0.wanted);
        *self.0.prepared.lock() = Some(prepared);
        Ok(())
    }
}

/// The record of the version that a list is in. Lists of releases that did not keep versions have none.
fn version_record(list: &List) -> Record {
    Record::ListVersion {
        list: list.name.clone(),
        version: list.version,
    }
}

impl Wanted {
    /// Whether the change looks at few entries only.
    fn is_short_for(&self, former: Option<&List>) -> bool {
        let count = former.map_or(0, |list| list.entries.len());
        let is_stored_whole = former.is_some_and(|list| list.stored_as() == StoredAs::Definition);
        match self {
            Self::Entries(entries) => count.max(entries.len()) <= MAX_IN_LANE,
            Self::Edited { add, remove } => {
                add.len() + remove.len() <= MAX_IN_LANE
                    && (!is_stored_whole || count <= MAX_IN_LANE)
            }
            Self::Deleted => count <= MAX_IN_LANE,
        }
    }

    /// What it adds to a list and removes from it.
    fn diff(&self, former: &ListEntries) -> ListDiff {
        let is_new = |entry: &&String| !former.contains(entry);
        match self {
            Self::Entries(entries) => {
                let removed = former.iter().filter(|entry| !entries.contains(*entry));
                ListDiff {
                    added: entries.iter().filter(is_new).cloned().collect(),
                    removed: removed.map(str::to_owned).collect(),
                }
            }
            Self::Edited { add, remove } => {
                let added = add.difference(remove).filter(is_new);
                let removed = remove.iter().filter(|entry| former.contains(entry));
                ListDiff {
                    added: added.cloned().collect(),
                    removed: removed.cloned().collect(),
                }
            }
            Self::Deleted => ListDiff {
                added: Vec::new(),
                removed: former.iter().map(str::to_owned).collect(),
            },
        }
    }
}

/// All that a change writes, as far as it does not depend on its place in the tenant's order.
struct Prepared {
    /// The list that it was prepared for.
    former: Option<Arc<List>>,
    after: ListEntries,
    is_deleted: bool,
    diff: KeptDiff,
    /// Pages as they are stored, each by where it begins; none for those that are gone.
    pages: Vec<(Arc<str>, Option<Vec<u8>>)>,
    /// What the list held before its changes were kept.
    unkept: Option<(ListVersion, KeptDiff)>,
}

impl Prepared {
    /// `is_kept` says whether the version that the list is in was kept.
    fn new(former: Option<&Arc<List>>, is_kept: bool, wanted: &Wanted) -> Self {
        let nothing = ListEntries::default();
        let before = former.map_or(&nothing, |list| &list.entries);
        let diff = wanted.diff(before);
        let (after, changed) = before.edited(&diff.added, &diff.removed);
        let is_stored_whole = former.is_some_and(|list| list.stored_as() == StoredAs::Definition);
        let pages = if is_stored_whole {
            let pages = after.pages();
            pages
                .map(|(from, page)| (from.clone(), Some(page.to_json())))
                .collect()
        } else {
            let changed = changed.into_iter();
            changed
                .map(|(from, page)| (from, page.map(|page| page.to_json())))
                .collect()
        };
        let unkept = former.filter(|_| !is_kept).map(|list| {
            let diff = ListDiff::from_nothing(&list.entries);
            (ListVersion::of_unkept(list), diff.into())
        });
        Self {
            former: former.cloned(),
            after,
            is_deleted: matches!(wanted, Wanted::Deleted),
            diff: diff.into(),
            pages,
            unkept,
        }
    }

    fn is_for(&self, list: Option<&Arc<List>>) -> bool {
        match (&self.former, list) {
            (Some(former), Some(list)) => Arc::ptr_eq(former, list),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Puts the list, its pages and its version in place.
    ///
    /// A list that is deleted and made again must not have a version twice, for evidence names it. The place
    /// of the change in the tenant's order never comes again.
    fn put_in_place(self, change: &mut Change<'_>, name: &str, why: &Why) -> Changed {
        let (added, removed) = (self.diff.added, self.diff.removed);
        let changed = |list: Option<Arc<List>>, is_new| Changed {
            list,
            is_new,
            added,
            removed,
        };
        if let Some(list) = &self.former
            && (added, removed, self.is_deleted) == (0, 0, false)
        {
            return changed(Some(list.clone()), false);
        }
        if let Some((version, diff)) = self.unkept {
            put_version(change, version, name, diff);
        }
        let teams = change.definitions().teams.iter().map(|team| team.id);
        let version = ListVersion {
            version: change.position(),
            at: change.at().as_micros(),
            by: Some(why.by.clone()),
            note: why.note.clone(),
            deleted: self.is_deleted,
            count: self.after.len() as u64,
            added: added as u64,
            removed: removed as u64,
            from_sequences: teams
                .map(|team| (team, change.next_sequence(team)))
                .collect(),
            diff: None,
        };
        put_version(change, version, name, self.diff);
        for (from, page) in self.pages {
            let record = Record::ListPage {
                list: name.to_owned(),
                from: from.as_ref().to_owned(),
            };
            match page {
                Some(page) => change.put_record(&record, page),
                None => change.delete_record(&record),
            }
        }
        change.audit(&why.by, why.action, name);
        if self.is_deleted {
            change.remove::<List>(name);
            return changed(None, false);
        }
        let (version, at) = (change.position(), change.at().as_micros());
        let list = List::new(name.to_owned(), version, at, self.after);
        changed(Some(change.put(list)), self.former.is_none())
    }
}

fn put_version(change: &mut Change<'_>, version: ListVersion, list: &str, diff: KeptDiff) {
    for (record, value) in version.into_records(list, diff) {
        change.put_record(&record, value);
    }
}
