//! A rule to install.

use domain::rule::Level;

use super::RuleName;
use json::JsonValue;
use runtime::limits::RowLimits;
use tenant::{Mode, OnFailure, PublishedPlugin, RuleInstall};

/// A rule to install.
#[derive(Clone, Debug)]
pub struct NewRule {
    /// The name of a published rule plugin.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// What the plugin's `config_schema` asks for.
    pub config: JsonValue,
    /// Whether it judges, and whether its findings raise alerts.
    pub mode: Mode,
    /// Overrides the plugin's.
    pub alert_type: Option<String>,
    /// Overrides the finding's and the plugin's.
    pub severity: Option<Level>,
    /// Overrides the finding's and the plugin's.
    pub priority: Option<Level>,
    /// What a transaction that the rule cannot judge leads to.
    pub on_failure: OnFailure,
}

impl NewRule {
    /// The same as an install was.
    pub(super) fn again(install: &RuleInstall) -> Self {
        let level = |level: &Option<String>| level.as_deref().and_then(Level::parse);
        Self {
            plugin: install.plugin.clone(),
            version: install.version.clone(),
            config: install.config.clone(),
            mode: install.mode,
            alert_type: install.alert_type.clone(),
            severity: level(&install.severity),
            priority: level(&install.priority),
            on_failure: install.on_failure,
        }
    }

    /// The install of a published plugin; the lane numbers and dates it.
    pub(super) fn install(
        self,
        rule: &RuleName,
        published: &PublishedPlugin,
        limits: RowLimits,
        fields: Vec<String>,
    ) -> RuleInstall {
        let level = |level: Level| level.as_str().to_owned();
        RuleInstall {
            team: rule.team.to_string(),
            rule: rule.rule.to_string(),
            number: 0,
            plugin: published.name.clone(),
            version: published.version.clone(),
            digest: published.digest.clone(),
            config: self.config,
            mode: self.mode,
            alert_type: self.alert_type,
            severity: self.severity.map(level),
            priority: self.priority.map(level),
            on_failure: self.on_failure,
            row_fuel: limits.fuel,
            memory_bytes: limits.memory_bytes,
            stand_ins: published.stand_ins,
            reads: Some(fields),
            from_sequence: 0,
            installed_at: 0,
            installed_by: String::new(),
            removed: false,
        }
    }
}

/// Whether installing it again would change nothing.
pub(super) fn is_same(current: &RuleInstall, new: &RuleInstall) -> bool {
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
