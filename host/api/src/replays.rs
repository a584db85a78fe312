//! Replays of all alerts of a period: `/v1/replays`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::alerts::filter_problem;
use super::blocking::blocking;
use super::caller::UserCaller;
use super::idempotency::Repeatable;
use crate::http::{Params, Problem, ProblemKind, WireName, WireTime, problems};
use app::App;
use app::alerts::check_known;
use app::replay::{AskError, Counts, Difference, Odd, Period, ReplayRecord, ReplayState};
use app::request::Replayable;
use engine::alert::{AlertQuery, Disclosure, MadeBy};
use engine::lane::Change;
use tenant::Permission;

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
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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

impl OddBody {
    fn of(odd: Odd, disclosure: &Disclosure) -> Self {
        let (differences, failure) = odd.seen_by(disclosure);
        Self {
            alert: odd.alert.to_string(),
            team: odd.team,
            rule: odd.rule,
            transaction: odd.transaction,
            differences,
            failure,
        }
    }
}

impl Replayable for ReplayBody {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

impl ReplayBody {
    fn of(record: ReplayRecord, disclosure: &Disclosure) -> Self {
        let odd = record.odd.into_iter();
        let odd = odd.map(|odd| OddBody::of(odd, disclosure)).collect();
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        Self {
            id: record.id.to_string(),
            state: record.state,
            reason: record.stopped,
            from: record.period.from.map(time),
            to: record.period.to.map(time),
            team: record.period.team,
            rule: record.period.rule,
            made_by: MadeByBody::of(&record.made_by),
            counts: record.counts,
            odd,
            asked_at: time(record.asked_at),
            finished_at: record.finished_at.map(time),
        }
    }
}

async fn replay_alerts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Repeatable { body: new, once }: Repeatable<NewReplays>,
) -> Result<Response, Problem> {
    caller.require(Permission::AlertRead)?;
    caller.require(Permission::RuleRead)?;
    let named = |name: &Option<WireName>| {
        let name = name.as_ref().map(|WireName(name)| name.as_str().to_owned());
        name.into_iter().collect()
    };
    let asked = AlertQuery {
        team: named(&new.team),
        rule: named(&new.rule),
        ..AlertQuery::default()
    };
    let known = check_known(&caller, &asked).await;
    known.map_err(|error| filter_problem(error, ""))?;
    let micros = |time: Option<WireTime>| time.map(|WireTime(time)| time.as_micros());
    let name = |name: Option<WireName>| name.map(|WireName(name)| name.as_str().to_owned());
    let period = Period {
        from: micros(new.from),
        to: micros(new.to),
        team: name(new.team),
        rule: name(new.rule),
    };
    let (actor, needs) = (caller.actor(), caller.needs());
    let disclosure = caller.disclosure();
    let (replays, services) = (app.replays.clone(), app.services.clone());
    let note = move |noting: &mut Change<'_>| {
        let record = replays.note(&services, noting, (actor, needs), period)?;
        Ok(ReplayBody::of(record, &disclosure))
    };
    let body = once.make::<_, Problem, _>(&caller, note).await?;
    let id: Uuid = body.id.parse().map_err(|_| Problem::internal())?;
    let tenant = caller.tenant;
    if let Some(record) = read(&app, &caller, id).await?
        && record.state == ReplayState::Running
    {
        app.replays.run(&app.services, &caller.lane, tenant, record);
    }
    let location = HeaderValue::try_from(format!("/v1/replays/{id}"));
    let location = location.map_err(|_| Problem::internal())?;
    let headers = [(header::LOCATION, location)];
    Ok((StatusCode::ACCEPTED, headers, Json(body)).into_response())
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::TooMany => Self::conflict(error.to_string()),
        }
    }
}

/// The path of a replay.
#[derive(Debug, Deserialize, JsonSchema)]
struct ReplayPath {
    /// Its id.
    #[schemars(with = "String")]
    replay: Uuid,
}

async fn read(
    app: &Arc<App>,
    caller: &UserCaller,
    id: Uuid,
) -> Result<Option<ReplayRecord>, Problem> {
    let (tenant, reading) = (caller.tenant, app.clone());
    let read = move || reading.replays.get(&reading.services, tenant, id);
    Ok(blocking(read).await??)
}

async fn read_replay(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ReplayPath>,
) -> Result<Json<ReplayBody>, Problem> {
    caller.require(Permission::AlertRead)?;
    caller.require(Permission::RuleRead)?;
    let record = read(&app, &caller, path.replay).await?;
    let record = record.ok_or_else(|| Problem::not_found(&format!("replay {}", path.replay)))?;
    Ok(Json(ReplayBody::of(record, &caller.disclosure())))
}
