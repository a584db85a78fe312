//! Searching alerts, and counting them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::alert_index::IncompleteBody;
use super::super::caller::UserCaller;
use super::body::AlertSummary;
use super::filters::{FiltersBody, SortBody};
use crate::http::{Beside, FiltersAnd, ListAnd, Page, Problem};
use app::App;
use app::alerts::FilterError;
use app::alerts::filters::MAX_TEXT_BYTES;
use app::alerts::search::{self, CountBy, SearchAlertsError, TimeToClose};
use app::alerts::sentences;
use engine::alert::index::GroupBy;

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Sorted {
    /// The order of the list.
    pub(super) sort: SortBody,
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
    }: ListAnd<FiltersBody, Sorted>,
) -> Result<Json<AlertPage>, Problem> {
    let found = search::search(&app, &caller, &filters.into(), sort.into(), &page).await?;
    let page = found.page.map(|alert| AlertSummary::of(&alert));
    Ok(Json(AlertPage {
        page: page.into(),
        incomplete: found.incomplete.map(IncompleteBody::from),
    }))
}

impl From<SearchAlertsError> for Problem {
    fn from(error: SearchAlertsError) -> Self {
        match error {
            SearchAlertsError::Forbidden(error) => error.into(),
            SearchAlertsError::Filter(error) => filter_problem(error, "query parameter "),
            SearchAlertsError::ForeignCursor(error) => error.into(),
            SearchAlertsError::Read(error) => error.into(),
        }
    }
}

/// 400 of filters that cannot be taken. `place` says where they stand, before their names.
pub(crate) fn filter_problem(error: FilterError, place: &str) -> Problem {
    match error {
        FilterError::TextTooLong => Problem::bad_request(format!(
            "{place}q: must have at most {MAX_TEXT_BYTES} bytes"
        )),
        FilterError::Unknown(unknown) => Problem::bad_request(sentences(&unknown, place)),
        FilterError::NotWhole(error) => error.into(),
        FilterError::Read(error) => error.into(),
    }
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
    /// On which they were created, by the clocks of the tenant's time zone, such as `2026-11-23`.
    Day,
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
            Self::Day => "day",
        }
    }

    fn count_by(self) -> CountBy {
        CountBy::Property(match self {
            Self::State => GroupBy::State,
            Self::Severity => GroupBy::Severity,
            Self::Priority => GroupBy::Priority,
            Self::IncidentType => GroupBy::IncidentType,
            Self::Team => GroupBy::Team,
            Self::Rule => GroupBy::Rule,
            Self::UserId => GroupBy::User,
            Self::Outcome => GroupBy::Outcome,
            Self::Day => return CountBy::Day,
        })
    }
}

/// How many alerts there are, by what they have in common.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertCounts")]
pub(super) struct CountsBody {
    /// All of them.
    count: u64,
    /// How long those that are closed were open; null if none is closed.
    time_to_close: Option<TimeToCloseBody>,
    groups: Vec<GroupBody>,
    /// How many alerts were searched, where these were not all of them: for a while after the host was started older alerts
    /// are missing. Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<IncompleteBody>,
}

/// How long alerts were open before they were closed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TimeToClose")]
struct TimeToCloseBody {
    /// How many were closed.
    count: u64,
    /// Half of them were open no longer.
    median_seconds: u64,
    /// Nine of ten were open no longer.
    p90_seconds: u64,
}

impl From<TimeToClose> for TimeToCloseBody {
    fn from(times: TimeToClose) -> Self {
        Self {
            count: times.count,
            median_seconds: times.median / 1_000_000,
            p90_seconds: times.p90 / 1_000_000,
        }
    }
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
    }: FiltersAnd<FiltersBody, Counted>,
) -> Result<Json<CountsBody>, Problem> {
    if by.is_empty() {
        by.push(By::State);
    }
    let groups = by.iter().map(|by| by.count_by()).collect();
    let counted = search::count(&app, &caller, &filters.into(), groups).await?;
    let names = || by.iter().map(|by| by.name().to_owned());
    let body = |group: engine::alert::index::Group| GroupBody {
        values: names()
            .zip(group.values.into_iter().map(serde_json::Value::from))
            .collect(),
        count: group.count,
    };
    Ok(Json(CountsBody {
        count: counted.count,
        time_to_close: counted.time_to_close.map(TimeToCloseBody::from),
        groups: counted.groups.into_iter().map(body).collect(),
        incomplete: counted.incomplete.map(IncompleteBody::from),
    }))
}
