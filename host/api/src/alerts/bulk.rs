//! Changing many alerts at once: `/v1/alerts/bulk`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::alert::AlertOutcome;
use domain::rule::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::level::LevelBody;
use super::super::problem_from::{problem_from, problem_kind};
use super::filter_problem;
use super::filters::FiltersBody;
use super::outcome::OutcomeBody;
use crate::http::{Params, Problem, ProblemKind, WireTime, problems};
use app::App;
use app::alerts::bulk::{
    self, BulkChange, BulkView, ChangeManyError, FailureView, NoSuchBulk, ReadBulkError, Which,
};
use app::bulk::{AskError, BulkState};
use app::request::Invalid;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/alerts/bulk",
            post_with(change_alerts, |op| {
                op.summary("Change many alerts")
                    .description("Each alert is changed, or not, by itself. `Location` says where to look how far it is. A stop of the host loses none: it goes on when it is started again.")
                    .tag("Alerts")
                    .response_with::<202, Json<BulkBody>, _>(|response| {
                        response.description("It has begun")
                    })
                    .with(problems(&[ProblemKind::NotFound, ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/alerts/bulk/{bulk}",
            get_with(read_bulk, |op| {
                op.summary("Read how far a change of many alerts is").tag("Alerts")
            }),
        )
}

/// Which alerts to change, and how: either `alerts` or `filter`.
#[derive(Debug, Deserialize, JsonSchema)]
struct NewBulk {
    /// These alerts.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    alerts: Option<Vec<Uuid>>,
    /// All alerts that a search with these parameters finds now.
    #[serde(default)]
    filter: Option<FiltersBody>,
    /// How many alerts `filter` must find: where it finds another number, nothing is changed, and the answer is 409.
    #[serde(default)]
    count: Option<u64>,
    change: ChangeBody,
}

/// What is done to each alert; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "BulkChange")]
struct ChangeBody {
    /// Moves it to this state.
    to: Option<String>,
    /// Puts a comment to it: HTML, as in other comments.
    comment: Option<String>,
    /// What it was: with a move to a closed state, or, where it is not moved, of an alert that is closed.
    outcome: Option<OutcomeBody>,
    /// Assigns it to this user; `""` to nobody.
    user_id: Option<String>,
    severity: Option<LevelBody>,
    priority: Option<LevelBody>,
    /// Labels that it gets.
    add_labels: Vec<String>,
    /// Labels that are taken from it.
    remove_labels: Vec<String>,
}

/// A change of many alerts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Bulk")]
struct BulkBody {
    id: String,
    state: BulkState,
    /// The login of who asked for it.
    asked_by: String,
    /// Why it ended before its end, where it is `stopped`; null otherwise.
    reason: Option<String>,
    /// How many alerts there are.
    of: u64,
    /// How many of them were tried.
    done: u64,
    /// How many of those could not be changed.
    failed: u64,
    /// The first thousand of those.
    failures: Vec<FailureBody>,
    asked_at: WireTime,
    finished_at: Option<WireTime>,
}

/// An alert that could not be changed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "BulkFailure")]
struct FailureBody {
    /// Which.
    alert: String,
    /// What the call for one alert would have answered.
    status: u16,
    /// Why.
    detail: String,
}

impl From<BulkView> for BulkBody {
    fn from(bulk: BulkView) -> Self {
        let failure = |failure: FailureView| FailureBody {
            alert: failure.alert.to_string(),
            status: failure.status,
            detail: failure.detail,
        };
        Self {
            id: bulk.id.to_string(),
            state: bulk.state,
            asked_by: bulk.asked_by,
            reason: bulk.reason,
            of: bulk.of,
            done: bulk.done,
            failed: bulk.failed,
            failures: bulk.failures.into_iter().map(failure).collect(),
            asked_at: WireTime(bulk.asked_at),
            finished_at: bulk.finished_at.map(WireTime),
        }
    }
}

impl From<ChangeBody> for BulkChange {
    fn from(body: ChangeBody) -> Self {
        Self {
            to: body.to,
            comment: body.comment,
            outcome: body.outcome.map(AlertOutcome::from),
            user_id: body.user_id,
            severity: body.severity.map(Level::from),
            priority: body.priority.map(Level::from),
            add_labels: body.add_labels,
            remove_labels: body.remove_labels,
        }
    }
}

problem_kind!(NoSuchBulk: NotFound);
problem_from!(ReadBulkError {
    Forbidden,
    NoSuchBulk,
    Read
});

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::TooMany(_) => Invalid::field("alerts", "too_long", error.to_string()).into(),
            AskError::Lane(error) => error.into(),
        }
    }
}

impl From<ChangeManyError> for Problem {
    fn from(error: ChangeManyError) -> Self {
        match error {
            ChangeManyError::Forbidden(error) => error.into(),
            ChangeManyError::Invalid(error) => error.into(),
            ChangeManyError::Comment(error) => error.into(),
            ChangeManyError::Filter(error) => filter_problem(error, "filter."),
            ChangeManyError::NotWhole(error) => error.into(),
            ChangeManyError::Ask(error) => error.into(),
            ChangeManyError::OtherCount { .. } => {
                Self::new(ProblemKind::Conflict, error.to_string())
            }
            ChangeManyError::Repeat(error) => error.into(),
            ChangeManyError::Read(error) => error.into(),
            ChangeManyError::Lane(error) => error.into(),
        }
    }
}

async fn change_alerts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Repeatable { body: new, once }: Repeatable<NewBulk>,
) -> Result<Response, Problem> {
    let which = match (new.alerts, new.filter) {
        (Some(alerts), None) => Which::Alerts(alerts),
        (None, Some(filter)) => Which::Filter {
            filters: Box::new(filter.into()),
            count: new.count,
        },
        _ => {
            let detail = "exactly one of 'alerts' and 'filter' must be there";
            return Err(Invalid::field("alerts", "invalid", detail).into());
        }
    };
    let view = bulk::change_many(&app, &caller, which, new.change.into(), once).await?;
    let location = HeaderValue::try_from(format!("/v1/alerts/bulk/{}", view.id));
    let location = location.map_err(|_| Problem::internal())?;
    let headers = [(header::LOCATION, location)];
    Ok((StatusCode::ACCEPTED, headers, Json(BulkBody::from(view))).into_response())
}

/// The path of a change of many alerts.
#[derive(Debug, Deserialize, JsonSchema)]
struct BulkPath {
    /// Its id.
    #[schemars(with = "String")]
    bulk: Uuid,
}

async fn read_bulk(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BulkPath>,
) -> Result<Json<BulkBody>, Problem> {
    let view = bulk::read(&app, &caller, path.bulk).await?;
    Ok(Json(view.into()))
}
