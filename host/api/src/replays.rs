//! Replays of all alerts of a period: `/v1/replays`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::alerts::filter_problem;
use super::caller::UserCaller;
use super::idempotency::Repeatable;
use super::problem_from::{problem_from, problem_kind};
use crate::http::{Params, Problem, ProblemKind, WireName, WireTime, problems};
use app::App;
use app::replay::period::{
    self, NewReplay, OddFinding, ReadReplayError, ReplayView, StartReplayError,
};
use app::replay::{AskError, Counts, Difference, ReplayState};
use engine::alert::MadeBy;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/replays",
            post_with(replay_alerts, |op| {
                op.summary("Judge the findings of all alerts of a period again")
                    .description("`Location` says where to look how far it is. A stop of the host loses nothing: it goes on when it is started again. Nothing is changed.")
                    .tag("Alerts")
                    .response_with::<202, Json<ReplayBody>, _>(|response| {
                        response.description("It has begun")
                    })
                    .with(problems(&[ProblemKind::Conflict, ProblemKind::NotFound]))
            }),
        )
        .api_route(
            "/v1/replays/{replay}",
            get_with(read_replay, |op| {
                op.summary("Read what came of a replay, as far as it is").tag("Alerts")
            }),
        )
}

/// Which findings; all where nothing is said.
#[derive(Debug, Deserialize, JsonSchema)]
struct NewReplays {
    /// Of alerts that were created then or later.
    #[serde(default)]
    from: Option<WireTime>,
    /// Of alerts that were created before.
    #[serde(default)]
    to: Option<WireTime>,
    /// Of this team.
    #[serde(default)]
    team: Option<WireName>,
    /// Of this rule.
    #[serde(default)]
    rule: Option<WireName>,
}

/// What runs rules: fuel is comparable where all but the host's release is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MadeBy")]
pub(super) struct MadeByBody {
    /// The host's release.
    host: String,
    /// The release of wasmtime.
    wasmtime: String,
    /// The version of the table of what instructions cost.
    fuel_costs: u32,
    /// The engine with all its settings, in 16 hexadecimal digits.
    engine: String,
}

impl MadeByBody {
    pub(super) fn of(made_by: &MadeBy) -> Self {
        Self {
            host: made_by.host.clone(),
            wasmtime: made_by.wasmtime.clone(),
            fuel_costs: made_by.fuel_costs,
            engine: made_by.engine.clone(),
        }
    }
}

/// A replay of all alerts of a period.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Replay")]
struct ReplayBody {
    id: String,
    state: ReplayState,
    /// Why it ended before its end, where it is `stopped`; null otherwise.
    reason: Option<String>,
    from: Option<WireTime>,
    to: Option<WireTime>,
    team: Option<String>,
    rule: Option<String>,
    /// What judges them now.
    made_by: MadeByBody,
    #[serde(flatten)]
    counts: Counts,
    /// The first hundred findings that are not as they were, or could not be judged again.
    odd: Vec<OddBody>,
    asked_at: WireTime,
    finished_at: Option<WireTime>,
}

/// A finding that is not as it was.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Odd")]
struct OddBody {
    /// The alert that has it.
    alert: String,
    /// The alert's team.
    team: String,
    /// The rule that found it.
    rule: String,
    /// The transaction's id.
    transaction: String,
    /// What differs; values that the reader may not see are `"***"`.
    differences: Vec<Difference>,
    /// Why it could not be judged again.
    failure: Option<String>,
}

impl From<OddFinding> for OddBody {
    fn from(odd: OddFinding) -> Self {
        Self {
            alert: odd.alert.to_string(),
            team: odd.team,
            rule: odd.rule,
            transaction: odd.transaction,
            differences: odd.differences,
            failure: odd.failure,
        }
    }
}

impl From<ReplayView> for ReplayBody {
    fn from(replay: ReplayView) -> Self {
        Self {
            id: replay.id.to_string(),
            state: replay.state,
            reason: replay.reason,
            from: replay.from.map(WireTime),
            to: replay.to.map(WireTime),
            team: replay.team,
            rule: replay.rule,
            made_by: MadeByBody::of(&replay.made_by),
            counts: replay.counts,
            odd: replay.odd.into_iter().map(OddBody::from).collect(),
            asked_at: WireTime(replay.asked_at),
            finished_at: replay.finished_at.map(WireTime),
        }
    }
}

impl From<NewReplays> for NewReplay {
    fn from(new: NewReplays) -> Self {
        let time = |time: Option<WireTime>| time.map(|WireTime(time)| time);
        let name = |name: Option<WireName>| name.map(|WireName(name)| name);
        Self {
            from: time(new.from),
            to: time(new.to),
            team: name(new.team),
            rule: name(new.rule),
        }
    }
}

problem_kind!(AskError: Conflict);
problem_from!(ReadReplayError {
    Forbidden, Read;
    NotFound: NoSuchReplay
});

impl From<StartReplayError> for Problem {
    fn from(error: StartReplayError) -> Self {
        match error {
            StartReplayError::Forbidden(error) => error.into(),
            StartReplayError::Filter(error) => filter_problem(error, ""),
            StartReplayError::Ask(error) => error.into(),
            StartReplayError::Repeat(error) => error.into(),
            StartReplayError::Read(error) => error.into(),
            StartReplayError::Lane(error) => error.into(),
        }
    }
}

async fn replay_alerts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Repeatable { body: new, once }: Repeatable<NewReplays>,
) -> Result<Response, Problem> {
    let begun = period::start(&app, &caller, new.into(), once).await?;
    let location = HeaderValue::try_from(format!("/v1/replays/{}", begun.id));
    let location = location.map_err(|_| Problem::internal())?;
    let headers = [(header::LOCATION, location)];
    let body = Json(ReplayBody::from(begun));
    Ok((StatusCode::ACCEPTED, headers, body).into_response())
}

/// The path of a replay.
#[derive(Debug, Deserialize, JsonSchema)]
struct ReplayPath {
    /// Its id.
    #[schemars(with = "String")]
    replay: Uuid,
}

async fn read_replay(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ReplayPath>,
) -> Result<Json<ReplayBody>, Problem> {
    let replay = period::read(&app, &caller, path.replay).await?;
    Ok(Json(replay.into()))
}
