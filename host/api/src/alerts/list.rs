//! Searching alerts, and counting them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::alert::AlertId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::alert_index::IncompleteBody;
use super::super::caller::UserCaller;
use super::super::known::check_known_so_far;
use super::body::{AlertSummary, MERGED_IN_LIST};
use super::filters::{AlertFilters, SortBody};
use super::on_disk;
use crate::http::{Beside, FiltersAnd, ListAnd, Page, Problem};
use app::App;
use app::alert_index::search;
use engine::alert::index::{GroupBy, PageAfter};
use engine::alert::{AlertQuery, read_with_newest};
use tenant::Permission;

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Sorted {
    /// The order of the list.
    sort: SortBody,
}

impl Beside for Sorted {
    const PARAMETERS: &'static [&'static str] = &["sort"];
}

/// A page of alerts.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertPage")]
pub(super) struct AlertPage {
    #[serde(flatten)]
    page: Page<AlertSummary>,
    /// How many alerts were searched, where these were not all of them: for a while after the host was started older alerts
    /// are missing. Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<IncompleteBody>,
}

pub(super) async fn list_alerts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    ListAnd {
        filters,
        beside: Sorted { sort },
        page,
    }: ListAnd<AlertFilters, Sorted>,
) -> Result<Json<AlertPage>, Problem> {
    caller.require(Permission::AlertRead)?;
    let named = serde_json::to_string(&(&filters, sort)).map_err(|_| Problem::internal())?;
    let list = [&*caller.tenant.0.to_string(), "alerts", &*named];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|bytes| place(&bytes));
    let query = query(&app, &caller, &filters, "query parameter ").await?;
    let (sort, limit) = (sort.into(), page.limit() + 1);
    let found = search(&caller, move |index| index.page(&query, sort, after, limit));
    let (places, incomplete) = found.await?;
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let disclosure = caller.disclosure();
    let read = on_disk(&app, move |app| {
        let read = places.into_iter().map(|place| {
            let store = &app.services.store;
            let alert = read_with_newest(store, tenant, place.id, position, MERGED_IN_LIST)?;
            Ok(alert.map(|alert| (place, AlertSummary::of(&alert, &disclosure))))
        });
        read.collect::<Result<Vec<_>, _>>()
    });
    let found: Vec<_> = read.await?.into_iter().flatten().collect();
    let page = Page::of(found, &page, &app.cursors, &list, |(after, _)| bytes(after));
    Ok(Json(AlertPage {
        page: page.map(|(_, alert)| alert),
        incomplete: incomplete.map(IncompleteBody::from),
    }))
}

/// What the index is asked for now. `place` says where the filters stand, before their names.
///
/// # Errors
/// 400 where a filter names a state, a team, a rule or an alert type that there is not.
pub(super) async fn query(
    app: &App,
    caller: &UserCaller,
    filters: &AlertFilters,
    place: &str,
) -> Result<AlertQuery, Problem> {
    let closed = caller.definitions().workflow().closed_states();
    let query = filters.query(app.services.clock.now(), closed, caller.viewer())?;
    check_known_so_far(caller, &query, place).await?;
    Ok(query)
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

/// By what alerts are counted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Counted {
    /// What alerts of one group have in common; repeated, all of them. By state, where none is named.
    by: Vec<By>,
}

impl Beside for Counted {
    const PARAMETERS: &'static [&'static str] = &["by"];
}

/// What alerts of one group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    State,
    Severity,
    Priority,
    IncidentType,
    Team,
    Rule,
    UserId,
    Outcome,
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Severity => "severity",
            Self::Priority => "priority",
            Self::IncidentType => "incident_type",
            Self::Team => "team",
            Self::Rule => "rule",
            Self::UserId => "user_id",
            Self::Outcome => "outcome",
        }
    }

    fn group(self) -> GroupBy {
        match self {
            Self::State => GroupBy::State,
            Self::Severity => GroupBy::Severity,
            Self::Priority => GroupBy::Priority,
            Self::IncidentType => GroupBy::IncidentType,
            Self::Team => GroupBy::Team,
            Self::Rule => GroupBy::Rule,
            Self::UserId => GroupBy::User,
            Self::Outcome => GroupBy::Outcome,
        }
    }
}

/// How many alerts there are, by what they have in common.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertCounts")]
pub(super) struct CountsBody {
    /// All of them.
    count: u64,
    groups: Vec<GroupBody>,
    /// How many alerts were searched, where these were not all of them: for a while after the host was started older alerts
    /// are missing. Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<IncompleteBody>,
}

/// Alerts that have something in common.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertGroup")]
struct GroupBody {
    /// Each property that was asked for, with the value of these alerts; null where they have none.
    #[serde(flatten)]
    values: serde_json::Map<String, serde_json::Value>,
    count: u64,
}

pub(super) async fn count_alerts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    FiltersAnd {
        filters,
        beside: Counted { mut by },
    }: FiltersAnd<AlertFilters, Counted>,
) -> Result<Json<CountsBody>, Problem> {
    caller.require(Permission::SummaryRead)?;
    if by.is_empty() {
        by.push(By::State);
    }
    let query = query(&app, &caller, &filters, "query parameter ").await?;
    let groups: Vec<GroupBy> = by.iter().map(|by| by.group()).collect();
    let counted = search(&caller, move |index| index.count_by(&query, &groups));
    let (groups, incomplete) = counted.await?;
    let names = || by.iter().map(|by| by.name().to_owned());
    let body = |group: engine::alert::index::Group| GroupBody {
        values: names()
            .zip(group.values.into_iter().map(serde_json::Value::from))
            .collect(),
        count: group.count,
    };
    Ok(Json(CountsBody {
        count: groups.iter().map(|group| group.count).sum(),
        groups: groups.into_iter().map(body).collect(),
        incomplete: incomplete.map(IncompleteBody::from),
    }))
}
