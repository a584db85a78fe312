//! Rules that catch up, in the background.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::judge::{JudgeError, Judging};
use super::record::{CatchUp, State};
use base::background::{self, BackgroundError};
use engine::lane::{Actor, Change, Lane, LaneError, Services};
use jobs::Jobs;
use jobs::retry::until_done;
use store::StoreError;
use store::key::{TeamId, TenantId};
use tenant::{Authority, Mode, PermissionSet};

/// The most rules of a tenant that are to catch up. One is at work, the others wait for it.
const MAX_UNDER_WAY: usize = 4;
/// The most rules that catch up at the same time, of all tenants, which take turns.
const MAX_AT_WORK: usize = 4;

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

/// The rules that are to catch up, in all tenants.
pub struct CatchUps {
    jobs: Arc<Jobs<(TeamId, String), Mutex<CatchUp>>>,
}

impl Default for CatchUps {
    fn default() -> Self {
        Self {
            jobs: Arc::new(Jobs::new(MAX_AT_WORK)),
        }
    }
}

impl CatchUps {
    /// Notes in a change that a rule is to catch up; it begins when the change is durable and [`run`](Self::run) is called.
    ///
    /// # Errors
    /// Where it is under way, too many others are, or the rule judges nothing.
    pub fn note(&self, change: &mut Change<'_>, asked: Asked) -> Result<CatchUp, AskError> {
        let install = change.definitions().rule_of(&asked.team, &asked.rule);
        let install = install.filter(|install| install.mode != Mode::Off);
        let preparing = change
            .definitions()
            .preparing_rule(&asked.team, &asked.rule);
        let not_judging = || preparing.map_or(AskError::Off, |_| AskError::Preparing);
        let install = install.ok_or_else(not_judging)?;
        let which = (asked.team_id, asked.rule.clone());
        if self.jobs.find(change.tenant(), &which).is_some() {
            return Err(AskError::UnderWay);
        }
        if self.jobs.count(change.tenant(), |_| true) >= MAX_UNDER_WAY {
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
        catch_up.put(change, asked.team_id);
        let subject = format!("{}/{}", catch_up.team, catch_up.rule);
        change.audit(&catch_up.actor, "rule.catch_up", subject);
        Ok(catch_up)
    }

    /// Notes in a change that a rule is to catch up no further; it ends when the change is durable and
    /// [`end`](Self::end) is called. What it judged stays.
    ///
    /// # Errors
    /// Where it is not under way, or what is kept of it cannot be read.
    pub fn note_cancel(
        &self,
        change: &mut Change<'_>,
        team: TeamId,
        rule: &str,
        by: &Actor,
    ) -> Result<Result<CatchUp, NotUnderWay>, StoreError> {
        let stored = CatchUp::in_change(change, team, rule)?;
        let Some(mut cancelled) = stored.filter(|stored| stored.state == State::Running) else {
            return Ok(Err(NotUnderWay));
        };
        let login = match by {
            Actor::User { login, .. } => login.clone(),
            _ => String::new(),
        };
        cancelled.state = State::Cancelled { by: login };
        cancelled.put(change, team);
        let subject = format!("{}/{}", cancelled.team, cancelled.rule);
        change.audit(by, "rule.cancel_catch_up", subject);
        Ok(Ok(cancelled))
    }

    /// Ends what was cancelled.
    pub fn end(&self, tenant: TenantId, team: TeamId, cancelled: &CatchUp) {
        let which = (team, cancelled.rule.clone());
        if let Some(under_way) = self.jobs.find(tenant, &which) {
            *under_way.lock() = cancelled.clone();
        }
    }

    /// Does what was noted, in the background.
    pub fn run(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        team: TeamId,
        catch_up: CatchUp,
    ) {
        let which = (team, catch_up.rule.clone());
        let catch_up = Arc::new(Mutex::new(catch_up));
        let job = Job {
            services: services.clone(),
            lane: lane.clone(),
            tenant,
            team,
            catch_up: catch_up.clone(),
            stopping: self.jobs.stopping().clone(),
        };
        self.jobs.start(tenant, which, catch_up, job.work());
    }

    /// Goes on with what a stop cut off.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn resume(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
    ) -> Result<(), StoreError> {
        for (team, catch_up) in CatchUp::under_way(&services.store, tenant)? {
            self.run(services, lane, tenant, team, catch_up);
        }
        Ok(())
    }

    /// Begins no more, and waits until what is under way has kept what it judged: the host stops, and they go on when it
    /// is started again.
    pub async fn stop(&self) {
        self.jobs.stop(|_| {}).await;
    }

    /// How far a rule is, or how it ended; none if nobody ever asked. Blocks.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn get(
        &self,
        services: &Services,
        tenant: TenantId,
        team: TeamId,
        rule: &str,
    ) -> Result<Option<CatchUp>, StoreError> {
        match self.jobs.find(tenant, &(team, rule.to_owned())) {
            Some(under_way) => Ok(Some(under_way.lock().clone())),
            None => CatchUp::read(&services.store, tenant, team, rule),
        }
    }
}

/// One rule that catches up, from its turn to its end.
struct Job {
    services: Arc<Services>,
    lane: Arc<Lane>,
    tenant: TenantId,
    team: TeamId,
    catch_up: Arc<Mutex<CatchUp>>,
    stopping: CancellationToken,
}

/// Why it ends before its end.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error(transparent)]
    Judge(#[from] JudgeError),
    #[error(transparent)]
    Lane(#[from] LaneError),
    #[error(transparent)]
    Background(#[from] BackgroundError),
}

impl JobError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Judge(error) => error.is_transient(),
            Self::Lane(error) => error.is_transient(),
            Self::Background(error) => error.is_transient(),
        }
    }
}

impl Job {
    async fn work(self) {
        let (store, stopping) = (&self.services.store, &self.stopping);
        let what = "a rule that catches up cannot go on";
        until_done(store, stopping, what, || self.attempt()).await;
    }

    /// Goes on from what is kept. Fails only with what may pass, or where the host stops.
    async fn attempt(&self) -> Result<(), JobError> {
        let judged = match self.take_up().await {
            Ok(true) => self.judge().await,
            Ok(false) => return Ok(()),
            Err(error) => Err(error),
        };
        let state = match judged {
            Ok(()) => State::Done,
            // What is kept of it says so already.
            Err(JobError::Judge(error)) if error.is_cancelled() => return Ok(()),
            Err(error) if error.is_transient() || self.stopping.is_cancelled() => {
                return Err(error);
            }
            Err(error) => State::Failed(error.to_string()),
        };
        let mut ended = self.catch_up.lock().clone();
        if let State::Failed(reason) = &state {
            let CatchUp { team, rule, .. } = &ended;
            tracing::warn!(team, rule, reason, "a rule did not catch up wholly");
        }
        ended.state = state;
        let (kept, team) = (ended.clone(), self.team);
        let keep = move |change: &mut Change<'_>| {
            let stored = CatchUp::in_change(change, team, &kept.rule);
            let is_cancelled = |stored: CatchUp| matches!(stored.state, State::Cancelled { .. });
            if !stored.ok().flatten().is_some_and(is_cancelled) {
                kept.put(change, team);
            }
        };
        self.lane.note_when_room(&Authority::Host, keep).await?;
        *self.catch_up.lock() = ended;
        Ok(())
    }

    /// Goes back to what is kept; false where it has ended.
    async fn take_up(&self) -> Result<bool, JobError> {
        let (services, tenant, team) = (self.services.clone(), self.tenant, self.team);
        let rule = self.catch_up.lock().rule.clone();
        let read = move || CatchUp::read(&services.store, tenant, team, &rule);
        let kept = tokio::task::spawn_blocking(read).await;
        let kept = kept.map_err(|_| BackgroundError::Panicked)?;
        let kept = kept.map_err(JudgeError::from)?;
        let Some(kept) = kept.filter(|kept| kept.state == State::Running) else {
            return Ok(false);
        };
        *self.catch_up.lock() = kept;
        Ok(true)
    }

    async fn judge(&self) -> Result<(), JobError> {
        let judging = Judging {
            services: self.services.clone(),
            lane: self.lane.clone(),
            tenant: self.tenant,
            team: self.team,
            view: self.lane.team(self.team.0).await?,
            catch_up: self.catch_up.clone(),
            stopping: self.stopping.clone(),
        };
        background::run("catch-up", move || judging.judge_all()).await??;
        Ok(())
    }
}
