//! Starting a backtest.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::problem_from::{problem_from, problem_kind};
use super::super::teams::TeamPath;
use super::body::BacktestBody;
use crate::http::{Params, Problem, WireName, WireTime};
use app::App;
use app::backtest::start::{self, StartBacktestError};
use app::backtest::{AskError, CompareOver, ListsMode};
use json::{JsonObject, JsonValue};

/// A rule to try on stored transactions.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewBacktest {
    /// A published rule plugin.
    plugin: WireName,
    /// Its version.
    version: String,
    /// What the plugin's `config_schema` asks for; `{}` where it needs nothing.
    #[serde(default = "empty_object")]
    config: JsonValue,
    /// Transactions that happened then or later; windows reach back before all the same.
    #[serde(default)]
    from: Option<WireTime>,
    /// Transactions that happened before.
    #[serde(default)]
    to: Option<WireTime>,
    /// A rule of the team, with which it is compared.
    #[serde(default)]
    compare_with: Option<WireName>,
    /// Over what the two are compared: `live`, with what that rule said when the transactions came, or `history`, with what
    /// it says of the same history as it is installed now. For `history` a second backtest runs that rule, which counts as
    /// one that is under way.
    #[serde(default)]
    compare_over: CompareOver,
    /// Which lists the transactions meet: `then`, as they were when each came, or `now`.
    #[serde(default)]
    lists: ListsMode,
}

fn empty_object() -> JsonValue {
    JsonObject::default().into()
}

impl From<NewBacktest> for start::NewBacktest {
    fn from(new: NewBacktest) -> Self {
        let time = |time: Option<WireTime>| time.map(|WireTime(time)| time);
        Self {
            plugin: new.plugin.0.to_string(),
            version: new.version,
            config: new.config,
            from: time(new.from),
            to: time(new.to),
            compare_with: new.compare_with.map(|WireName(name)| name),
            compare_over: new.compare_over,
            lists: new.lists,
        }
    }
}

problem_kind!(AskError: Conflict);
problem_from!(StartBacktestError {
    Forbidden, NoSuchTeam, Invalid, Config, Ask, Repeat, Read, Lane;
    Conflict: NoSchema => "PUT /v1/teams/{team}/payload-schema sets one"
});

pub(super) async fn start_backtest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    Repeatable { body: new, once }: Repeatable<NewBacktest>,
) -> Result<Response, Problem> {
    let begun = start::start(&app, &caller, &path.team.0, new.into(), once).await?;
    let location = format!("/v1/teams/{}/backtests/{}", path.name(), begun.record.id);
    let location = HeaderValue::try_from(location).map_err(|_| Problem::internal())?;
    let headers = [(header::LOCATION, location)];
    let body = Json(BacktestBody::of(begun));
    Ok((StatusCode::ACCEPTED, headers, body).into_response())
}
