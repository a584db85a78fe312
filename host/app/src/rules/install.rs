//! Installing a rule: everything is checked before the lane changes anything.

use super::RuleName;
use super::fit::check_lists;
use super::inspect::{Inspection, RuleInputs};
pub use super::new_rule::NewRule;
use super::new_rule::is_same;
use super::view::{InstallStatus, PutRule};
use crate::App;
use crate::blocking::{Panicked, blocking};
use crate::caller::{Caller, Forbidden};
use crate::plugin_config::{ConfigError, check_config};
use crate::published::{DeletedPlugin, check_still_published, find_published};
use crate::request::from_store::from_store_error;
use crate::request::{Expected, Invalid, Stale};
use crate::teams::{NoSuchTeam, find_team};
use engine::lane::{Change, LaneError, RowsError};
use runtime::publish::PluginKind;
use runtime::rule::{Impurity, RulePlugin};
use tenant::{Definitions, Mode, Permission};

/// Why a rule was not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallRuleError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The team has no payload schema yet.
    #[error("team '{0}' has no payload schema yet, so no rule can be checked against it")]
    NoSchema(String),
    /// The plugin, its configuration or what it reads cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The configuration is not what the plugin asks for, or that could not be checked.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The machine could not run the rule to see whether it is pure.
    #[error(transparent)]
    NotInspected(Impurity),
    /// The indexes of its windows cannot be made.
    #[error("the windows of the rule cannot be prepared; try again")]
    NotPrepared(#[source] RowsError),
    /// The plugin was deleted while the rule was checked.
    #[error(transparent)]
    DeletedPlugin(#[from] DeletedPlugin),
    /// The payload schema changed while the rule was checked.
    #[error("the payload schema changed while the rule was checked; install it again")]
    SchemaChanged,
    /// The newest install is not the one that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The rule was installed since its installs were looked at.
    #[error("rule '{0}' was installed meanwhile; look at its installs again")]
    InstalledMeanwhile(String),
    /// Checking it panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

from_store_error!(InstallRuleError);

/// Installs a rule. If the indexes of its windows lack much of history, it is accepted, and takes effect later.
///
/// # Errors
/// Where the caller may not, there is no such team, the rule cannot be installed so, or its newest install is not the
/// one that the change is meant for.
pub async fn install(
    app: &App,
    caller: &Caller,
    rule: RuleName,
    expected: Expected,
    new: NewRule,
) -> Result<PutRule, InstallRuleError> {
    caller.require(Permission::RuleWrite)?;
    install_over(app, caller, rule, expected, new, "rule.install", None).await
}

/// Installs a rule for a caller who may, noted in the audit as `action`. If `over` is given, the newest install must have
/// that number.
pub(super) async fn install_over(
    app: &App,
    caller: &Caller,
    rule: RuleName,
    expected: Expected,
    new: NewRule,
    action: &'static str,
    over: Option<u64>,
) -> Result<PutRule, InstallRuleError> {
    let definitions = caller.definitions();
    let team = find_team(&definitions, rule.team())?;
    let schema = team.schema();
    let schema = schema.ok_or_else(|| InstallRuleError::NoSchema(team.name.clone()))?;
    let published = find_published(&definitions, PluginKind::Rule, &new.plugin, &new.version)
        .map_err(|error| Invalid::new(error.to_string()))?
        .clone();
    let loading = app.services.load_rule(caller.tenant, &published);
    let plugin = loading
        .await
        .map_err(|error| Invalid::new(error.to_string()))?;
    check_alert_type(&definitions, &new, &plugin)?;
    let config_schema = plugin.manifest().common.config_schema.clone();
    check_config(app, caller, "config", config_schema, &new.config).await?;

    let limits = plugin.row_limits();
    let view = caller.lane.team(team.id).await?;
    let inspection = Inspection {
        rule: rule.rule.to_string(),
        team: team.clone(),
        schema,
        max_price: (!definitions.has_installed(&team.name, &published.digest, &new.config))
            .then_some(app.services.limits.max_plan_price),
        definitions: definitions.clone(),
        plugin: plugin.clone(),
        config: new.config.to_string(),
        limits,
        view: view.clone(),
    };
    let room = app.services.plugins.setup_share(inspection.memory_bytes());
    let room = room.await;
    let inspect = move || {
        let inputs = inspection.run();
        drop(room);
        inputs
    };
    let RuleInputs {
        lists,
        fields,
        layouts,
    } = blocking(inspect).await??;
    // The indexes of its windows are made before the lane takes it up, so that no transaction waits for them: here if
    // they lack little, else in the background.
    let lacking_rows = match new.mode {
        Mode::Off => 0,
        Mode::Shadow | Mode::Live => view.lacking_rows(&layouts),
    };
    let in_request = lacking_rows <= app.config.lanes.prepare_in_request_rows;
    if in_request && new.mode != Mode::Off {
        let layouts = layouts.clone();
        let prepare = move || view.window_rows(&layouts).map(drop);
        blocking(prepare).await?.map_err(|error| {
            tracing::error!(%error, "the windows of a rule cannot be prepared");
            InstallRuleError::NotPrepared(error)
        })?;
    }

    let team_id = team.id;
    let schema_version = team.schemas.last().map(|schema| schema.version);
    let (actor, login) = (caller.actor(), caller.login.to_string());
    let is_off = new.mode == Mode::Off;
    let install = move |change: &mut Change<'_>| {
        let definitions = change.definitions();
        check_still_published(definitions, &published)?;
        check_alert_type(definitions, &new, &plugin)?;
        let team = find_team(definitions, rule.team())?;
        if team.schemas.last().map(|schema| schema.version) != schema_version {
            return Err(InstallRuleError::SchemaChanged);
        }
        check_lists(definitions, rule.rule(), &lists)?;
        let newest = InstallStatus::newest(definitions, &rule);
        match &newest {
            None => expected.check(None)?,
            Some(newest) => newest.check(&expected)?,
        }
        let last = definitions.last_install_number(rule.team(), rule.rule());
        if over.is_some_and(|over| over != last) {
            return Err(InstallRuleError::InstalledMeanwhile(rule.rule.to_string()));
        }
        let install = new.install(&rule, &published, limits, fields);
        let is_new = newest.is_none();
        if let Some(newest) = newest
            && is_same(&newest.install, &install)
        {
            return Ok((newest, is_new));
        }
        let takes_effect =
            install.mode == Mode::Off || in_request && change.can_take_up(team_id, &layouts);
        change.audit(&actor, action, rule.subject());
        let status = match takes_effect {
            true => InstallStatus::active(change.put_install(install, &login)),
            false => InstallStatus::preparing(change.put_preparing(install, lacking_rows, &login)),
        };
        Ok((status, is_new))
    };
    // Transactions that wait may wait because of the rule that is switched off.
    let made = match is_off {
        true => caller.change_ahead(install).await,
        false => caller.change(install).await,
    };
    let (status, is_new) = made?;
    Ok(PutRule {
        install: status.view(app, caller),
        is_new,
    })
}

/// Refuses an alert type that does not exist: the install's own, else the plugin's.
fn check_alert_type(
    definitions: &Definitions,
    new: &NewRule,
    plugin: &RulePlugin,
) -> Result<(), Invalid> {
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
    Err(Invalid::new(format!(
        "{whose} is '{name}', and there is no such alert type; set 'alert_type' to an existing one, such as 'trx_aml_alert', or make it first"
    )))
}
