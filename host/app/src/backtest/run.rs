//! Backtests that are under way, in all tenants.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::record::{BacktestRecord, End, Extent, Trial};
use super::running::{Next, Pace, Running};
use super::tally::Tally;
use super::work::{Work, WorkError};
use base::background::{self, BackgroundError};
use engine::lane::{Actor, Change, ChangeError, Lane, LaneError, Services};
use jobs::Jobs;
use jobs::retry::until_done;
use store::StoreError;
use store::key::TenantId;
use tenant::{Authority, PermissionSet};

/// The most backtests of a tenant that have not ended. One is at work, the others wait for it.
pub const MAX_UNDER_WAY: usize = 3;
/// The most backtests that are at work at the same time, of all tenants, which take turns.
pub const MAX_AT_WORK: usize = 2;

/// How many backtests are at work.
const AT_WORK: &str = "vervet_backtests_running";

/// Why a backtest is not begun.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum AskError {
    #[error(
        "{MAX_UNDER_WAY} backtests are under way; wait until one of them is done, or cancel one"
    )]
    TooMany,
    #[error("plugin {0} {1} was deleted meanwhile; publish it again first")]
    NotPublished(String, String),
}

/// Why a backtest is not cancelled.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum CancelError {
    #[error("the backtest has ended")]
    Ended,
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a backtest is not deleted.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum DeleteError {
    #[error("the backtest is under way; cancel it first")]
    UnderWay,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// How far a backtest is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Others go before it.
    Queued,
    /// It judges transactions, or fills windows before it begins to.
    Running {
        /// How fast.
        pace: Pace,
    },
    /// The record says how it ended.
    Ended,
}

/// A backtest, as far as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenBacktest {
    /// What is kept of it, with what came of it by now.
    pub record: BacktestRecord,
    /// How far it is.
    pub stage: Stage,
}

/// The backtests that are under way, in all tenants.
pub struct Backtests {
    jobs: Arc<Jobs<Uuid, Running>>,
}

impl Default for Backtests {
    fn default() -> Self {
        Self {
            jobs: Arc::new(Jobs::new(MAX_AT_WORK)),
        }
    }
}

impl Backtests {
    /// Notes in a change what is to be tried; it begins when the change is durable and [`run`](Self::run) is called. With
    /// `beside`, the trial is compared with that one over the same history; it is noted, too, and runs after it.
    ///
    /// # Errors
    /// Where too many are under way, or the plugin was deleted.
    pub fn note(
        &self,
        services: &Services,
        change: &mut Change<'_>,
        by: (Actor, PermissionSet),
        mut trial: Trial,
        beside: Option<Trial>,
        extent: Option<Extent>,
    ) -> Result<BacktestRecord, AskError> {
        let has_not_ended = |running: &Running| running.record().end.is_none();
        let more = 1 + usize::from(beside.is_some());
        if self.jobs.count(change.tenant(), has_not_ended) + more > MAX_UNDER_WAY {
            return Err(AskError::TooMany);
        }
        for trial in std::iter::once(&trial).chain(&beside) {
            let published = change.definitions().plugin(&trial.plugin, &trial.version);
            if published.is_none_or(|published| published.digest != trial.digest) {
                let (plugin, version) = (trial.plugin.clone(), trial.version.clone());
                return Err(AskError::NotPublished(plugin, version));
            }
        }
        if let Some(beside) = beside {
            let noted = Self::put(services, change, by.clone(), beside, extent);
            trial.compared_backtest = Some(noted.id);
        }
        Ok(Self::put(services, change, by, trial, extent))
    }

    fn put(
        services: &Services,
        change: &mut Change<'_>,
        (actor, needs): (Actor, PermissionSet),
        trial: Trial,
        extent: Option<Extent>,
    ) -> BacktestRecord {
        let record = BacktestRecord {
            id: Uuid::now_v7(),
            actor,
            needs,
            trial,
            extent,
            made_by: services.made_by(),
            purity: None,
            tally: Tally::default(),
            asked_at: change.at().as_micros(),
            finished_at: None,
            end: None,
        };
        record.put(change);
        change.audit(&record.actor, "backtest.start", record.id.to_string());
        record
    }

    /// Does what was noted, in the background.
    pub fn run(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        record: BacktestRecord,
    ) {
        let id = record.id;
        let running = Arc::new(Running::new(record));
        let job = Job {
            services: services.clone(),
            lane: lane.clone(),
            tenant,
            running: running.clone(),
            stopping: self.jobs.stopping().clone(),
        };
        self.jobs.start(tenant, id, running, async move {
            job.work().await;
        });
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
        for record in BacktestRecord::under_way(&services.store, tenant)? {
            self.run(services, lane, tenant, record);
        }
        Ok(())
    }

    /// Ends those that are at work: the host stops, and they go on when it is started again. Returns when no thread of
    /// theirs is left.
    pub async fn stop(&self) {
        self.jobs.stop(Running::stop).await;
    }

    /// A backtest, as far as it is. Blocks.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn get(
        &self,
        services: &Services,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<SeenBacktest>, StoreError> {
        let record = BacktestRecord::read(&services.store, tenant, id)?;
        Ok(record.map(|record| self.seen(tenant, record)))
    }

    /// The backtests of a team, or of all, that were asked for before this one, newest first; so many at most. Blocks.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn list(
        &self,
        services: &Services,
        tenant: TenantId,
        team: Option<&str>,
        before: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<SeenBacktest>, StoreError> {
        let records = BacktestRecord::list(&services.store, tenant, team, before, limit)?;
        let seen = records.into_iter().map(|record| self.seen(tenant, record));
        Ok(seen.collect())
    }

    fn seen(&self, tenant: TenantId, kept: BacktestRecord) -> SeenBacktest {
        let running = self.jobs.find(tenant, &kept.id);
        let (record, pace) = match running {
            Some(running) if kept.end.is_none() => running.seen(),
            _ => (kept, None),
        };
        let stage = match pace {
            _ if record.end.is_some() => Stage::Ended,
            Some(pace) => Stage::Running { pace },
            None => Stage::Queued,
        };
        SeenBacktest { record, stage }
    }

    /// Ends a backtest that is under way; what it said so far stays. Answers when that is durable.
    ///
    /// # Errors
    /// Where it has ended, or the lane fails.
    pub async fn cancel(
        &self,
        lane: &Arc<Lane>,
        tenant: TenantId,
        id: Uuid,
        (by, authority): (Actor, Authority),
    ) -> Result<(), CancelError> {
        let running = self.jobs.find(tenant, &id).ok_or(CancelError::Ended)?;
        let cancel = move |change: &mut Change<'_>| match running.cancel(change, &by) {
            true => Ok(()),
            false => Err(CancelError::Ended),
        };
        lane.change_as(authority, cancel)
            .await
            .map_err(|error| match error {
                ChangeError::Refused(error) => error,
                ChangeError::Lane(error) => error.into(),
            })
    }

    /// Takes a backtest that has ended away, with all that its rule said. Answers when that is durable.
    ///
    /// # Errors
    /// Where it is under way, or the lane fails.
    pub async fn delete(
        &self,
        services: &Services,
        lane: &Arc<Lane>,
        tenant: TenantId,
        id: Uuid,
        (by, authority): (Actor, Authority),
    ) -> Result<(), DeleteError> {
        // One that has ended may still let go of what it needed.
        let found = self.jobs.find(tenant, &id);
        if found.is_some_and(|running| running.record().end.is_none()) {
            return Err(DeleteError::UnderWay);
        }
        let store = services.store.clone();
        let delete = move |change: &mut Change<'_>| BacktestRecord::delete(&store, change, id, &by);
        lane.change_as(authority, delete)
            .await
            .map_err(|error| match error {
                ChangeError::Refused(error) => error.into(),
                ChangeError::Lane(error) => error.into(),
            })
    }
}

/// One backtest, from its turn to its end.
struct Job {
    services: Arc<Services>,
    lane: Arc<Lane>,
    tenant: TenantId,
    running: Arc<Running>,
    stopping: CancellationToken,
}

impl Job {
    async fn work(&self) {
        metrics::gauge!(AT_WORK).increment(1);
        let _at_work = AtWork;
        let (store, stopping) = (&self.services.store, &self.stopping);
        let what = "a backtest cannot go on";
        until_done(store, stopping, what, || self.attempt()).await;
    }

    /// Goes on from what is kept. Fails only with what may pass; what does not ends it for good.
    async fn attempt(&self) -> Result<(), RunError> {
        let ended = match self.once().await {
            Err(error) if !error.is_transient() => self.fail(&error).await,
            ended => ended,
        };
        let is_kept = ended.is_ok() && !self.running.is_stopped();
        if is_kept || self.stopping.is_cancelled() {
            return ended;
        }
        // Where its end, or that it was cancelled, is not kept, it goes back to what is.
        let id = self.running.record().id;
        self.lane.load().await?;
        let (store, tenant) = (self.services.store.clone(), self.tenant);
        let read = tokio::task::spawn_blocking(move || BacktestRecord::read(&store, tenant, id));
        let kept = read.await.map_err(|_| BackgroundError::Panicked)??;
        let Some(kept) = kept.filter(|kept| kept.end.is_none()) else {
            return Ok(());
        };
        self.running.go_back_to(kept);
        ended.and(Err(RunError::NotKept))
    }

    /// Ends it before its end; what its rule said so far stays.
    async fn fail(&self, error: &RunError) -> Result<(), RunError> {
        let record = self.running.record();
        tracing::error!(backtest = %record.id, %error, "a backtest failed");
        let next = Next {
            tally: record.tally,
            rows: Vec::new(),
            purity: None,
            end: Some(End::Failed {
                reason: error.to_string(),
            }),
        };
        let running = self.running.clone();
        let keep = move |change: &mut Change<'_>| running.keep(change, next);
        Ok(self.lane.note_when_room(&Authority::Host, keep).await?)
    }

    async fn once(&self) -> Result<(), RunError> {
        let team = self.running.record().trial.team_id;
        let work = Work {
            services: self.services.clone(),
            lane: self.lane.clone(),
            tenant: self.tenant,
            running: self.running.clone(),
            view: self.lane.team(team).await?,
        };
        background::run("backtest", move || work.work()).await??;
        Ok(())
    }
}

/// Counts one that is at work.
struct AtWork;

impl Drop for AtWork {
    fn drop(&mut self) {
        metrics::gauge!(AT_WORK).decrement(1);
    }
}

/// Why it stops before its end.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Work(#[from] WorkError),
    #[error(transparent)]
    Lane(#[from] LaneError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Background(#[from] BackgroundError),
    #[error("its end is not kept")]
    NotKept,
}

impl RunError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Work(error) => error.is_transient(),
            Self::Lane(error) => error.is_transient(),
            Self::Store(error) => error.is_transient(),
            Self::Background(error) => error.is_transient(),
            Self::NotKept => true,
        }
    }
}
