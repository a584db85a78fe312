//! Starting a backtest: everything that installing the rule would check is checked first.

use std::sync::Arc;

use domain::name::Name;
use domain::rule::Level;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::course::{PrepareError, Tested};
use super::record::{BacktestRecord, CompareOver, Extent, ListsMode, Trial};
use super::run::{AskError, SeenBacktest, Stage, get, note};
use crate::App;
use crate::blocking::{Panicked, ReadError, blocking, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::plugin_config::{ConfigError, check_config};
use crate::published::find_published;
use crate::request::once::RepeatError;
use crate::request::{Invalid, Once, Replayable};
use crate::rules::fit::{check_lists, does_not_fit, too_expensive};
use crate::teams::{NoSuchTeam, find_team};
use engine::lane::{Change, LaneError};
use json::JsonValue;
use runtime::publish::PluginKind;
use tenant::{Definitions, Permission, RuleInstall};

/// A rule to try on stored transactions.
#[derive(Clone, Debug)]
pub struct NewBacktest {
    /// The name of a published rule plugin.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// What the plugin's `config_schema` asks for.
    pub config: JsonValue,
    /// Only transactions that happened then or later; windows reach back before all the same.
    pub from: Option<Timestamp>,
    /// Only transactions that happened before.
    pub to: Option<Timestamp>,
    /// A rule of the team, with which it is compared.
    pub compare_with: Option<Name>,
    /// Over what the two are compared. For history a second backtest runs that rule.
    pub compare_over: CompareOver,
    /// Which lists the transactions meet.
    pub lists: ListsMode,
}

/// Why a backtest was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartBacktestError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The team has no payload schema yet.
    #[error("team '{0}' has no payload schema yet, so it has no transactions")]
    NoSchema(String),
    /// A value cannot be taken, or the rule could not be installed so.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The configuration is not what the plugin asks for, or that could not be checked.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Too many are under way, or the plugin was deleted.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// What is stored cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

impl From<Panicked> for StartBacktestError {
    fn from(error: Panicked) -> Self {
        Self::Read(error.into())
    }
}

/// A backtest that was begun, for a request that comes again.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Begun {
    id: Uuid,
    /// As it was begun; none in what an earlier release kept.
    #[serde(default)]
    record: Option<BacktestRecord>,
}

impl Replayable for Begun {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

/// Begins to judge a team's stored transactions by a rule, in the background. Nothing else is changed, and no alert is made.
///
/// # Errors
/// Where the caller may not, there is no such team, the rule could not be installed so, or too many are under way.
pub async fn start(
    app: &Arc<App>,
    caller: &Caller,
    team: &Name,
    new: NewBacktest,
    once: Once,
) -> Result<SeenBacktest, StartBacktestError> {
    caller.require(Permission::RuleWrite)?;
    let team = team.as_str();
    let beside = match new.beside(&caller.definitions(), team)? {
        None => None,
        Some(beside) => Some(beside.check(app, caller, team).await?),
    };
    let trial = new.check(app, caller, team).await?;
    let view = caller.lane.team(trial.team_id).await?;
    let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
    let (from, to) = (time(trial.from), time(trial.to));
    let stretch = on_disk(app, move |_| view.stretch(from, to, u64::MAX)).await?;
    let extent = stretch.map(|stretch| Extent {
        first: stretch.first,
        last: stretch.last,
        rows: stretch.rows,
    });

    let by = (caller.actor(), caller.needs());
    let (backtests, services) = (app.jobs.backtests.clone(), app.services.clone());
    let note = move |noting: &mut Change<'_>| {
        let record = note(&backtests, &services, noting, by, trial, beside, extent)?;
        Ok(Begun {
            id: record.id,
            record: Some(record),
        })
    };
    let begun = once.make::<_, StartBacktestError, _>(caller, note).await?;
    let record = match begun.record {
        Some(record) => record,
        None => {
            let tenant = caller.tenant;
            let read = move |app: &App| get(&app.jobs.backtests, tenant, begun.id);
            let seen = on_disk(app, read).await?;
            seen.ok_or(RepeatError::OtherRelease)?.record
        }
    };
    // They share their turn in the order in which they begin.
    for id in [record.id]
        .into_iter()
        .chain(record.trial.compared_backtest)
    {
        let lane = caller.lane.clone();
        on_disk(app, move |app| app.jobs.backtests.start_stored(&lane, id)).await?;
    }
    let stage = Stage::Queued;
    Ok(SeenBacktest { record, stage })
}

impl NewBacktest {
    /// The rule that this one is compared with over history, as a backtest of its own.
    fn beside(
        &self,
        definitions: &Definitions,
        team: &str,
    ) -> Result<Option<Self>, StartBacktestError> {
        if self.compare_over == CompareOver::Live {
            return Ok(None);
        }
        let Some(rule) = self.compared(definitions, team)? else {
            let detail = "'compare_over' needs 'compare_with': the rule that it is compared with";
            return Err(Invalid::field("compare_with", "missing", detail).into());
        };
        Ok(Some(Self {
            plugin: rule.plugin.clone(),
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
        caller: &Caller,
        team: &str,
    ) -> Result<Trial, StartBacktestError> {
        let definitions = caller.definitions();
        let team = find_team(&definitions, team)?;
        let schema = team.schemas.last();
        let schema = schema.ok_or_else(|| StartBacktestError::NoSchema(team.name.clone()))?;
        let from = self.from.map(Timestamp::as_micros);
        let to = self.to.map(Timestamp::as_micros);
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return Err(Invalid::field("to", "invalid", "'to' must be after 'from'").into());
        }
        let (name, version) = (self.plugin.as_str(), self.version.as_str());
        let published = find_published(&definitions, PluginKind::Rule, name, version);
        let published =
            published.map_err(|error| Invalid::field("plugin", "unknown", error.to_string()))?;
        let plugin = app.services.load_rule(caller.tenant, published).await;
        let plugin =
            plugin.map_err(|error| Invalid::field("plugin", "invalid", error.to_string()))?;
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
            PrepareError::Refused(error) => Invalid::field("config", "invalid", error.to_string()),
            PrepareError::Misfit(faults) => does_not_fit(name, &team.name, &faults),
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
    ) -> Result<Option<Arc<RuleInstall>>, Invalid> {
        let Some(name) = &self.compare_with else {
            return Ok(None);
        };
        let rule = definitions.rule_of(team, name.as_str());
        let missing = || {
            let detail = format!("team '{team}' has no rule '{name}'");
            Invalid::field("compare_with", "unknown", detail)
        };
        rule.ok_or_else(missing).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_earlier_releases_kept_of_an_answer_names_the_backtest() {
        let id = Uuid::now_v7();
        // The whole answer, and the whole record.
        for kept in [
            format!(r#"{{"id":"{id}","plugin":"large-amount","compared_backtest":null}}"#),
            format!(r#"{{"id":"{id}","trial":{{"team":"aml"}},"extent":null}}"#),
        ] {
            let begun: Begun = serde_json::from_str(&kept).expect("it is read");
            assert_eq!((begun.id, begun.record), (id, None), "{kept}");
        }
    }
}
