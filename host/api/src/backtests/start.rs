//! Starting a backtest: everything that installing the rule would check is checked first.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::rule::Level;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::super::teams::TeamPath;
use super::body::BacktestBody;
use crate::http::{Params, Problem, ProblemError, WireName, WireTime};
use app::App;
use app::backtest::{
    AskError, CompareOver, Extent, ListsMode, PrepareError, SeenBacktest, Stage, Tested, Trial,
};
use app::plugin_config::check_config;
use app::published::find_published;
use app::rules::fit::{check_lists, does_not_fit, too_expensive};
use app::teams::find_team;
use engine::lane::Change;
use json::{JsonObject, JsonValue};
use runtime::publish::PluginKind;
use tenant::{Definitions, Permission, RuleInstall};

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

fn refuse(field: &str, reason: &str, detail: impl Into<String>) -> Problem {
    let detail = detail.into();
    let error = ProblemError {
        field: field.to_owned(),
        reason: reason.to_owned(),
        detail: detail.clone(),
    };
    Problem::unprocessable(detail, vec![error])
}

pub(super) async fn start_backtest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    Repeatable { body: new, once }: Repeatable<NewBacktest>,
) -> Result<Response, Problem> {
    caller.require(Permission::RuleWrite)?;
    let beside = match new.beside(&caller.definitions(), path.name())? {
        None => None,
        Some(beside) => Some(beside.check(&app, &caller, path.name()).await?),
    };
    let trial = new.check(&app, &caller, path.name()).await?;
    let view = caller.lane.team(trial.team_id).await?;
    let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
    let (from, to) = (time(trial.from), time(trial.to));
    let find = move || view.stretch(from, to, u64::MAX);
    let stretch = blocking(find).await??;
    let extent = stretch.map(|stretch| Extent {
        first: stretch.first,
        last: stretch.last,
        rows: stretch.rows,
    });

    let (actor, needs) = (caller.actor(), caller.needs());
    let (backtests, services) = (app.backtests.clone(), app.services.clone());
    let note = move |noting: &mut Change<'_>| {
        let by = (actor, needs);
        let record = backtests.note(&services, noting, by, trial, beside, extent)?;
        let stage = Stage::Queued;
        Ok(BacktestBody::of(SeenBacktest { record, stage }))
    };
    let body = once.make::<_, Problem, _>(&caller, note).await?;
    let id: Uuid = body.id.parse().map_err(|_| Problem::internal())?;
    let beside = body.compared_backtest.as_ref();
    let beside = beside.and_then(|beside| beside.parse::<Uuid>().ok());
    // They share their turn in the order in which they begin.
    for id in [id].into_iter().chain(beside) {
        let (tenant, reading) = (caller.tenant, app.clone());
        let read = move || reading.backtests.get(&reading.services, tenant, id);
        if let Some(seen) = blocking(read).await??
            && seen.record.end.is_none()
        {
            app.backtests
                .run(&app.services, &caller.lane, tenant, seen.record);
        }
    }
    let location = format!("/v1/teams/{}/backtests/{id}", path.name());
    let location = HeaderValue::try_from(location).map_err(|_| Problem::internal())?;
    let headers = [(header::LOCATION, location)];
    Ok((StatusCode::ACCEPTED, headers, Json(body)).into_response())
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::TooMany | AskError::NotPublished(..) => Self::conflict(error.to_string()),
        }
    }
}

impl NewBacktest {
    /// The rule that this one is compared with over history, as a backtest of its own.
    fn beside(&self, definitions: &Definitions, team: &str) -> Result<Option<Self>, Problem> {
        if self.compare_over == CompareOver::Live {
            return Ok(None);
        }
        let Some(rule) = self.compared(definitions, team)? else {
            let detail = "'compare_over' needs 'compare_with': the rule that it is compared with";
            return Err(refuse("compare_with", "missing", detail));
        };
        let plugin = serde_json::from_value(serde_json::json!(rule.plugin));
        Ok(Some(Self {
            plugin: plugin.map_err(|_| Problem::internal())?,
            version: rule.version.clone(),
            config: rule.config.clone(),
            from: self.from,
            to: self.to,
            compare_with: self.compare_with.clone(),
            compare_over: CompareOver::Live,
            lists: self.lists,
        }))
    }

    /// Refuses what could not be installed.
    async fn check(
        self,
        app: &Arc<App>,
        caller: &UserCaller,
        team: &str,
    ) -> Result<Trial, Problem> {
        let definitions = caller.definitions();
        let team = find_team(&definitions, team)?;
        let schema = team.schemas.last().ok_or_else(|| {
            Problem::conflict(format!(
                "team '{0}' has no payload schema yet, so it has no transactions; PUT /v1/teams/{0}/payload-schema first",
                team.name
            ))
        })?;
        let (from, to) = (self.from.map(micros), self.to.map(micros));
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return Err(refuse("to", "invalid", "'to' must be after 'from'"));
        }
        let (name, version) = (self.plugin.0.as_str(), self.version.as_str());
        let published = find_published(&definitions, PluginKind::Rule, name, version);
        let published =
            published.map_err(|error| refuse("plugin", "unknown", error.to_string()))?;
        let plugin = app.services.load_rule(caller.tenant, published);
        let plugin = plugin
            .await
            .map_err(|error| refuse("plugin", "invalid", error.to_string()))?;
        let config_schema = plugin.manifest().common.config_schema.clone();
        check_config(app, caller, "config", config_schema, &self.config).await?;
        let compared = self.compared(&definitions, &team.name)?;
        let alert_type = compared.as_ref().and_then(|rule| rule.alert_type.clone());
        let of_type = alert_type
            .as_deref()
            .unwrap_or(plugin.manifest().alert_type.as_str());
        let at = app.services.clock.now();
        let type_severity = definitions.type_defaults(of_type, at).severity;
        let limits = plugin.row_limits();

        let (config, compiled) = (self.config.to_string(), schema.compiled());
        let memory_bytes = limits.memory_bytes.unwrap_or_default();
        let room = app.services.plugins.setup_share(memory_bytes).await;
        let prepare = move || {
            let tested = Tested::prepare(plugin, &config, &compiled, limits);
            drop(room);
            tested
        };
        let tested = blocking(prepare).await?.map_err(|error| match error {
            PrepareError::Refused(error) => refuse("config", "invalid", error.to_string()),
            PrepareError::Misfit(faults) => does_not_fit(name, &team.name, &faults).into(),
        })?;
        let lists: Vec<String> = tested
            .bound
            .lists()
            .into_iter()
            .map(str::to_owned)
            .collect();
        check_lists(&definitions, name, &lists)?;
        if !definitions.has_installed(&team.name, &published.digest, &self.config) {
            let priced = tested.plan.check_price(app.services.limits.max_plan_price);
            priced.map_err(|expensive| too_expensive(name, &expensive))?;
        }
        Ok(Trial {
            team: team.name.clone(),
            team_id: team.id,
            schema: schema.version,
            plugin: published.name.clone(),
            version: published.version.clone(),
            digest: published.digest.clone(),
            stand_ins: published.stand_ins,
            config: self.config,
            row_fuel: limits.fuel,
            memory_bytes: limits.memory_bytes,
            from,
            to,
            lists: self.lists,
            compare_with: compared.as_ref().map(|rule| rule.rule.clone()),
            compared_backtest: None,
            alert_type,
            severity: compared.as_ref().and_then(|rule| rule.severity.clone()),
            type_severity: type_severity.map(|level: Level| level.as_str().to_owned()),
        })
    }

    fn compared(
        &self,
        definitions: &Definitions,
        team: &str,
    ) -> Result<Option<Arc<RuleInstall>>, Problem> {
        let Some(WireName(name)) = &self.compare_with else {
            return Ok(None);
        };
        let rule = definitions.rule_of(team, name.as_str());
        let missing = || {
            let detail = format!("team '{team}' has no rule '{}'", name.as_str());
            refuse("compare_with", "unknown", detail)
        };
        rule.ok_or_else(missing).map(Some)
    }
}

fn micros(WireTime(time): WireTime) -> i64 {
    time.as_micros()
}
