//! Installs as they stand: in force, to be, or over.

use std::sync::Arc;

use super::body::RuleBody;
use crate::http::{ETag, Preconditions, Problem};
use app::App;
use app::preparation::Progress;
use store::key::TenantId;
use tenant::{Definitions, InstallState, PreparingInstall, RuleInstall};

/// An install and its state.
pub(super) struct Standing {
    pub(super) install: Arc<RuleInstall>,
    /// The record of the preparation, while the install is being prepared.
    preparing: Option<Arc<PreparingInstall>>,
    state: InstallState,
}

impl Standing {
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
    pub(super) fn newest(definitions: &Definitions, team: &str, rule: &str) -> Option<Self> {
        let install = definitions.newest_install(team, rule)?;
        Some(Self::of(definitions, install))
    }

    /// Whether it is still being prepared.
    pub(super) fn is_preparing(&self) -> bool {
        self.state == InstallState::Preparing
    }

    /// Changes when the install takes effect.
    pub(super) fn etag(&self) -> ETag {
        match self.is_preparing() {
            true => ETag::of_pending_version(self.install.number),
            false => ETag::of_version(self.install.number),
        }
    }

    /// Checks a request's conditions. Whoever has the tag of an install that was being prepared knows the install, though it
    /// took effect since.
    ///
    /// # Errors
    /// 412 where the client knows another install.
    pub(super) fn check(&self, preconditions: &Preconditions) -> Result<(), Problem> {
        let pending = ETag::of_pending_version(self.install.number);
        preconditions
            .check(Some(&self.etag()))
            .or_else(|problem| preconditions.check(Some(&pending)).map_err(|_| problem))
    }

    /// As the API shows it, with how far it is now.
    pub(super) fn body(&self, app: &App, tenant: TenantId) -> RuleBody {
        let progress = self.preparing.as_ref().map(|preparing| {
            let progress = app.preparations.progress(tenant, preparing);
            progress.unwrap_or_else(|| Progress::beginning(preparing.rows))
        });
        RuleBody::of(&self.install, self.state, progress)
    }
}
