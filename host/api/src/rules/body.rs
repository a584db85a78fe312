//! Rules, as the API writes them.

use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::{ETag, Put, WireTime};
use app::preparation::Progress;
use app::rules::view::{InstallView, PutRule};
use json::JsonValue;
use runtime::StandIns;
use tenant::{InstallState, Mode, OnFailure};

/// An install of a rule.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Rule")]
pub(super) struct RuleBody {
    /// The team's name.
    team: String,
    /// The rule's name.
    rule: String,
    /// What people call it, as its plugin says; null if the plugin says nothing.
    title: Option<String>,
    /// What it does, in words, as its plugin says; null if the plugin says nothing.
    description: Option<String>,
    /// Which of the rule's installs: 1 for the first. An install that was replaced before it took effect leaves a gap.
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
    /// When it took effect; while it is being prepared, when it was accepted.
    installed_at: WireTime,
    /// The login of whoever installed it.
    installed_by: String,
    /// This install took the rule away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
    state: InstallState,
    /// How far it is, while it is being prepared.
    #[serde(skip_serializing_if = "Option::is_none")]
    preparing: Option<PreparingBody>,
}

/// How far the indexes are that the windows of a rule need.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RulePreparing")]
struct PreparingBody {
    /// How many stored transactions the indexes hold; each counts once for each index.
    done: u64,
    /// How many they will hold. It rises while transactions are posted.
    of: u64,
    /// Why the last attempt failed; absent once an attempt gets further. Failed attempts are repeated at growing intervals of
    /// up to a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<String>,
}

impl From<Progress> for PreparingBody {
    fn from(progress: Progress) -> Self {
        Self {
            done: progress.done,
            of: progress.of,
            last_failure: progress.last_failure,
        }
    }
}

impl From<InstallView> for RuleBody {
    fn from(view: InstallView) -> Self {
        let install = &*view.install;
        let plugin = view.plugin.as_ref();
        let title = plugin.and_then(|plugin| plugin.title());
        let description = plugin.and_then(|plugin| plugin.description());
        Self {
            team: install.team.clone(),
            rule: install.rule.clone(),
            title: title.map(str::to_owned),
            description: description.map(str::to_owned),
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
            state: view.state,
            preparing: view.progress.map(PreparingBody::from),
        }
    }
}

/// The answer to a request that puts a rule.
pub(super) fn put_body(put: PutRule) -> Put<RuleBody> {
    let (etag, is_new) = (ETag::of(put.install.version()), put.is_new);
    match is_new {
        true => Put::Created(etag, put.install.into()),
        false => Put::Replaced(etag, put.install.into()),
    }
}
