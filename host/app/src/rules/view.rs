//! Installs of rules, each with its state.

use std::sync::Arc;

use super::RuleName;
use crate::App;
use crate::caller::Caller;
use crate::preparation::Progress;
use crate::request::{Expected, Stale, Version};
use tenant::{Definitions, InstallState, PreparingInstall, PublishedPlugin, RuleInstall};

/// An install of a rule, as it is shown.
#[derive(Clone, Debug)]
pub struct InstallView {
    /// The install.
    pub install: Arc<RuleInstall>,
    /// Its plugin.
    pub plugin: Option<Arc<PublishedPlugin>>,
    /// Whether it is in force.
    pub state: InstallState,
    /// How far it is, while it is being prepared.
    pub progress: Option<Progress>,
}

/// An install of a rule that was put.
#[derive(Clone, Debug)]
pub struct PutRule {
    /// The newest install.
    pub install: InstallView,
    /// Whether there was no such rule before.
    pub is_new: bool,
}

/// An install and its state by the definitions.
pub(super) struct InstallStatus {
    pub(super) install: Arc<RuleInstall>,
    /// The record of the preparation, while the install is being prepared.
    preparing: Option<Arc<PreparingInstall>>,
    state: InstallState,
}

impl InstallView {
    /// The version, which changes when the install takes effect.
    pub fn version(&self) -> Version {
        version(&self.install, self.state)
    }

    /// Whether it is still being prepared.
    pub fn is_preparing(&self) -> bool {
        self.state == InstallState::Preparing
    }
}

impl InstallStatus {
    /// The state of an install by the definitions.
    pub(super) fn of(definitions: &Definitions, install: Arc<RuleInstall>) -> Self {
        let state = definitions.state_of(&install);
        let preparing = definitions.preparing_rule(&install.team, &install.rule);
        let preparing = preparing.filter(|_| state == InstallState::Preparing);
        Self {
            preparing: preparing.cloned(),
            state,
            install,
        }
    }

    /// An install that was just put in force.
    pub(super) fn active(install: Arc<RuleInstall>) -> Self {
        Self {
            install,
            preparing: None,
            state: InstallState::Active,
        }
    }

    /// An install that was just accepted.
    pub(super) fn preparing(preparing: Arc<PreparingInstall>) -> Self {
        Self {
            install: Arc::new(preparing.install.clone()),
            preparing: Some(preparing),
            state: InstallState::Preparing,
        }
    }

    /// The newest install of a rule that was not removed.
    pub(super) fn newest(definitions: &Definitions, rule: &RuleName) -> Option<Self> {
        let install = definitions.newest_install(rule.team(), rule.rule())?;
        Some(Self::of(definitions, install))
    }

    /// Checks what a change expects. Whoever expects an install that was being prepared knows the install, even if it
    /// took effect since.
    pub(super) fn check(&self, expected: &Expected) -> Result<(), Stale> {
        let current = version(&self.install, self.state);
        let pending = Version::Pending(self.install.number);
        expected
            .check(Some(current))
            .or_else(|stale| expected.check(Some(pending)).map_err(|_| stale))
    }

    /// As it is shown, with how far it is now.
    pub(super) fn view(self, app: &App, caller: &Caller) -> InstallView {
        let progress = self.preparing.as_ref().map(|preparing| {
            let progress = app.preparations.progress(caller.tenant, preparing);
            progress.unwrap_or_else(|| Progress::beginning(preparing.rows))
        });
        let (plugin, version) = (&self.install.plugin, &self.install.version);
        InstallView {
            plugin: caller.definitions().plugin(plugin, version).cloned(),
            install: self.install,
            state: self.state,
            progress,
        }
    }
}

fn version(install: &RuleInstall, state: InstallState) -> Version {
    match state {
        InstallState::Preparing => Version::Pending(install.number),
        InstallState::Active | InstallState::Ended => Version::Number(install.number),
    }
}
