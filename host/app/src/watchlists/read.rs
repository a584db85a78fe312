//! A watchlist, as it is and as it was.

use std::ops::Bound;
use std::sync::Arc;

use super::{PastError, find, on_versions};
use crate::App;
use crate::blocking::{Panicked, blocking};
use crate::caller::{Caller, Forbidden};
use crate::request::cursors::Cursors;
use crate::request::page::{ForeignCursor, page_of};
use crate::request::{Page, PageRequest};
use domain::name::Name;
use domain::time::Timestamp;
use engine::list::{AsOf, Moment, Versions};
use tenant::{List, Permission};

/// The most bytes of a text by which entries are sought.
const MAX_TEXT_BYTES: usize = 2_000;

/// As it was when a watchlist is wanted; as it is now where neither is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct WantedMoment {
    /// As it was at this time.
    pub at: Option<Timestamp>,
    /// As it was in this version.
    pub version: Option<u64>,
}

/// Which entries of a watchlist are wanted, and as it was when.
#[derive(Clone, Debug, Default)]
pub struct EntryQuery {
    /// When.
    pub moment: WantedMoment,
    /// Only entries that begin with exactly this text.
    pub prefix: Option<String>,
    /// Only entries in which this text is, whatever the case of its letters.
    pub q: Option<String>,
}

/// Both a time and a version are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'at' and 'version' exclude each other; give one of them, or neither")]
pub struct TwoMoments;

/// Why watchlists cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListWatchlistsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
}

/// Why a watchlist cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadWatchlistError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Both a time and a version are said.
    #[error(transparent)]
    TwoMoments(#[from] TwoMoments),
    /// There is no such list, or was none then.
    #[error(transparent)]
    Past(#[from] PastError),
}

/// Why the entries of a watchlist cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListEntriesError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A text by which entries are sought is too long.
    #[error("'{0}' must have at most {MAX_TEXT_BYTES} bytes")]
    TextTooLong(&'static str),
    /// Both a time and a version are said.
    #[error(transparent)]
    TwoMoments(#[from] TwoMoments),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// There is no such list, or was none then.
    #[error(transparent)]
    Past(#[from] PastError),
    /// The search panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// A page of the tenant's watchlists, by name.
///
/// # Errors
/// Where the caller may not, or the cursor is none of this list.
pub fn list(
    cursors: &Cursors,
    caller: &Caller,
    page: &PageRequest,
) -> Result<Page<Arc<List>>, ListWatchlistsError> {
    caller.require(Permission::ListRead)?;
    let lists = &caller.definitions().lists;
    let all = |_: &List| true;
    let page = page_of(cursors, caller.tenant, &["lists"], page, lists, all)?;
    Ok(page)
}

/// Reads a watchlist.
///
/// # Errors
/// Where the caller may not, both a time and a version are said, or there is no such list, or was none then.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    wanted: WantedMoment,
) -> Result<AsOf, ReadWatchlistError> {
    caller.require(Permission::ListRead)?;
    let moment = wanted.moment()?;
    Ok(list_at(app, caller, name, moment).await?)
}

/// A page of the entries of a watchlist, in the order of their bytes.
///
/// # Errors
/// Where the caller may not, the query cannot be, the cursor is none of this list, or there is no such list, or was none
/// then.
pub async fn list_entries(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    query: EntryQuery,
    page: &PageRequest,
) -> Result<Page<String>, ListEntriesError> {
    caller.require(Permission::ListRead)?;
    let EntryQuery { moment, prefix, q } = query;
    for (parameter, text) in [("prefix", &prefix), ("q", &q)] {
        let length = text.as_ref().map_or(0, String::len);
        if length > MAX_TEXT_BYTES {
            return Err(ListEntriesError::TextTooLong(parameter));
        }
    }
    let moment = moment.moment()?;
    let asked = format!("{moment:?} {prefix:?} {q:?}");
    let tenant = caller.tenant.0.to_string();
    let list = [&*tenant, "list entries", name.as_str(), &*asked];
    let after = page.position(&app.cursors, &list)?;
    let after = after.map(|after| String::from_utf8_lossy(&after).into_owned());
    let was = list_at(app, caller, name, moment).await?;
    let limit = page.limit();
    let search = move || {
        let prefix = prefix.unwrap_or_default();
        let from = match &after {
            Some(after) => Bound::Excluded(after.as_str()),
            None => Bound::Included(prefix.as_str()),
        };
        let q = q.unwrap_or_default().to_lowercase();
        let entries = was.entries_after(from);
        let entries = entries.take_while(|entry| entry.starts_with(&prefix));
        let entries = entries.filter(|entry| q.is_empty() || entry.to_lowercase().contains(&q));
        let entries = entries.take(limit + 1).map(str::to_owned);
        entries.collect::<Vec<_>>()
    };
    let found = blocking(search).await?;
    Ok(Page::of(found, page, &app.cursors, &list, |last| {
        last.clone().into_bytes()
    }))
}

impl WantedMoment {
    fn moment(self) -> Result<Option<Moment>, TwoMoments> {
        match (self.at, self.version) {
            (None, None) => Ok(None),
            (Some(time), None) => Ok(Some(Moment::Time(time))),
            (None, Some(version)) => Ok(Some(Moment::Version(version))),
            (Some(_), Some(_)) => Err(TwoMoments),
        }
    }
}

/// The list at a moment, or as it is.
async fn list_at(
    app: &Arc<App>,
    caller: &Caller,
    name: &Name,
    moment: Option<Moment>,
) -> Result<AsOf, PastError> {
    match moment {
        None => {
            let list = find(&caller.definitions(), name)?;
            Ok(AsOf::now(list))
        }
        Some(moment) => {
            let read = move |versions: &Versions<'_>| AsOf::read(versions, moment);
            on_versions(app, caller, name, read).await
        }
    }
}
