//! Rules: plugins installed for a team.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Definitions;
use json::JsonValue;
use runtime::StandIns;
use runtime::limits::RowLimits;

/// What a rule does with what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is not evaluated.
    Off,
    /// It is evaluated and counted, and nobody who sends transactions can tell.
    Shadow,
    /// Its findings become alerts.
    Live,
}

/// What a transaction that a rule could not judge leads to.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// One open alert of type `other` for the rule, whose `info` counts: up to ten `failures` exactly. From then on there
    /// are at least so many (`failures_at_least`), which is written when the count has doubled or a minute has passed; the
    /// rule's stats have the exact number.
    #[default]
    Alert,
    /// Nothing but its record.
    Skip,
}

/// One install of a rule that is or was in force. Earlier ones are kept; the newest is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleInstall {
    /// The team's name.
    pub team: String,
    /// The rule's name within the team.
    pub rule: String,
    /// 1 for the first install, rising. An install that was replaced before it took effect leaves a gap.
    pub number: u64,
    /// A published rule plugin.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its component, in hex.
    pub digest: String,
    /// Its configuration, as the plugin's schema wants it.
    pub config: JsonValue,
    /// What it does with what it finds.
    pub mode: Mode,
    /// Overrides the manifest's.
    pub alert_type: Option<String>,
    /// Overrides the finding's and the manifest's: `low`, `medium`, `high`.
    pub severity: Option<String>,
    /// Overrides the finding's and the manifest's: `low`, `medium`, `high`.
    pub priority: Option<String>,
    /// What a failure leads to.
    pub on_failure: OnFailure,
    /// The fuel for one row that was in force when it was installed.
    pub row_fuel: u64,
    /// The memory for one instance that was in force then, in bytes; none if an earlier release installed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<usize>,
    /// Which stand-ins meet the plugin's imports of WASI, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_ins: Option<StandIns>,
    /// The fields that its plan reads; none if an earlier release installed it, until its plan is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<Vec<String>>,
    /// The first of the team's transactions that met it; 0 where an earlier release installed it.
    #[serde(default)]
    pub from_sequence: u64,
    /// When it took effect, in microseconds since the epoch.
    pub installed_at: i64,
    /// Who installed it.
    pub installed_by: String,
    /// This install took the rule away.
    pub removed: bool,
}

impl RuleInstall {
    /// What one transaction may take.
    pub fn row_limits(&self) -> RowLimits {
        RowLimits {
            fuel: self.row_fuel,
            memory_bytes: self.memory_bytes,
        }
    }

    /// The number is padded, so that installs of a rule stand in their order.
    pub(super) fn definition_key(&self) -> String {
        format!("{}/{}/{:020}", self.team, self.rule, self.number)
    }
}

impl Definitions {
    /// Whether a team has, or has had, this plugin installed with this configuration: what limits came since does not
    /// keep it from being installed again.
    pub fn has_installed(&self, team: &str, digest: &str, config: &JsonValue) -> bool {
        let prefix = format!("{team}/");
        let mut installs = self.rules.under(&prefix);
        installs.any(|install| {
            !install.removed && install.digest == digest && install.config == *config
        })
    }

    /// An install of a rule, in force or not.
    pub fn install(&self, team: &str, rule: &str, number: u64) -> Option<&Arc<RuleInstall>> {
        self.rules.get(&format!("{team}/{rule}/{number:020}"))
    }

    /// Which of its team's transactions an install judges: from the first that met it, to before the
    /// first that met the next one. Empty where it judges none.
    pub fn sequences_of(&self, install: &RuleInstall) -> Range<u64> {
        if install.removed || install.mode == Mode::Off {
            return 0..0;
        }
        // Numbers have gaps: an install that was replaced while it was prepared never was in force.
        let prefix = format!("{}/{}/", install.team, install.rule);
        let mut installs = self.rules.under(&prefix);
        let next = installs.find(|next| next.number > install.number);
        install.from_sequence..next.map_or(u64::MAX, |next| next.from_sequence)
    }
}
