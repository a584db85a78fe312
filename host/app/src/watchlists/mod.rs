//! Watchlists, which rules ask for membership.
//!
//! - [`entries`], [`csv`]: entries as they are sent, and what is refused of them;
//! - [`read`], [`change`], [`delete`]: a watchlist as it is or was, and what changes it; [`preview`]: what a change would
//!   do;
//! - [`versions`], [`membership`]: who changed what, and what became of one entry.

pub mod change;
pub mod csv;
pub mod delete;
pub mod entries;
pub mod membership;
pub mod preview;
pub mod read;
pub mod versions;

use std::sync::Arc;

use crate::App;
use crate::blocking::{Panicked, ReadError, blocking};
use crate::caller::Caller;
use crate::request::{Expected, Invalid, Stale, Version};
use domain::name::Name;
use domain::time::Timestamp;
use engine::lane::LaneError;
use engine::list::{AsOfError, Attempt, Changed, ListChange, ListChangeError, Versions};
use store::StoreError;
use tenant::{Definitions, List};

/// The most characters of a note.
const MAX_NOTE_CHARACTERS: usize = 1_000;

/// The tenant has no watchlist of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no list '{0}'")]
pub struct NoSuchWatchlist(pub String);

/// Why a watchlist cannot be read as it was.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// There never was a watchlist of this name.
    #[error(transparent)]
    NoSuchWatchlist(#[from] NoSuchWatchlist),
    /// It has no such version.
    #[error("there is no version {version} of list '{name}'")]
    NoSuchVersion {
        /// The watchlist's name.
        name: String,
        /// The version.
        version: u64,
    },
    /// It was made later.
    #[error("there is no list '{name}' at that time: it was made at {made_at}")]
    NotYet {
        /// The watchlist's name.
        name: String,
        /// When it was made.
        made_at: Timestamp,
    },
    /// It was changed later, and what it was before was not kept.
    #[error(
        "there is no record of list '{name}' at that time: it was changed at {since}, and what it held before was not kept"
    )]
    NotKept {
        /// The watchlist's name.
        name: String,
        /// From when on it is known.
        since: Timestamp,
    },
    /// It was deleted then.
    #[error("there is no list '{name}' then: it was deleted at {at}, in version {version}")]
    Deleted {
        /// The watchlist's name.
        name: String,
        /// The version that deleted it.
        version: u64,
        /// When it was deleted.
        at: Timestamp,
    },
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl PastError {
    fn new(name: &Name, error: AsOfError) -> Self {
        let name = name.as_str().to_owned();
        match error {
            AsOfError::Store(error) => Self::Read(error.into()),
            AsOfError::NoList => NoSuchWatchlist(name).into(),
            AsOfError::NoVersion(version) => Self::NoSuchVersion { name, version },
            AsOfError::NotYet { made_at } => Self::NotYet { name, made_at },
            AsOfError::NotKept { since } => Self::NotKept { name, since },
            AsOfError::Deleted { version, at } => Self::Deleted { name, version, at },
        }
    }
}

impl From<StoreError> for PastError {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

impl From<LaneError> for PastError {
    fn from(error: LaneError) -> Self {
        Self::Read(error.into())
    }
}

impl From<Panicked> for PastError {
    fn from(error: Panicked) -> Self {
        Self::Read(error.into())
    }
}

fn find(definitions: &Definitions, name: &Name) -> Result<Arc<List>, NoSuchWatchlist> {
    let list = definitions.lists.get(name.as_str()).cloned();
    list.ok_or_else(|| NoSuchWatchlist(name.as_str().to_owned()))
}

/// Checks the version that a change is meant for.
fn check_version(expected: &Expected, list: Option<&List>) -> Result<(), Stale> {
    expected.check(list.map(|list| Version::Number(list.version)))
}

/// A note without white space around it; none if there is nothing in it.
///
/// # Errors
/// Where it is too long, or has a NUL in it.
fn checked_note(note: Option<String>) -> Result<Option<String>, Invalid> {
    let note = note.map(|note| note.trim().to_owned());
    let note = note.filter(|note| !note.is_empty());
    match &note {
        Some(text) if text.chars().count() > MAX_NOTE_CHARACTERS => Err(Invalid::new(format!(
            "'note' is too long; it has at most {MAX_NOTE_CHARACTERS} characters"
        ))),
        Some(text) if text.contains('\0') => Err(Invalid::new("'note' has a NUL in it")),
        _ => Ok(note),
    }
}

/// Reads the versions of a watchlist, which may be deleted by now, off the runtime's threads.
async fn on_versions<T: Send + 'static>(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    read: impl FnOnce(&Versions<'_>) -> Result<T, AsOfError> + Send + 'static,
) -> Result<T, PastError> {
    // In this order: a version that the list has already must not be missing among its versions.
    let defined = caller.definitions().lists.get(name.as_str()).cloned();
    let durable = caller.position().await?;
    let (app, tenant, name) = (app.clone(), caller.tenant, name.clone());
    let read = move || {
        let store = &app.services.store;
        let versions = Versions::of(store, tenant, name.as_str(), defined.as_ref(), durable)?;
        read(&versions).map_err(|error| PastError::new(&name, error))
    };
    blocking(read).await?
}

/// Makes a change by attempts in the lane, and prepares it beside the lane where the lane asks for that.
async fn make<E, F>(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    change: &ListChange,
    attempt: impl Fn() -> F,
) -> Result<Changed, E>
where
    F: Future<Output = Result<Attempt, E>>,
    E: From<Panicked> + From<ListChangeError>,
{
    let lock = app.list_locks.of(caller.tenant, name.as_str());
    let shared = lock.read().await;
    if let Attempt::Made(changed) = attempt().await? {
        return Ok(changed);
    }
    drop(shared);
    let _alone = lock.write().await;
    loop {
        let list = match attempt().await? {
            Attempt::Made(changed) => return Ok(changed),
            Attempt::Unprepared(list) => list,
        };
        let (app, tenant, change) = (app.clone(), caller.tenant, change.clone());
        let prepare = move || change.prepare(&app.services.store, tenant, list.as_ref());
        let prepared = blocking(prepare).await?;
        prepared.map_err(ListChangeError::Store)?;
    }
}
