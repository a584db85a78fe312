//! One round: indexes for all installs of a team that are being prepared, which then take effect together.
//!
//! An index serves all windows by one field, so that ten installs that come together cost one reading of history, not ten.

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::window::{BoundPlan, InputLimits, Inputs, RowLayout};
use parking_lot::Mutex;

use super::plan::plan_of;
use super::progress::{PrepareError, Progress};
use super::run::{InstallKey, PreparationJob};
use base::background::{BackgroundError, Breather};
use engine::lane::{Actor, Change, ChangeError, RowsBuilt, TeamView};
use jobs::{Run, WorkError};
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

/// A round for the team of the install whose turn it is.
pub(super) struct Round<'r>(pub(super) &'r Arc<Run<PreparationJob>>);

/// What a round prepares.
struct Prepared {
    team_id: u32,
    schema_version: u32,
    installs: Vec<InstallKey>,
    layouts: Vec<RowLayout>,
}

impl Round<'_> {
    /// Makes the indexes and puts the installs in force.
    ///
    /// # Errors
    /// Where something fails, or the host stops.
    pub(super) async fn run(&self) -> Result<Ended, WorkError<PrepareError>> {
        let definitions = self.0.lane.definitions();
        if !self.0.key.is_wanted(&definitions) {
            return Ok(Ended::Done);
        }
        let prepared = self.look(&definitions).await.map_err(WorkError::Fault)?;
        match self.build(&prepared).await.map_err(WorkError::Fault)? {
            true => self.put_in_force(prepared).await.map_err(WorkError::Fault),
            false if self.0.is_stopped() => Err(WorkError::Stopped),
            false => Ok(Ended::Done),
        }
    }

    /// Makes the indexes and adds what came meanwhile; false if the install whose turn it is is no longer wanted, or the
    /// host stops.
    async fn build(&self, prepared: &Prepared) -> Result<bool, PrepareError> {
        let view = self.0.lane.team(prepared.team_id).await?;
        if !self.build_in_background(&view, prepared).await? {
            return Ok(false);
        }
        // What came meanwhile is added with full right to a core: on a busy machine the lane might be too far ahead else.
        let layouts = prepared.layouts.clone();
        let add = move || view.window_rows(&layouts).map(drop);
        let added = tokio::task::spawn_blocking(add).await;
        added.map_err(|_| BackgroundError::Panicked)??;
        Ok(true)
    }

    /// What the team's installs need that are being prepared.
    async fn look(&self, definitions: &Definitions) -> Result<Prepared, PrepareError> {
        let InstallKey { team, rule, .. } = &self.0.key;
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
            let (services, tenant) = (self.0.services(), self.0.tenant());
            let plan = plan_of(services, tenant, definitions, install, schema);
            match plan.await {
                Ok(plan) => plans.push(plan),
                Err(error) if key == self.0.key => return Err(error),
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

    async fn build_in_background(
        &self,
        view: &Arc<TeamView>,
        prepared: &Prepared,
    ) -> Result<bool, PrepareError> {
        let installs = prepared.installs.iter();
        let progress = installs.filter_map(|install| self.0.progress_of(install));
        let progress: Vec<Arc<Mutex<Progress>>> = progress.collect();
        let (view, layouts, run) = (view.clone(), prepared.layouts.clone(), self.0.clone());
        let build = move |_: &_| {
            let mut breather = Breather::default();
            let mut watch = |built: RowsBuilt| {
                for progress in &progress {
                    progress.lock().advance(built);
                }
                if run.is_stopped() || !run.key.is_wanted(&run.lane.definitions()) {
                    return ControlFlow::Break(());
                }
                breather.breathe();
                ControlFlow::Continue(())
            };
            view.build_window_rows(&layouts, &mut watch)
        };
        Ok(self.0.background("preparing", build).await??)
    }

    /// Puts those in force that are still wanted, all from the same transaction on.
    async fn put_in_force(&self, prepared: Prepared) -> Result<Ended, PrepareError> {
        let prepared = Arc::new(prepared);
        let team_name = self.0.key.team.clone();
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
        match self.0.lane.change_when_room(&Authority::Host, change).await {
            Ok(in_force) => {
                let team = &self.0.key.team;
                tracing::info!(
                    tenant = self.0.tenant().0,
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
