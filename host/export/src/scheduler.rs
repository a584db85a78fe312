//! Runs what is due, and removes what is old: one task and one timer for all exports of the host.
//!
//! Up to which moment a schedule was handled is written in the commit that queues the run, so that a
//! crash neither loses a moment nor runs it twice. What was missed while the host was down, or the
//! tenant suspended, is run once, for the last moment that was missed. What was missed while the
//! export was paused is not. While one run of the schedule waits for another to end, the moments
//! that come are skipped: the one that waits will do.

use std::sync::Arc;

use domain::time::Timestamp;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use super::kept::Removal;
use super::runs::Runs;
use super::stored::handled;
use super::timetable::Timetable;
use engine::lane::{Lane, Services};
use jobs::retry::until_done;
use store::key::TenantId;
use tenant::{Definitions, Export};

/// Seconds until what could not be done is tried again.
const RETRY_SECONDS: u64 = 5;

/// The task that runs what is due.
pub struct Scheduler {
    /// None once it was stopped.
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Scheduler {
    /// Takes up what the last stop left undone, and runs what is due from then on, until the runs
    /// are stopped. Must be called within a tokio runtime.
    pub fn start(
        runs: Arc<Runs>,
        services: Arc<Services>,
        tenants: impl Fn() -> Vec<(TenantId, Arc<Lane>)> + Send + Sync + 'static,
    ) -> Self {
        let task = Task {
            runs,
            services,
            tenants: Box::new(tenants),
        };
        Self {
            task: Mutex::new(Some(tokio::spawn(task.run()))),
        }
    }

    /// Waits until it has ended, which it does when the runs are stopped.
    pub async fn stopped(&self) {
        let task = self.task.lock().take();
        if let Some(task) = task
            && task.await.is_err()
        {
            tracing::error!("the scheduler of exports ended in disorder");
        }
    }
}

struct Task {
    runs: Arc<Runs>,
    services: Arc<Services>,
    tenants: Box<dyn Fn() -> Vec<(TenantId, Arc<Lane>)> + Send + Sync>,
}

impl Task {
    async fn run(self) {
        let stop = self.runs.0.stopping().clone();
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = self.work() => {}
        }
    }

    async fn work(&self) {
        for (tenant, lane) in (self.tenants)() {
            let (store, stop) = (&self.services.store, self.runs.0.stopping());
            let what = "runs of exports cannot be taken up";
            let resume = || self.runs.resume(&lane);
            until_done(store, stop, what, resume).await;
            self.runs.remove_orphans(tenant).await;
        }
        loop {
            let next = self.look().await;
            tokio::select! {
                () = self.runs.0.job.changed.notified() => {}
                () = self.services.clock.sleep_until(next) => {}
            }
        }
    }

    /// Does what is due of all exports, and answers when to look again.
    async fn look(&self) -> Timestamp {
        let mut next = Timestamp::MAX;
        for (tenant, lane) in (self.tenants)() {
            let definitions = lane.definitions();
            let suspended = definitions.tenant().is_none_or(|tenant| tenant.suspended);
            if !suspended {
                for export in definitions.exports.iter() {
                    next = next.min(self.run_due(tenant, &lane, &definitions, export).await);
                }
            }
            for export in self.runs.0.job.kept.exports(tenant) {
                next = next.min(self.remove_old(tenant, &lane, &export).await);
            }
        }
        next
    }

    /// Runs an export if its schedule is due, and answers when it will be.
    async fn run_due(
        &self,
        tenant: TenantId,
        lane: &Arc<Lane>,
        definitions: &Definitions,
        export: &Arc<Export>,
    ) -> Timestamp {
        let Some(schedule) = export.schedule.as_ref().filter(|_| !export.paused) else {
            return Timestamp::MAX;
        };
        let zone = definitions.tenant().map_or("UTC", |own| &own.timezone);
        // It was checked when it was defined; a zone may have gone since, with another release.
        let timetable = match Timetable::new(schedule, zone) {
            Ok(timetable) => timetable,
            Err(error) => {
                tracing::error!(tenant = tenant.0, export = export.name, %error, "a schedule cannot be kept");
                return Timestamp::MAX;
            }
        };
        let now = self.services.clock.now();
        let due = match self.due(tenant, &export.name, &timetable, now) {
            Ok(None) => Ok(()),
            Ok(Some(moment)) => {
                let start = self.runs.start_scheduled(
                    &self.services,
                    lane,
                    tenant,
                    &export.name,
                    moment.as_micros(),
                );
                start.await.map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        match due {
            Ok(()) => timetable.next_after(now).unwrap_or(Timestamp::MAX),
            Err(error) => {
                tracing::warn!(
                    tenant = tenant.0,
                    export = export.name,
                    error,
                    "a run that is due is not begun; it is tried again"
                );
                now.plus_seconds(RETRY_SECONDS)
            }
        }
    }

    /// The last moment of a schedule that was not handled.
    fn due(
        &self,
        tenant: TenantId,
        export: &str,
        timetable: &Timetable,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, store::StoreError> {
        let handled = handled(&self.services.store, tenant, export)?;
        let latest = timetable.latest_until(now);
        Ok(latest.filter(|moment| moment.as_micros() > handled))
    }

    /// Removes files of an export that are too old, or all where it was deleted, and answers when the
    /// next one will be too old.
    async fn remove_old(&self, tenant: TenantId, lane: &Arc<Lane>, export: &str) -> Timestamp {
        let now = self.services.clock.now();
        let definitions = lane.definitions();
        let retention = definitions.exports.get(export).map(|own| own.retention);
        let removal = retention.map_or(Removal::Deleted, Removal::Old);
        let kept = &self.runs.0.job.kept;
        let (due, next) = kept.due(tenant, export, retention, now.as_micros());
        for run in due {
            let expired = self
                .runs
                .expire(&self.services, lane, tenant, export, run, removal);
            if let Err(error) = expired.await {
                tracing::warn!(tenant = tenant.0, export, %run, %error, "a file is to be removed, but its run cannot say so; it is tried again");
                return now.plus_seconds(RETRY_SECONDS);
            }
        }
        next.map_or(Timestamp::MAX, Timestamp::from_micros)
    }
}
