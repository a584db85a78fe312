//! Searching alerts, and counting them.

use std::sync::Arc;

use super::filters::AlertFilters;
use super::known::{FilterError, query};
use super::seen::SeenAlert;
use crate::App;
use crate::alert_index;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest};
use domain::alert::AlertId;
use engine::alert::index::{Group, GroupBy, PageAfter, Sort};
use engine::alert::{AlertIndex, read_with_newest};
use engine::lane::{IncompleteIndex, LaneError};
use tenant::Permission;

/// In a list an alert has so many of those that were merged into it.
const MERGED_IN_LIST: usize = 10;

/// A page of alerts.
#[derive(Clone, Debug)]
pub struct AlertPage {
    /// The page.
    pub page: Page<SeenAlert>,
    /// How many alerts were searched, where these were not all of them: for a while after the host was started older
    /// alerts are missing.
    pub incomplete: Option<IncompleteIndex>,
}

/// How many alerts there are, by what they have in common.
#[derive(Debug)]
pub struct AlertCounts {
    /// All of them.
    pub count: u64,
    /// Each with the values that were asked for.
    pub groups: Vec<Group>,
    /// As of a [page](AlertPage).
    pub incomplete: Option<IncompleteIndex>,
}

/// Why alerts cannot be searched or counted.
#[derive(Debug, thiserror::Error)]
pub enum SearchAlertsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The filters cannot be taken.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// The alerts cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<LaneError> for SearchAlertsError {
    fn from(error: LaneError) -> Self {
        Self::Read(error.into())
    }
}

/// A page of the alerts that the filters let through.
///
/// # Errors
/// Where the caller may not, a filter names what there is not, or the cursor is none of this list.
pub async fn search(
    app: &Arc<App>,
    caller: &Caller,
    filters: &AlertFilters,
    sort: Sort,
    page: &PageRequest,
) -> Result<AlertPage, SearchAlertsError> {
    caller.require(Permission::AlertRead)?;
    let named = format!("{filters:?} {sort:?}");
    let list = [&*caller.tenant.0.to_string(), "alerts", &*named];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|bytes| place(&bytes));
    let query = query(app, caller, filters).await?;
    let limit = page.limit() + 1;
    let found = alert_index::search(caller, move |index| index.page(&query, sort, after, limit));
    let (places, incomplete) = found.await?;
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let disclosure = caller.disclosure();
    let read = on_disk(app, move |app| {
        let read = places.into_iter().map(|place| {
            let store = &app.services.store;
            let alert = read_with_newest(store, tenant, place.id, position, MERGED_IN_LIST)?;
            Ok(alert.map(|alert| (place, SeenAlert::of(alert, &disclosure))))
        });
        read.collect::<Result<Vec<_>, _>>()
    });
    let found: Vec<_> = read.await?.into_iter().flatten().collect();
    let page = Page::of(found, page, &app.cursors, &list, |(after, _)| bytes(after));
    Ok(AlertPage {
        page: page.map(|(_, alert)| alert),
        incomplete,
    })
}

/// How many alerts the filters let through.
///
/// # Errors
/// Where the caller may not, or a filter names what there is not.
pub async fn count_list(
    app: &Arc<App>,
    caller: &Caller,
    filters: &AlertFilters,
) -> Result<u64, SearchAlertsError> {
    caller.require(Permission::AlertRead)?;
    let query = query(app, caller, filters).await?;
    let count = move |index: &AlertIndex| index.count(&query);
    Ok(alert_index::search(caller, count).await?.0)
}

/// How many alerts each of several lists has, in the order of the lists; none where the filters of a list cannot be taken.
///
/// # Errors
/// Where the caller may not, or the alerts cannot be read.
pub async fn count_lists(
    app: &Arc<App>,
    caller: &Caller,
    lists: &[AlertFilters],
) -> Result<Vec<Option<u64>>, SearchAlertsError> {
    caller.require(Permission::AlertRead)?;
    let mut queries = Vec::with_capacity(lists.len());
    for filters in lists {
        queries.push(query(app, caller, filters).await.ok());
    }
    let count = move |index: &AlertIndex| {
        let queries = queries.iter();
        let counts = queries.map(|query| query.as_ref().map(|query| index.count(query)));
        counts.collect()
    };
    Ok(alert_index::search(caller, count).await?.0)
}

/// Counts the alerts that the filters let through, by what they have in common.
///
/// # Errors
/// Where the caller may not, or a filter names what there is not.
pub async fn count(
    app: &Arc<App>,
    caller: &Caller,
    filters: &AlertFilters,
    by: Vec<GroupBy>,
) -> Result<AlertCounts, SearchAlertsError> {
    caller.require(Permission::SummaryRead)?;
    let query = query(app, caller, filters).await?;
    let counted = alert_index::search(caller, move |index| index.count_by(&query, &by));
    let (groups, incomplete) = counted.await?;
    Ok(AlertCounts {
        count: groups.iter().map(|group| group.count).sum(),
        groups,
        incomplete,
    })
}

fn bytes(after: &PageAfter) -> Vec<u8> {
    [&after.key.to_be_bytes()[..], after.id.as_bytes()].concat()
}

fn place(bytes: &[u8]) -> Option<PageAfter> {
    let (key, id) = bytes.split_first_chunk()?;
    Some(PageAfter {
        key: i64::from_be_bytes(*key),
        id: AlertId::from_slice(id).ok()?,
    })
}
