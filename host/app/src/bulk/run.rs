//! The work of changing many alerts.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::alert::AlertId;
use futures::StreamExt;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::record::{
    BulkFailure, BulkRecord, BulkState, Forgetting, MAX_FAILURES, put_alerts, put_outcome,
    read_alerts, read_outcomes,
};
use engine::lane::{Actor, Change, ChangeError, Lane, LaneError, Services};
use jobs::Jobs;
use jobs::retry::until_done;
use store::StoreError;
use store::key::TenantId;
use tenant::{Authority, PermissionSet};

/// The most alerts that are changed at once.
pub const MAX_ALERTS: usize = 100_000;
/// The most changes of many alerts that are at work at the same time, of all tenants, which take turns.
const MAX_AT_WORK: usize = 64;
/// Alerts that are in the lane at the same time, so that one flush serves many.
const AT_ONCE: usize = 64;

/// What is done to one alert, in the lane. Where it answers a failure, nothing of it is kept.
pub type Apply = fn(&mut Change<'_>, AlertId, &BulkRecord) -> Result<(), BulkFailure>;

/// Why a change of many alerts is not begun.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum AskError {
    #[error("these are {0} alerts; at most {MAX_ALERTS} can be changed at once")]
    TooMany(usize),
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// The changes of many alerts that are under way, in all tenants.
pub struct Bulks {
    jobs: Arc<Jobs<Uuid, Mutex<Progress>>>,
    apply: Apply,
}

#[derive(Clone, Default)]
struct Progress {
    done: u64,
    failed: u64,
    failures: Vec<BulkFailure>,
}

impl Progress {
    fn count(&mut self, failure: Option<BulkFailure>) {
        self.done += 1;
        if let Some(failure) = failure {
            self.failed += 1;
            if self.failures.len() < MAX_FAILURES {
                self.failures.push(failure);
            }
        }
    }

    fn write(&self, record: &mut BulkRecord) {
        record.done = self.done;
        record.failed = self.failed;
        record.failures = self.failures.clone();
    }
}

/// Who asks, and for what.
pub struct Asked {
    /// Who.
    pub actor: Actor,
    /// What the caller was admitted for.
    pub needs: PermissionSet,
    /// What is done to each alert.
    pub change: serde_json::Value,
    /// Which alerts.
    pub alerts: Vec<AlertId>,
}

impl Bulks {
    /// Changes of many alerts, each of which is changed so.
    pub fn new(apply: Apply) -> Self {
        Self {
            jobs: Arc::new(Jobs::new(MAX_AT_WORK)),
            apply,
        }
    }

    /// Notes in a change what is to be done; it begins when the change is durable and [`run`](Self::run) is called.
    ///
    /// # Errors
    /// Where there are too many alerts.
    pub fn note(change: &mut Change<'_>, asked: Asked) -> Result<BulkRecord, AskError> {
        if asked.alerts.len() > MAX_ALERTS {
            return Err(AskError::TooMany(asked.alerts.len()));
        }
        let record = BulkRecord {
            id: Uuid::now_v7(),
            state: BulkState::Running,
            actor: asked.actor,
            needs: asked.needs,
            stopped: None,
            change: asked.change,
            of: asked.alerts.len() as u64,
            done: 0,
            failed: 0,
            failures: Vec::new(),
            asked_at: change.at().as_micros(),
            finished_at: None,
        };
        record.put(change);
        put_alerts(change, record.id, &asked.alerts);
        change.audit(&record.actor.clone(), "alert.bulk", record.id.to_string());
        Ok(record)
    }

    /// Does what was noted, in the background.
    pub fn run(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        record: BulkRecord,
    ) {
        let id = record.id;
        let progress = Arc::<Mutex<Progress>>::default();
        let work = Work {
            by: record.actor.authority(record.needs),
            services: services.clone(),
            lane: lane.clone(),
            tenant,
            record: Arc::new(record),
            progress: progress.clone(),
            apply: self.apply,
            stopping: self.jobs.stopping().clone(),
        };
        self.jobs.start(tenant, id, progress, async move {
            let (store, stopping) = (&work.services.store, &work.stopping);
            let what = "a change of many alerts cannot go on";
            until_done(store, stopping, what, || work.attempt()).await;
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
        for record in BulkRecord::open(&services.store, tenant)? {
            self.run(services, lane, tenant, record);
        }
        Ok(())
    }

    /// Is cancelled when the host stops.
    pub fn stopping(&self) -> &CancellationToken {
        self.jobs.stopping()
    }

    /// Begins no more, and waits until those at work have ended: the host stops, and they go on when it is started again.
    pub async fn stop(&self) {
        self.jobs.stop(|_| {}).await;
    }

    /// A change of many alerts, as far as it is.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn get(
        &self,
        services: &Services,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<BulkRecord>, StoreError> {
        let Some(mut record) = BulkRecord::read(&services.store, tenant, id)? else {
            return Ok(None);
        };
        if record.state == BulkState::Running
            && let Some(progress) = self.jobs.find(tenant, &id)
        {
            progress.lock().write(&mut record);
        }
        Ok(Some(record))
    }
}

struct Work {
    services: Arc<Services>,
    lane: Arc<Lane>,
    tenant: TenantId,
    record: Arc<BulkRecord>,
    /// On whose authority alerts are changed.
    by: Authority,
    progress: Arc<Mutex<Progress>>,
    apply: Apply,
    stopping: CancellationToken,
}

/// Why the work stops before its end.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lane(#[from] LaneError),
    #[error("it failed in the host: {0}")]
    Panicked(#[from] tokio::task::JoinError),
}

impl WorkError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Lane(error) => error.is_transient(),
            Self::Panicked(_) => false,
        }
    }
}

impl Work {
    /// Goes on from what is kept. Fails only with what may pass; what does not stops it for good.
    async fn attempt(&self) -> Result<(), WorkError> {
        match self.work().await {
            Err(error) if !error.is_transient() => self.stop(&error).await?,
            ended => ended?,
        }
        if !self.stopping.is_cancelled() {
            self.forget().await?;
        }
        Ok(())
    }

    /// Forgets what was needed on the way, since it is over.
    async fn forget(&self) -> Result<(), WorkError> {
        let mut left = Some(Forgetting::of(&self.record));
        while let Some(next) = left
            && !self.stopping.is_cancelled()
        {
            let forget = move |change: &mut Change<'_>| Ok::<_, Infallible>(next.step(change));
            left = match self.lane.change_when_room(&Authority::Host, forget).await {
                Ok(left) => left,
                Err(ChangeError::Refused(never)) => match never {},
                Err(ChangeError::Lane(error)) => return Err(error.into()),
            };
        }
        Ok(())
    }

    async fn work(&self) -> Result<(), WorkError> {
        let (services, tenant, id) = (self.services.clone(), self.tenant, self.record.id);
        let kept = tokio::task::spawn_blocking(move || {
            let store = &services.store;
            let record = BulkRecord::read(store, tenant, id)?;
            if record.is_none_or(|record| record.state != BulkState::Running) {
                return Ok::<_, StoreError>(None);
            }
            let alerts = read_alerts(store, tenant, id)?;
            Ok(Some((alerts, read_outcomes(store, tenant, id)?)))
        });
        // It is over: before a stop, or though the store said otherwise.
        let Some((alerts, outcomes)) = kept.await?? else {
            return Ok(());
        };
        *self.progress.lock() = Progress::default();
        let mut tried = HashSet::with_capacity(outcomes.len());
        for (number, failure) in outcomes {
            tried.insert(number);
            self.progress.lock().count(failure);
        }
        let left = (0..).zip(alerts);
        let left = left.filter(|(number, _)| !tried.contains(number));
        let has_failed = AtomicBool::new(false);
        let goes_on = || !self.stopping.is_cancelled() && !has_failed.load(Ordering::Relaxed);
        let left = left.take_while(|_| goes_on());
        let mut trying = futures::stream::iter(left.map(|(number, alert)| self.one(number, alert)))
            .buffer_unordered(AT_ONCE);
        let mut failed = None;
        // After a failure those that are in the lane are waited for, so that none is changed twice.
        while let Some(tried) = trying.next().await {
            match tried {
                Ok(failure) => self.progress.lock().count(failure),
                Err(error) => {
                    has_failed.store(true, Ordering::Relaxed);
                    failed = failed.or(Some(error));
                }
            }
        }
        drop(trying);
        match failed {
            Some(error) => Err(error.into()),
            None if self.stopping.is_cancelled() => Ok(()),
            None => Ok(self.finish(None).await?),
        }
    }

    /// Ends it before its end, since it cannot go on or whoever asked for it may not do it any more.
    async fn stop(&self, reason: &WorkError) -> Result<(), WorkError> {
        tracing::warn!(bulk = %self.record.id, %reason, "a change of many alerts was stopped");
        Ok(self.finish(Some(reason.to_string())).await?)
    }

    /// Changes one alert, and keeps what came of it.
    async fn one(&self, number: u32, alert: AlertId) -> Result<Option<BulkFailure>, LaneError> {
        let (record, apply) = (self.record.clone(), self.apply);
        let change = move |change: &mut Change<'_>| {
            apply(change, alert, &record)?;
            put_outcome(change, record.id, number, None);
            Ok::<(), BulkFailure>(())
        };
        let failure = match self.lane.change_when_room(&self.by, change).await {
            Ok(()) => return Ok(None),
            Err(ChangeError::Refused(failure)) => failure,
            Err(ChangeError::Lane(error)) => return Err(error),
        };
        let (id, kept) = (self.record.id, failure.clone());
        let note = move |change: &mut Change<'_>| put_outcome(change, id, number, Some(&kept));
        self.lane.note_when_room(&Authority::Host, note).await?;
        Ok(Some(failure))
    }

    async fn finish(&self, stopped: Option<String>) -> Result<(), LaneError> {
        let mut record = (*self.record).clone();
        self.progress.lock().write(&mut record);
        record.state = match stopped {
            None => BulkState::Done,
            Some(_) => BulkState::Stopped,
        };
        record.stopped = stopped;
        let end = move |change: &mut Change<'_>| {
            record.finished_at = Some(change.at().as_micros());
            change.audit(&record.actor, "alert.bulk_finished", record.id.to_string());
            record.put(change);
        };
        self.lane.note_when_room(&Authority::Host, end).await
    }
}
