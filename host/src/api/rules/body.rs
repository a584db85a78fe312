//! Rules, as the API writes them.

use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::WireTime;
use crate::json::JsonValue;
use crate::plugin::StandIns;
use crate::tenant::{Mode, OnFailure, RuleInstall};

/// An install of a rule.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Rule")]
pub(super) struct RuleBody {
    /// The team's name.
    team: String,
    /// The rule's name.
    rule: String,
    /// Which of the rule's installs: 1 for the first.
    install: u64,
    plugin: String,
    /// The plugin's version.
    version: String,
    /// SHA-256 of the plugin's component, in hex.
    digest: String,
    config: JsonValue,
    mode: Mode,
    /// Overrides the plugin's.
    alert_type: Option<String>,
    /// Overrides the finding's and the plugin's.
    severity: Option<String>,
    /// Overrides the finding's and the plugin's.
    priority: Option<String>,
    on_failure: OnFailure,
    /// Fuel for one transaction, as it was in force when the rule was installed.
    row_fuel: u64,
    /// Memory for one instance in bytes, as it was in force when the rule was installed; absent where an earlier release
    /// installed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_bytes: Option<usize>,
    /// Which stand-ins meet the plugin's imports of WASI, where it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    stand_ins: Option<StandIns>,
    installed_at: WireTime,
    /// The login of whoever installed it.
    installed_by: String,
    /// This install took the rule away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
}

impl RuleBody {
    pub(super) fn of(install: &RuleInstall) -> Self {
        Self {
            team: install.team.clone(),
            rule: install.rule.clone(),
            install: install.number,
            plugin: install.plugin.clone(),
            version: install.version.clone(),
            digest: install.digest.clone(),
            config: install.config.clone(),
            mode: install.mode,
            alert_type: install.alert_type.clone(),
            severity: install.severity.clone(),
            priority: install.priority.clone(),
            on_failure: install.on_failure,
            row_fuel: install.row_fuel,
            memory_bytes: install.memory_bytes,
            stand_ins: install.stand_ins,
            installed_at: WireTime(Timestamp::from_micros(install.installed_at)),
            installed_by: install.installed_by.clone(),
            removed: install.removed,
        }
    }
}
