//! One round: indexes for all installs of a team that are being prepared, which then take effect together.
//!
//! An index serves all windows by one field, so that ten installs that come together cost one reading of history, not ten.

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::window::{BoundPlan, InputLimits, Inputs, RowLayout};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::plan::plan_of;
use super::progress::{PrepareError, Progress};
use super::run::InstallKey;
use base::background::{self, BackgroundError, Breather};
use engine::lane::{Actor, Change, ChangeError, Lane, RowsBuilt, Services, TeamView};
use store::key::TenantId;
use tenant::{Authority, Definitions};

/// How an install left a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It is in force, or no longer wanted.
    Done,
    /// What it needs changed meanwhile: another round is due.
    Outdated,
}

/// The definitions changed since a round looked at them, or more came in than the lane adds by itself.
struct Outdated;

/// A round for the team of an install.
pub(super) struct Round<'r> {
    pub(super) services: &'r Arc<Services>,
    pub(super) lane: &'r Arc<Lane>,
    pub(super) tenant: TenantId,
    /// The install whose turn it is.
    pub(super) install: &'r InstallKey,
    pub(super) stopping: &'r CancellationToken,
}

/// What a round prepares.
struct Prepared {
    team_id: u32,
    schema_version: u32,
    installs: Vec<InstallKey>,
    layouts: Vec<RowLayout>,
}

impl Round<'_> {
    /// Makes the indexes and puts the installs in force. `progress_of` finds how far an install of the team is.
    ///
    /// # Errors
    /// Where something fails, or the host stops.
    pub(super) async fn run(
        &self,
        progress_of: impl Fn(&InstallKey) -> Option<Arc<Mutex<Progress>>>,
    ) -> Result<Ended, PrepareError> {
        let definitions = self.lane.definitions();
        if !self.install.is_wanted(&definitions) {
            return Ok(Ended::Done);
        }
        let prepared = self.look(&definitions).await?;
        let view = self.lane.team(prepared.team_id).await?;
        let progress = prepared.installs.iter().filter_map(progress_of).collect();
        if !self.build(&view, &prepared.layouts, progress).await? {
            return match self.stopping.is_cancelled() {
                true => Err(PrepareError::Stopped),
                false => Ok(Ended::Done),
            };
        }
        // What came meanwhile is added with full right to a core: on a busy machine the lane might be too far ahead else.
        let layouts = prepared.layouts.clone();
        let add = move || view.window_rows(&layouts).map(drop);
        let added = tokio::task::spawn_blocking(add).await;
        added.map_err(|_| BackgroundError::Panicked)??;
        self.put_in_force(prepared).await
    }

    /// What the team's installs need that are being prepared.
    async fn look(&self, definitions: &Definitions) -> Result<Prepared, PrepareError> {
        let InstallKey { team, rule, .. } = self.install;
        let found = definitions.teams.get(team);
        let found = found.and_then(|team| Some((team, team.schema()?)));
        let (team, schema) = found.ok_or_else(|| PrepareError::Plan {
            team: team.clone(),
            rule: rule.clone(),
            reason: "the team has no payload schema".to_owned(),
        })?;
        let mut plans: Vec<Arc<BoundPlan>> = Vec::new();
        let mut installs = Vec::new();
        for preparing in definitions.preparing_rules_of(&team.name) {
            let (key, install) = (InstallKey::of(&preparing), &preparing.install);
            let schema = schema.clone();
            let plan = plan_of(self.services, self.tenant, definitions, install, schema);
            match plan.await {
                Ok(plan) => plans.push(plan),
                Err(error) if key == *self.install => return Err(error),
                // Its own turn tells, and keeps no other waiting.
                Err(_) => continue,
            }
            installs.push(key);
        }
        Ok(Prepared {
            team_id: team.id,
            schema_version: schema.version(),
            installs,
            layouts: Inputs::new(&plans, InputLimits::default()).row_layouts(),
        })
    }

    /// Makes the indexes in the background; false where the install whose turn it is is no longer wanted, or the host stops.
    async fn build(
        &self,
        view: &Arc<TeamView>,
        layouts: &[RowLayout],
        progress: Vec<Arc<Mutex<Progress>>>,
    ) -> Result<bool, PrepareError> {
        let (view, layouts, install) = (view.clone(), layouts.to_vec(), self.install.clone());
        let (lane, stopping) = (self.lane.clone(), self.stopping.clone());
        let build = move || {
            let mut breather = Breather::default();
            let mut watch = |built: RowsBuilt| {
                for progress in &progress {
                    progress.lock().advance(built);
                }
                if stopping.is_cancelled() || !install.is_wanted(&lane.definitions()) {
                    return ControlFlow::Break(());
                }
                breather.breathe();
                ControlFlow::Continue(())
            };
            view.build_window_rows(&layouts, &mut watch)
        };
        Ok(background::run("preparing", build).await??)
    }

    /// Puts those in force that are still wanted, all from the same transaction on.
    async fn put_in_force(&self, prepared: Prepared) -> Result<Ended, PrepareError> {
        let prepared = Arc::new(prepared);
        let team_name = self.install.team.clone();
        let change = move |change: &mut Change<'_>| {
            let team = change.definitions().teams.get(&team_name);
            let schema = team.and_then(|team| team.schemas.last());
            let is_same = schema.is_some_and(|it| it.version == prepared.schema_version);
            if !is_same || !change.can_take_up(prepared.team_id, &prepared.layouts) {
                return Err(Outdated);
            }
            let mut in_force = 0;
            for install in &prepared.installs {
                if install.is_wanted(change.definitions()) {
                    let InstallKey { team, rule, number } = install;
                    change.audit(&Actor::Host, "rule.take_effect", format!("{team}/{rule}"));
                    change.take_effect(team, rule, *number);
                    in_force += 1;
                }
            }
            Ok(in_force)
        };
        match self.lane.change_when_room(&Authority::Host, change).await {
            Ok(in_force) => {
                let team = &self.install.team;
                tracing::info!(
                    tenant = self.tenant.0,
                    team,
                    in_force,
                    "rules whose windows are whole take effect"
                );
                Ok(Ended::Done)
            }
            Err(ChangeError::Refused(Outdated)) => Ok(Ended::Outdated),
            Err(ChangeError::Lane(error)) => Err(error.into()),
        }
    }
}
