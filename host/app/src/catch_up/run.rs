//! Rules that catch up: stored, at work and cancelled.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use parking_lot::Mutex;

use super::judge::{CatchUpFault, Judging};
use super::record::{CatchUp, State};
use engine::lane::{Actor, Change, Lane, Services};
use jobs::{CancelError, Job, JobRecord, Run, Runner, TurnFor, Turns, Unfinished, WorkError};
use store::StoreError;
use store::key::{TeamId, TenantId};
use tenant::{Authority, Mode, PermissionSet};

/// The most rules of a tenant that are to catch up. One is at work, the others wait for it.
const MAX_UNDER_WAY: usize = 4;

/// Why a rule does not begin to catch up.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum AskError {
    #[error("the rule is catching up already")]
    UnderWay,
    #[error("{MAX_UNDER_WAY} rules are catching up; wait until one of them is done")]
    TooMany,
    #[error("the rule is off; install it in mode 'live' or 'shadow' first")]
    Off,
    #[error("the rule is being prepared and has judged nothing yet")]
    Preparing,
}

/// No rule of this name catches up now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rule is not catching up")]
pub struct NotUnderWay;

/// Which rule is to catch up, and with what.
pub struct Asked {
    /// The team's number.
    pub team_id: TeamId,
    /// The team's name.
    pub team: String,
    /// The rule's name within the team.
    pub rule: String,
    /// Who asks.
    pub actor: Actor,
    /// What the caller was admitted for.
    pub needs: PermissionSet,
    /// Up to which place transactions are judged again, where they wait.
    pub last: u64,
    /// How many wait.
    pub rows: u64,
}

/// Rules that catch up, each of which goes on with what still waits for it.
pub struct CatchUpJob;

/// Stores in a change that a rule is to catch up; it [starts](Runner::start_stored) when the change is durable.
///
/// # Errors
/// Where it is under way, too many others are, or the rule judges nothing.
pub fn note(
    catch_ups: &Runner<CatchUpJob>,
    change: &mut Change<'_>,
    asked: Asked,
) -> Result<CatchUp, AskError> {
    let install = change.definitions().rule_of(&asked.team, &asked.rule);
    let install = install.filter(|install| install.mode != Mode::Off);
    let preparing = change
        .definitions()
        .preparing_rule(&asked.team, &asked.rule);
    let not_judging = || preparing.map_or(AskError::Off, |_| AskError::Preparing);
    let install = install.ok_or_else(not_judging)?;
    let which = (asked.team_id, asked.rule.clone());
    if catch_ups.find(change.tenant(), &which).is_some() {
        return Err(AskError::UnderWay);
    }
    if catch_ups.unfinished_in(change) >= MAX_UNDER_WAY {
        return Err(AskError::TooMany);
    }
    let catch_up = CatchUp {
        team: asked.team,
        rule: asked.rule,
        state: State::Running,
        install: install.number,
        actor: asked.actor,
        needs: asked.needs,
        asked_at: change.at().as_micros(),
        last: asked.last,
        after: 0,
        rows: asked.rows,
        judged: 0,
        found: 0,
        alerts: 0,
        failed: 0,
        last_failure: None,
    };
    catch_up.put(change, &which);
    let subject = format!("{}/{}", catch_up.team, catch_up.rule);
    change.audit(&catch_up.actor, "rule.catch_up", subject);
    Ok(catch_up)
}

/// Ends a rule's catching up. What it judged stays. Answers when that is durable.
///
/// # Errors
/// Where it is not under way, or the lane fails.
pub async fn cancel(
    catch_ups: &Runner<CatchUpJob>,
    lane: &Arc<Lane>,
    which: (TeamId, String),
    (by, authority): (Actor, Authority),
) -> Result<CatchUp, CancelError> {
    let cancel = move |change: &mut Change<'_>, record: &mut CatchUp| {
        let subject = format!("{}/{}", record.team, record.rule);
        change.audit(&by, "rule.cancel_catch_up", subject);
        let login = match by {
            Actor::User { login, .. } => login,
            _ => String::new(),
        };
        record.state = State::Cancelled { by: login };
    };
    catch_ups.cancel(lane, authority, which, cancel).await
}

/// How far a rule is, or how it ended; none if nobody ever asked. Blocks.
///
/// # Errors
/// Where the store cannot be read.
pub fn get(
    catch_ups: &Runner<CatchUpJob>,
    tenant: TenantId,
    which: &(TeamId, String),
) -> Result<Option<CatchUp>, StoreError> {
    let catch_up = catch_ups.read_with_progress(tenant, which)?;
    Ok(catch_up.map(|(kept, progress)| match progress {
        Some(progress) => progress.lock().clone(),
        None => kept,
    }))
}

impl Job for CatchUpJob {
    type Key = (TeamId, String);
    type Record = CatchUp;
    /// The record as far as the rule is.
    type Progress = Mutex<CatchUp>;
    type Output = ();
    type Fault = CatchUpFault;

    const NAME: &'static str = "rule that catches up";
    const TURNS: Turns = Turns {
        at_once: 4,
        at_once_per_tenant: 1,
        turn_for: TurnFor::Job,
    };

    fn unfinished(&self, services: &Services, lane: &Lane) -> Result<Unfinished<Self>, StoreError> {
        CatchUp::unfinished(&services.store, lane.tenant())
    }

    fn read(
        &self,
        services: &Services,
        lane: &Lane,
        which: &Self::Key,
    ) -> Result<Option<CatchUp>, StoreError> {
        CatchUp::read_unfinished(&services.store, lane.tenant(), which)
    }

    fn progress(&self, record: &CatchUp) -> Mutex<CatchUp> {
        Mutex::new(record.clone())
    }

    fn is_transient(fault: &CatchUpFault) -> bool {
        fault.is_transient()
    }

    async fn work(
        &self,
        run: &Arc<Run<Self>>,
        record: CatchUp,
    ) -> Result<(), WorkError<CatchUpFault>> {
        run.progress.lock().clone_from(&record);
        let judging = Judging {
            team: run.key.0,
            view: run.lane.team(run.key.0.0).await?,
            run: run.clone(),
        };
        let judge = move |stop: &_| judging.judge_all(&record, stop);
        run.background("catch-up", judge).await?
    }

    async fn end(
        &self,
        run: &Arc<Run<Self>>,
        end: Result<(), String>,
    ) -> Result<(), WorkError<CatchUpFault>> {
        let state = match end {
            Ok(()) => State::Done,
            Err(reason) => State::Failed(reason),
        };
        let keep = move |_: &mut Change<'_>, record: &mut CatchUp| {
            record.state = state;
            Ok(())
        };
        run.keep(&Authority::Host, keep).await
    }
}
