//! The work of changing many alerts.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::alert::AlertId;
use futures::StreamExt;
use parking_lot::Mutex;
use uuid::Uuid;

use super::record::{
    BulkFailure, BulkRecord, BulkState, Forgetting, MAX_FAILURES, put_alerts, put_outcome,
    read_alerts, read_outcomes,
};
use base::background::BackgroundError;
use engine::lane::{Actor, Change, ChangeError, Lane, LaneError, Services};
use jobs::{Job, JobRecord, Run, Runner, TurnFor, Turns, Unfinished, WorkError};
use store::StoreError;
use store::key::TenantId;
use tenant::{Authority, PermissionSet};

/// The most alerts that are changed at once.
pub const MAX_ALERTS: usize = 100_000;
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

/// How far a change of many alerts is.
#[derive(Clone, Default)]
pub struct Progress {
    /// How many alerts there are.
    of: u64,
    done: u64,
    failed: u64,
    failures: Vec<BulkFailure>,
}

impl Progress {
    fn beginning(of: u64) -> Self {
        Self {
            of,
            ..Self::default()
        }
    }

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

/// Changes of many alerts, each of which goes on with the alerts that have no outcome yet.
pub struct BulkJob {
    /// What is done to each alert.
    pub apply: Apply,
}

/// Stores in a change what is to be done; it [starts](Runner::start_stored) when the change is durable.
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
    record.put(change, &record.id);
    put_alerts(change, record.id, &asked.alerts);
    change.audit(&record.actor, "alert.bulk", record.id.to_string());
    Ok(record)
}

/// A change of many alerts, as far as it is. Blocks.
///
/// # Errors
/// Where the store cannot be read.
pub fn get(
    bulks: &Runner<BulkJob>,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<BulkRecord>, StoreError> {
    let bulk = bulks.read_with_progress(tenant, &id)?;
    Ok(bulk.map(|(mut record, progress)| {
        if let Some(progress) = progress {
            progress.lock().write(&mut record);
        }
        record
    }))
}

impl Job for BulkJob {
    type Key = Uuid;
    type Record = BulkRecord;
    type Progress = Mutex<Progress>;
    type Output = ();
    type Fault = Infallible;

    const NAME: &'static str = "change of many alerts";
    const TURNS: Turns = Turns {
        at_once: 64,
        at_once_per_tenant: 1,
        turn_for: TurnFor::Job,
    };

    fn unfinished(&self, services: &Services, lane: &Lane) -> Result<Unfinished<Self>, StoreError> {
        BulkRecord::unfinished(&services.store, lane.tenant())
    }

    fn read(
        &self,
        services: &Services,
        lane: &Lane,
        id: &Uuid,
    ) -> Result<Option<BulkRecord>, StoreError> {
        BulkRecord::read_unfinished(&services.store, lane.tenant(), id)
    }

    fn progress(&self, record: &BulkRecord) -> Mutex<Progress> {
        Mutex::new(Progress::beginning(record.of))
    }

    async fn work(
        &self,
        run: &Arc<Run<Self>>,
        record: BulkRecord,
    ) -> Result<(), WorkError<Infallible>> {
        let (store, tenant, id) = (run.services().store.clone(), run.tenant(), run.key);
        let read = move || {
            let alerts = read_alerts(&store, tenant, id)?;
            Ok::<_, StoreError>((alerts, read_outcomes(&store, tenant, id)?))
        };
        let read = tokio::task::spawn_blocking(read).await;
        let (alerts, outcomes) = read.map_err(|_| BackgroundError::Panicked)??;
        *run.progress.lock() = Progress::beginning(record.of);
        let mut tried = HashSet::with_capacity(outcomes.len());
        for (number, failure) in outcomes {
            tried.insert(number);
            run.progress.lock().count(failure);
        }
        let left = (0..).zip(alerts);
        let left = left.filter(|(number, _)| !tried.contains(number));
        let has_failed = AtomicBool::new(false);
        let goes_on = || !run.is_stopped() && !has_failed.load(Ordering::Relaxed);
        let left = left.take_while(|_| goes_on());
        let one = One {
            lane: run.lane.clone(),
            by: record.actor.authority(record.needs),
            record: Arc::new(record),
            apply: self.apply,
        };
        let mut trying =
            futures::stream::iter(left.map(|(number, alert)| one.change(number, alert)))
                .buffer_unordered(AT_ONCE);
        let mut failed = None;
        // After a failure those that are in the lane are waited for, so that none is changed twice.
        while let Some(tried) = trying.next().await {
            match tried {
                Ok(failure) => run.progress.lock().count(failure),
                Err(error) => {
                    has_failed.store(true, Ordering::Relaxed);
                    failed = failed.or(Some(error));
                }
            }
        }
        drop(trying);
        match failed {
            Some(error) => Err(error.into()),
            None if run.is_stopped() => Err(WorkError::Stopped),
            None => Ok(()),
        }
    }

    async fn end(
        &self,
        run: &Arc<Run<Self>>,
        end: Result<(), String>,
    ) -> Result<(), WorkError<Infallible>> {
        let progress = run.progress.lock().clone();
        let keep = move |change: &mut Change<'_>, record: &mut BulkRecord| {
            progress.write(record);
            record.state = match end {
                Ok(()) => BulkState::Done,
                Err(_) => BulkState::Stopped,
            };
            record.stopped = end.err();
            record.finished_at = Some(change.at().as_micros());
            change.audit(&record.actor, "alert.bulk_finished", record.id.to_string());
            Ok(())
        };
        run.keep(&Authority::Host, keep).await
    }

    async fn clean_up(&self, run: &Arc<Run<Self>>) -> Result<(), WorkError<Infallible>> {
        let mut left = Some(Forgetting::of(run.key, run.progress.lock().of));
        while let Some(next) = left {
            if run.is_stopped() {
                return Err(WorkError::Stopped);
            }
            let forget = move |change: &mut Change<'_>| Ok::<_, Infallible>(next.step(change));
            left = match run.lane.change_when_room(&Authority::Host, forget).await {
                Ok(left) => left,
                Err(ChangeError::Refused(never)) => match never {},
                Err(ChangeError::Lane(error)) => return Err(error.into()),
            };
        }
        Ok(())
    }
}

/// What is needed to change one alert.
struct One {
    lane: Arc<Lane>,
    record: Arc<BulkRecord>,
    /// On whose authority alerts are changed.
    by: Authority,
    apply: Apply,
}

impl One {
    /// Changes one alert, and keeps what came of it.
    async fn change(&self, number: u32, alert: AlertId) -> Result<Option<BulkFailure>, LaneError> {
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
}
