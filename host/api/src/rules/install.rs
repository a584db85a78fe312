//! Installing a rule: everything is checked before the lane changes anything.

use std::sync::Arc;

use axum::extract::State;
use domain::name::Name;
use domain::payload::PayloadSchema;
use domain::rule::Level;
use domain::window::{PlanFault, PlanTooExpensive, RowLayout};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::super::level::LevelBody;
use super::RulePath;
use super::body::RuleBody;
use super::standing::Standing;
use crate::http::{JsonBody, Params, Preconditions, Problem, ProblemError, Put, WireName};
use app::App;
use app::misfit::{Against, misfits};
use app::plugin_config;
use app::published::find_published;
use app::rule_check::{RuleCheck, RuleFault, Samples};
use app::teams::find_team;
use engine::lane::{Change, RowsError, TeamView};
use json::{JsonObject, JsonValue};
use runtime::limits::RowLimits;
use runtime::publish::PluginKind;
use runtime::rule::{Impurity, RulePlugin};
use tenant::{Definitions, Mode, OnFailure, Permission, PublishedPlugin, RuleInstall, Team};

/// A rule to install.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "NewRule")]
pub(super) struct NewRule {
    /// A published rule plugin.
    plugin: WireName,
    /// Its version.
    version: String,
    /// What the plugin's `config_schema` asks for; `{}` where it needs nothing.
    #[serde(default = "empty_object")]
    config: JsonValue,
    mode: Mode,
    /// Overrides the plugin's.
    #[serde(default)]
    alert_type: Option<String>,
    /// Overrides the finding's and the plugin's.
    #[serde(default)]
    severity: Option<LevelBody>,
    /// Overrides the finding's and the plugin's.
    #[serde(default)]
    priority: Option<LevelBody>,
    /// What a transaction that the rule cannot judge leads to.
    #[serde(default)]
    on_failure: OnFailure,
}

fn empty_object() -> JsonValue {
    JsonObject::default().into()
}

impl NewRule {
    /// The same as an install was.
    pub(super) fn again(install: &RuleInstall) -> Self {
        let level = |level: &Option<String>| {
            let level = level.as_deref().and_then(Level::parse);
            level.map(LevelBody::from)
        };
        Self {
            plugin: WireName(Name::new(&install.plugin).expect("plugins have names")),
            version: install.version.clone(),
            config: install.config.clone(),
            mode: install.mode,
            alert_type: install.alert_type.clone(),
            severity: level(&install.severity),
            priority: level(&install.priority),
            on_failure: install.on_failure,
        }
    }
}

fn refuse(detail: impl Into<String>) -> Problem {
    Problem::unprocessable(detail, Vec::new())
}

pub(super) async fn install_rule(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewRule>,
) -> Result<Put<RuleBody>, Problem> {
    caller.require(Permission::RuleWrite)?;
    install(
        &app,
        &caller,
        path,
        preconditions,
        new,
        "rule.install",
        None,
    )
    .await
}

/// Installs a rule, noted in the audit as `action`; where `over` is said, only over that install. Where the indexes of its
/// windows lack much of history it is accepted, and takes effect later.
///
/// # Errors
/// Where anything of it is refused.
pub(super) async fn install(
    app: &Arc<App>,
    caller: &UserCaller,
    path: RulePath,
    preconditions: Preconditions,
    new: NewRule,
    action: &'static str,
    over: Option<u64>,
) -> Result<Put<RuleBody>, Problem> {
    let definitions = caller.definitions();
    let team = find_team(&definitions, path.team())?;
    let schema = team.schema().ok_or_else(|| {
        Problem::conflict(format!(
            "team '{}' has no payload schema yet, so no rule can be checked against it; PUT /v1/teams/{}/payload-schema first",
            team.name, team.name
        ))
    })?;
    let (name, version) = (new.plugin.0.as_str(), new.version.as_str());
    let published = find_published(&definitions, PluginKind::Rule, name, version)
        .map_err(|error| refuse(error.to_string()))?
        .clone();
    let plugin = app
        .services
        .load_rule(caller.tenant, &published)
        .await
        .map_err(|error| refuse(error.to_string()))?;
    check_alert_type(&definitions, &new, &plugin)?;
    check_config(app, caller, &new.config, &plugin).await?;

    let check_again = plugin.clone();
    let limits = plugin.row_limits();
    let view = caller.lane.team(team.id).await?;
    let check = Check {
        rule: path.rule().to_owned(),
        team: team.clone(),
        schema,
        max_price: (!definitions.has_installed(&team.name, &published.digest, &new.config))
            .then_some(app.services.limits.max_plan_price),
        definitions: definitions.clone(),
        plugin,
        config: new.config.to_string(),
        limits,
        view: view.clone(),
    };
    let room = app.services.plugins.setup_share(check.memory_bytes());
    let room = room.await;
    let checked = move || {
        let wants = check.run();
        drop(room);
        wants
    };
    let Wants {
        lists,
        reads,
        layouts,
    } = blocking(checked).await??;
    // What its windows need is made before the lane takes it up, so that no transaction waits for it: here, where it is
    // little, else in the background.
    let lacking_rows = match new.mode {
        Mode::Off => 0,
        Mode::Shadow | Mode::Live => view.lacking_rows(&layouts),
    };
    let in_request = lacking_rows <= app.config.lanes.prepare_in_request_rows;
    if in_request && new.mode != Mode::Off {
        let layouts = layouts.clone();
        let prepare = move || view.window_rows(&layouts).map(drop);
        blocking(prepare).await?.map_err(not_prepared)?;
    }

    let team_id = team.id;
    let schema_version = team.schemas.last().map(|schema| schema.version);
    let (actor, login) = (caller.actor(), caller.login.to_string());
    let is_off = new.mode == Mode::Off;
    let install = move |change: &mut Change<'_>| {
        let definitions = change.definitions();
        check_published(definitions, &published)?;
        check_alert_type(definitions, &new, &check_again)?;
        let team = find_team(definitions, path.team())?;
        if team.schemas.last().map(|schema| schema.version) != schema_version {
            return Err(Problem::conflict(
                "the payload schema changed while the rule was checked; install it again",
            ));
        }
        check_lists(definitions, path.rule(), &lists)?;
        let newest = Standing::newest(definitions, path.team(), path.rule());
        match &newest {
            None => preconditions.check(None)?,
            Some(newest) => newest.check(&preconditions)?,
        }
        let last = definitions.last_install_number(path.team(), path.rule());
        if over.is_some_and(|over| over != last) {
            return Err(Problem::conflict(format!(
                "rule '{}' was installed meanwhile; look at its installs again",
                path.rule()
            )));
        }
        let install = new_install(&path, new, &published, limits, reads);
        let is_new = newest.is_none();
        if let Some(newest) = newest
            && is_same(&newest.install, &install)
        {
            return Ok((newest, is_new));
        }
        let takes_effect =
            install.mode == Mode::Off || in_request && change.can_take_up(team_id, &layouts);
        let subject = format!("{}/{}", path.team(), path.rule());
        change.audit(&actor, action, subject);
        let standing = match takes_effect {
            true => Standing::active(change.put_install(install, &login)),
            false => Standing::preparing(change.put_preparing(install, lacking_rows, &login)),
        };
        Ok((standing, is_new))
    };
    // Transactions that wait may wait because of the rule that is switched off.
    let made = match is_off {
        true => caller.change_ahead(install).await,
        false => caller.change(install).await,
    };
    let (standing, is_new) = made?;
    let (etag, body) = (standing.etag(), standing.body(app, caller.tenant));
    Ok(match is_new {
        true => Put::Created(etag, body),
        false => Put::Replaced(etag, body),
    })
}

fn new_install(
    path: &RulePath,
    new: NewRule,
    published: &PublishedPlugin,
    limits: RowLimits,
    reads: Vec<String>,
) -> RuleInstall {
    let level = |level: LevelBody| Level::from(level).as_str().to_owned();
    RuleInstall {
        team: path.team().to_owned(),
        rule: path.rule().to_owned(),
        number: 0,
        plugin: published.name.clone(),
        version: published.version.clone(),
        digest: published.digest.clone(),
        config: new.config,
        mode: new.mode,
        alert_type: new.alert_type,
        severity: new.severity.map(level),
        priority: new.priority.map(level),
        on_failure: new.on_failure,
        row_fuel: limits.fuel,
        memory_bytes: limits.memory_bytes,
        stand_ins: published.stand_ins,
        reads: Some(reads),
        from_sequence: 0,
        installed_at: 0,
        installed_by: String::new(),
        removed: false,
    }
}

/// Whether installing it again would change nothing.
fn is_same(current: &RuleInstall, new: &RuleInstall) -> bool {
    let again = RuleInstall {
        number: current.number,
        from_sequence: current.from_sequence,
        installed_at: current.installed_at,
        installed_by: current.installed_by.clone(),
        // They follow from plugin and configuration; an earlier release did not keep them.
        reads: current.reads.clone(),
        ..new.clone()
    };
    *current == again
}

/// Refuses a plugin that was deleted since it was found.
fn check_published(definitions: &Definitions, plugin: &PublishedPlugin) -> Result<(), Problem> {
    let (name, version) = (&plugin.name, &plugin.version);
    match definitions.plugin(name, version) {
        Some(published) if published.digest == plugin.digest => Ok(()),
        _ => Err(Problem::conflict(format!(
            "plugin {name} {version} was deleted meanwhile; publish it again first"
        ))),
    }
}

/// Refuses an alert type that there is not: the install's own, else the plugin's.
fn check_alert_type(
    definitions: &Definitions,
    new: &NewRule,
    plugin: &RulePlugin,
) -> Result<(), Problem> {
    let manifest = plugin.manifest();
    let overridden = new.alert_type.as_deref();
    let name = overridden.unwrap_or(manifest.alert_type.as_str());
    if definitions.alert_type(name).is_some() {
        return Ok(());
    }
    let whose = if overridden.is_some() {
        "'alert_type'".to_owned()
    } else {
        format!("the alert type of plugin {}", manifest.common.name)
    };
    Err(refuse(format!(
        "{whose} is '{name}', and there is no such alert type; set 'alert_type' to one that there is, such as 'trx_aml_alert', or make it: PUT /v1/alert-types/{name}"
    )))
}

/// Refuses a configuration that the plugin's schema refuses.
pub(crate) async fn check_config(
    app: &App,
    caller: &UserCaller,
    config: &JsonValue,
    plugin: &RulePlugin,
) -> Result<(), Problem> {
    let schema = plugin.manifest().common.config_schema.clone();
    Ok(plugin_config::check_config(app, caller, "config", schema, config).await?)
}

/// Refuses lists that there are not.
pub(crate) fn check_lists(
    definitions: &Definitions,
    rule: &str,
    lists: &[String],
) -> Result<(), Problem> {
    let missing = lists
        .iter()
        .find(|list| definitions.lists.get(list).is_none());
    missing.map_or(Ok(()), |list| {
        Err(refuse(format!(
            "rule '{rule}' reads the list '{list}', which does not exist; PUT /v1/lists/{list} first"
        )))
    })
}

/// What is checked off the runtime's threads, because the plugin runs and the store is read.
struct Check {
    rule: String,
    team: Arc<Team>,
    schema: Arc<PayloadSchema>,
    definitions: Arc<Definitions>,
    plugin: RulePlugin,
    config: String,
    limits: RowLimits,
    /// What the inputs may cost; none for what the team has had installed before, which goes on.
    max_price: Option<u64>,
    view: Arc<TeamView>,
}

/// What a rule reads.
struct Wants {
    /// Names of lists.
    lists: Vec<String>,
    /// Names of fields of transactions.
    reads: Vec<String>,
    /// What its windows are computed from.
    layouts: Vec<RowLayout>,
}

impl Check {
    /// The memory that one instance of the plugin may use.
    fn memory_bytes(&self) -> usize {
        self.limits.memory_bytes.unwrap_or_default()
    }

    fn run(&self) -> Result<Wants, Problem> {
        let check = RuleCheck {
            plugin: &self.plugin,
            config: &self.config,
            max_price: self.max_price,
        };
        let fitting = check.fitting_plan(&self.schema);
        let fitting = fitting.map_err(|fault| refused(&self.rule, &self.team.name, fault))?;
        let lists = fitting.bound.lists();
        let lists: Vec<String> = lists.into_iter().map(str::to_owned).collect();
        check_lists(&self.definitions, &self.rule, &lists)?;
        let reads = fitting.bound.fields();
        let reads = reads.into_iter().map(str::to_owned).collect();
        let samples = Samples::of_team(&self.view, &self.schema)?;
        fitting
            .check_purity(&self.plugin, &samples, &*self.definitions, self.limits)
            .map_err(|impurity| refused(&self.rule, &self.team.name, impurity.into()))?;
        let layouts = fitting.bound.row_layouts();
        Ok(Wants {
            lists,
            reads,
            layouts,
        })
    }
}

fn not_prepared(error: RowsError) -> Problem {
    tracing::error!(%error, "the windows of a rule cannot be prepared");
    Problem::unavailable("the windows of the rule cannot be prepared; try again", 10)
}

/// Says why a rule cannot be installed.
pub(crate) fn refused(rule: &str, team: &str, fault: RuleFault) -> Problem {
    match fault {
        RuleFault::Plan(faults) => does_not_fit(rule, team, &faults),
        RuleFault::Price(expensive) => too_expensive(rule, &expensive),
        RuleFault::Impure(Impurity::Machine(_)) => Problem::unavailable(fault.to_string(), 10),
        RuleFault::Prepare(_) | RuleFault::Impure(_) => refuse(format!("rule '{rule}': {fault}")),
    }
}

fn too_expensive(rule: &str, expensive: &PlanTooExpensive) -> Problem {
    let detail =
        format!("rule '{rule}' {expensive}; the operator sets the limit: lanes.max_plan_price");
    let error = ProblemError {
        field: "config".to_owned(),
        reason: "too_expensive".to_owned(),
        detail: detail.clone(),
    };
    Problem::unprocessable(detail, vec![error])
}

/// Says why a rule's plan does not fit the payload schema of its team.
pub(crate) fn does_not_fit(rule: &str, team: &str, faults: &[PlanFault]) -> Problem {
    let misfits = misfits(rule, team, Against::Current, faults);
    let errors = misfits.into_iter().map(|detail| ProblemError {
        field: "config".to_owned(),
        reason: "does_not_fit".to_owned(),
        detail,
    });
    let detail = format!("rule '{rule}' does not fit the payload schema of team '{team}'");
    Problem::unprocessable(detail, errors.collect())
}
