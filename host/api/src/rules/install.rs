//! Installing a rule.

use std::sync::Arc;

use axum::extract::State;
use domain::rule::Level;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::caller::UserCaller;
use super::super::level::LevelBody;
use super::super::problem_from::with_way_out;
use super::RulePath;
use super::body::{RuleBody, put_body};
use crate::http::{JsonBody, Params, Preconditions, Problem, Put, WireName};
use app::App;
use app::rules::install::{self, InstallRuleError, NewRule};
use json::{JsonObject, JsonValue};
use tenant::{Mode, OnFailure};

/// Seconds after which a machine that could not check a rule is worth another try.
const RETRY_SECONDS: u64 = 10;

/// A rule to install.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "NewRule")]
pub(super) struct NewRuleBody {
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

impl From<NewRuleBody> for NewRule {
    fn from(body: NewRuleBody) -> Self {
        Self {
            plugin: body.plugin.0.to_string(),
            version: body.version,
            config: body.config,
            mode: body.mode,
            alert_type: body.alert_type,
            severity: body.severity.map(Level::from),
            priority: body.priority.map(Level::from),
            on_failure: body.on_failure,
        }
    }
}

impl From<InstallRuleError> for Problem {
    fn from(error: InstallRuleError) -> Self {
        match error {
            InstallRuleError::Forbidden(error) => error.into(),
            InstallRuleError::NoSuchTeam(error) => error.into(),
            InstallRuleError::Invalid(error) => error.into(),
            InstallRuleError::Config(error) => error.into(),
            InstallRuleError::Stale(error) => error.into(),
            InstallRuleError::Panicked(error) => error.into(),
            InstallRuleError::Lane(error) => error.into(),
            InstallRuleError::NoSchema(_) => {
                let way_out = "PUT /v1/teams/{team}/payload-schema sets one";
                Self::conflict(with_way_out(&error.to_string(), way_out))
            }
            InstallRuleError::DeletedPlugin(_)
            | InstallRuleError::SchemaChanged
            | InstallRuleError::InstalledMeanwhile(_) => Self::conflict(error.to_string()),
            InstallRuleError::NotInspected(_) | InstallRuleError::NotPrepared(_) => {
                Self::unavailable(error.to_string(), RETRY_SECONDS)
            }
        }
    }
}

pub(super) async fn install_rule(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    preconditions: Preconditions,
    JsonBody(new): JsonBody<NewRuleBody>,
) -> Result<Put<RuleBody>, Problem> {
    let expected = preconditions.expected();
    let put = install::install(&app, &caller, path.into(), expected, new.into()).await?;
    Ok(put_body(put))
}
