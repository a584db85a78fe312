//! Changes of the entries of a watchlist.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::entries::{Entries, EntriesError, SentEntries, checked_items, entries_to_remove};
use super::{NoSuchWatchlist, check_version, checked_note, make};
use crate::App;
use crate::blocking::{Panicked, blocking};
use crate::caller::{Caller, Forbidden};
use crate::request::{Expected, Invalid, Stale};
use domain::name::Name;
use engine::lane::{Change, LaneError};
use engine::list::{ListChange, ListChangeError, Wanted, Why};
use tenant::{List, Permission};

/// A watchlist to create or to replace.
#[derive(Clone, Debug, Default)]
pub struct NewWatchlist {
    /// Why, in at most 1,000 characters.
    pub note: Option<String>,
    /// Whether the list is emptied where no entries were sent. Otherwise that is taken for an accident.
    pub may_be_empty: bool,
}

/// What is to change of a watchlist. An entry that is both added and removed is removed.
#[derive(Clone, Debug, Default)]
pub struct WatchlistEdit {
    /// Entries to add.
    pub add: Vec<String>,
    /// Entries to remove.
    pub remove: Vec<String>,
    /// Why, in at most 1,000 characters.
    pub note: Option<String>,
}

/// A watchlist after a change.
#[derive(Clone, Debug)]
pub struct ChangedWatchlist {
    /// The list as it is now.
    pub list: Arc<List>,
    /// Whether there was none before.
    pub is_new: bool,
    /// How many entries were added.
    pub added: usize,
    /// How many entries were removed. Where none was added or removed, the list has no new version.
    pub removed: usize,
    /// The column that had the entries, where they were sent as CSV.
    pub column: Option<String>,
}

/// Why a watchlist was not created or replaced.
#[derive(Debug, thiserror::Error)]
pub enum PutWatchlistError {
    /// The list would be empty, and nobody said that it is to be.
    #[error("there are no entries, so the list would be empty")]
    Empty,
    /// As for any change of entries.
    #[error(transparent)]
    Change(#[from] ChangeWatchlistError),
}

/// Why the entries of a watchlist were not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeWatchlistError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The note cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The entries cannot be taken.
    #[error(transparent)]
    Entries(#[from] EntriesError),
    /// There is no such list.
    #[error(transparent)]
    NoSuchWatchlist(#[from] NoSuchWatchlist),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The list would be too long, or what is stored of it cannot be read.
    #[error(transparent)]
    Change(#[from] ListChangeError),
    /// Reading the entries, or preparing the change, panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Creates a watchlist, or replaces all of its entries.
///
/// `decode` makes entries of what was sent. It is called once the caller is known to be permitted, on a thread that may
/// take its time.
///
/// # Errors
/// As `decode`; and where the caller may not, the entries or the note cannot be taken, the list would be empty by
/// accident, or it is not the version that the change is meant for.
pub async fn put<E>(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    expected: Expected,
    new: NewWatchlist,
    decode: impl FnOnce() -> Result<SentEntries, E> + Send + 'static,
) -> Result<ChangedWatchlist, E>
where
    E: From<PutWatchlistError> + Send + 'static,
{
    let fail = |error: ChangeWatchlistError| E::from(error.into());
    let why = why(caller, "list.put", new.note).map_err(fail)?;
    let sent = read(decode, fail).await?;
    let is_accident = !new.may_be_empty && !sent.is_empty_on_purpose;
    if sent.entries.is_empty() && is_accident {
        return Err(PutWatchlistError::Empty.into());
    }
    let change = ListChange::new(name.as_str(), Wanted::Entries(sent.entries), why);
    let check = move |list: Option<&List>| Ok(check_version(&expected, list)?);
    let changed = make_checked(app, caller, name, &change, sent.column, check).await;
    changed.map_err(fail)
}

/// Adds entries to a watchlist that there is. `decode` is as for [`put`].
///
/// # Errors
/// As `decode`; and where the caller may not, the entries or the note cannot be taken, there is no such list, or it is
/// not the version that the change is meant for.
pub async fn add<E>(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    expected: Expected,
    note: Option<String>,
    decode: impl FnOnce() -> Result<SentEntries, E> + Send + 'static,
) -> Result<ChangedWatchlist, E>
where
    E: From<ChangeWatchlistError> + Send + 'static,
{
    let why = why(caller, "list.change", note)?;
    let sent = read(decode, E::from).await?;
    let wanted = Wanted::Edited {
        add: sent.entries,
        remove: BTreeSet::new(),
    };
    let change = ListChange::new(name.as_str(), wanted, why);
    let changed = make_edit(app, caller, name, expected, &change, sent.column).await;
    Ok(changed?)
}

/// Adds entries to a watchlist that there is, and removes entries.
///
/// # Errors
/// Where the caller may not, the entries or the note cannot be taken, there is no such list, or it is not the version
/// that the change is meant for.
pub async fn edit(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    expected: Expected,
    edit: WatchlistEdit,
) -> Result<ChangedWatchlist, ChangeWatchlistError> {
    let why = why(caller, "list.change", edit.note)?;
    let wanted = Wanted::Edited {
        add: checked_items("add", &edit.add)?,
        remove: entries_to_remove(&edit.remove),
    };
    let change = ListChange::new(name.as_str(), wanted, why);
    make_edit(app, caller, name, expected, &change, None).await
}

/// Who changes a list and why, once it is known that they may.
fn why(
    caller: &Caller,
    action: &'static str,
    note: Option<String>,
) -> Result<Why, ChangeWatchlistError> {
    caller.require(Permission::ListWrite)?;
    Ok(Why {
        by: caller.actor(),
        action,
        note: checked_note(note)?,
    })
}

/// Reads entries off the runtime's threads, since they may be many.
pub(super) async fn read<E: Send + 'static>(
    decode: impl FnOnce() -> Result<SentEntries, E> + Send + 'static,
    fail: impl Fn(ChangeWatchlistError) -> E + Clone + Send + 'static,
) -> Result<Entries, E> {
    let fault = fail.clone();
    let read = move || decode()?.read().map_err(|error| fault(error.into()));
    blocking(read).await.map_err(|error| fail(error.into()))?
}

/// Makes a change of a list that there must be.
async fn make_edit(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    expected: Expected,
    change: &ListChange,
    column: Option<String>,
) -> Result<ChangedWatchlist, ChangeWatchlistError> {
    let wanted = name.clone();
    let check = move |list: Option<&List>| {
        let list = list.ok_or_else(|| NoSuchWatchlist(wanted.as_str().to_owned()))?;
        Ok(check_version(&expected, Some(list))?)
    };
    make_checked(app, caller, name, change, column, check).await
}

/// Makes a change that depends on the list alone.
async fn make_checked(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    change: &ListChange,
    column: Option<String>,
    check: impl Fn(Option<&List>) -> Result<(), ChangeWatchlistError> + Clone + Send + 'static,
) -> Result<ChangedWatchlist, ChangeWatchlistError> {
    let attempt = || {
        let (change, check, name) = (change.clone(), check.clone(), name.clone());
        let attempt = move |lane: &mut Change<'_>| {
            let list = lane.definitions().lists.get(name.as_str());
            check(list.map(|list| &**list))?;
            Ok::<_, ChangeWatchlistError>(change.make(lane)?)
        };
        async move { caller.change(attempt).await }
    };
    let changed = make(app, caller, name, change, attempt).await?;
    let list = changed.list;
    Ok(ChangedWatchlist {
        list: list.ok_or_else(|| NoSuchWatchlist(name.as_str().to_owned()))?,
        is_new: changed.is_new,
        added: changed.added,
        removed: changed.removed,
        column,
    })
}
