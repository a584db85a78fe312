//! Searching alerts, and counting them.

use std::sync::Arc;

use super::filters::AlertFilters;
use super::known::{FilterError, query};
use super::seen::SeenAlert;
use crate::App;
use crate::alert_index;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::days;
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest};
use domain::alert::AlertId;
use engine::alert::index::{Group, GroupBy, PageAfter, Sort};
use engine::alert::{AlertIndex, AlertQuery, read_with_newest};
use engine::lane::{IncompleteIndex, LaneError};
use jiff::tz::TimeZone;
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

/// What alerts of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountBy {
    /// A property.
    Property(GroupBy),
    /// The day on which they were created, by the clocks of the tenant's time zone.
    Day,
}

/// How long alerts were open before they were closed, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeToClose {
    /// How many were closed.
    pub count: u64,
    /// Half of them were open no longer.
    pub median: u64,
    /// Nine of ten were open no longer.
    pub p90: u64,
}

/// How many alerts there are, by what they have in common.
#[derive(Debug)]
pub struct AlertCounts {
    /// All of them.
    pub count: u64,
    /// How long those that are closed were open; none if none is closed.
    pub time_to_close: Option<TimeToClose>,
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

/// How many alerts each of several lists has, in the order of the lists; none if the filters of a list cannot be taken.
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
    by: Vec<CountBy>,
) -> Result<AlertCounts, SearchAlertsError> {
    caller.require(Permission::SummaryRead)?;
    let query = query(app, caller, filters).await?;
    let zone = days::zone_of(&caller.definitions());
    let counted = alert_index::search(caller, move |index| {
        let groups = match by.contains(&CountBy::Day) {
            true => count_by_day(index, &query, &by, &zone),
            false => index.count_by(&query, &properties(&by)),
        };
        (groups, TimeToClose::of(index.times_to_close(&query)))
    });
    let ((groups, time_to_close), incomplete) = counted.await?;
    Ok(AlertCounts {
        count: groups.iter().map(|group| group.count).sum(),
        time_to_close,
        groups,
        incomplete,
    })
}

fn properties(by: &[CountBy]) -> Vec<GroupBy> {
    let properties = by.iter().filter_map(|by| match by {
        CountBy::Property(property) => Some(*property),
        CountBy::Day => None,
    });
    properties.collect()
}

/// Groups of one day each; days without alerts have none.
fn count_by_day(
    index: &AlertIndex,
    query: &AlertQuery,
    by: &[CountBy],
    zone: &TimeZone,
) -> Vec<Group> {
    let Some((first, last)) = index.created() else {
        return Vec::new();
    };
    let dates = days::between(zone, first, last);
    let bounds = days::bounds(zone, &dates);
    let groups = index.count_by_spans(query, &properties(by), &bounds);
    let groups = groups.into_iter().map(|group| {
        let mut properties = group.values.into_iter();
        let values = by.iter().map(|by| match by {
            CountBy::Property(_) => properties.next().flatten(),
            CountBy::Day => dates.get(group.span).map(ToString::to_string),
        });
        Group {
            values: values.collect(),
            count: group.count,
        }
    });
    let mut groups: Vec<Group> = groups.collect();
    groups.sort_by(|one, other| one.values.cmp(&other.values));
    groups
}

impl TimeToClose {
    /// Of so many times; none if there are none.
    pub(crate) fn of(mut times: Vec<u64>) -> Option<Self> {
        let last = times.len().checked_sub(1)?;
        let mut at = |share: f64| {
            let place = (last as f64 * share).round() as usize;
            *times.select_nth_unstable(place.min(last)).1
        };
        let (median, p90) = (at(0.5), at(0.9));
        Some(Self {
            count: last as u64 + 1,
            median,
            p90,
        })
    }
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

#[cfg(test)]
mod tests {
    use super::TimeToClose;

    #[test]
    fn the_time_to_close_is_that_of_half_and_of_nine_of_ten() {
        let check = |times: Vec<u64>, expect: Option<(u64, u64)>| {
            let of = TimeToClose::of(times.clone());
            let of = of.map(|times| (times.median, times.p90));
            assert_eq!(of, expect, "{times:?}");
        };
        check(vec![], None);
        check(vec![7], Some((7, 7)));
        check((1..=11).rev().collect(), Some((6, 10)));
        check((1..=101).collect(), Some((51, 91)));
    }
}
