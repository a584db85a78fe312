//! The jobs of one kind, from their start to their end.

use std::fmt::{self, Display};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::job::{Job, WorkError};
use super::record::JobRecord;
use super::retry::until_done;
use super::run::Run;
use super::turns::{TurnFor, UnderWay};
use base::background::BackgroundError;
use base::shares::Turn;
use engine::lane::{Change, ChangeError, Lane, LaneError, Services};
use store::StoreError;
use store::key::TenantId;
use tenant::Authority;

/// What is logged while a job is tried again and again.
const TROUBLE: &str = "long work cannot go on";

/// The jobs of one kind, in all tenants.
pub struct Runner<J: Job> {
    /// What all jobs of the kind need.
    pub job: J,
    pub(crate) services: Arc<Services>,
    under_way: Arc<UnderWay<J::Key, Active<J>>>,
}

/// A job that is under way.
struct Active<J: Job> {
    progress: Arc<J::Progress>,
    stop: CancellationToken,
}

/// What is stored of a job, and how far it is if it is under way.
pub type WithProgress<J> = (<J as Job>::Record, Option<Arc<<J as Job>::Progress>>);

/// Why a job is not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// There is none of this key, or it has ended.
    #[error("the job has ended")]
    Ended,
    /// What is stored of it cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

impl<J: Job> Runner<J> {
    /// A runner with no job under way.
    pub fn new(services: Arc<Services>, job: J) -> Arc<Self> {
        Arc::new(Self {
            job,
            services,
            under_way: Arc::new(UnderWay::new(J::TURNS)),
        })
    }

    /// Starts a job that is stored; does nothing if it is under way already, or the host stops.
    pub fn start(self: &Arc<Self>, lane: &Arc<Lane>, key: J::Key, record: &J::Record) {
        let progress = Arc::new(self.job.progress(record));
        let stop = self.under_way.stopping().child_token();
        let active = Active {
            progress: progress.clone(),
            stop: stop.clone(),
        };
        let run = Arc::new(Run {
            lane: lane.clone(),
            key: key.clone(),
            progress,
            runner: self.clone(),
            stop,
        });
        let work = async move { run.runner.clone().run(run).await };
        let runtime = &self.services.runtime;
        self.under_way
            .start(runtime, lane.tenant(), key, Arc::new(active), work);
    }

    /// Starts a job that a change has stored; does nothing if it has ended, which it may have where a request came again.
    /// Blocks.
    ///
    /// # Errors
    /// If the store cannot be read. The job starts when the store works again.
    pub fn start_stored(self: &Arc<Self>, lane: &Arc<Lane>, key: J::Key) -> Result<(), StoreError> {
        if let Some(record) = self.job.read(&self.services, lane, &key)? {
            self.start(lane, key, &record);
        }
        Ok(())
    }

    /// Starts the jobs of a tenant that have not ended and are not under way: a stop of the host cut them off, or the
    /// commit that asked for them failed and is kept all the same. Blocks.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn resume(self: &Arc<Self>, lane: &Arc<Lane>) -> Result<(), StoreError> {
        for (key, record) in self.job.unfinished(&self.services, lane)? {
            self.start(lane, key, &record);
        }
        Ok(())
    }

    /// How far a job is, if it is under way.
    pub fn find(&self, tenant: TenantId, key: &J::Key) -> Option<Arc<J::Progress>> {
        let active = self.under_way.find(tenant, key)?;
        Some(active.progress.clone())
    }

    /// The jobs of a tenant that are under way.
    pub fn of_tenant(&self, tenant: TenantId) -> Vec<(J::Key, Arc<J::Progress>)> {
        let of_tenant = self.under_way.of_tenant(tenant).into_iter();
        of_tenant
            .map(|(key, active)| (key, active.progress.clone()))
            .collect()
    }

    /// Is cancelled when the host stops.
    pub fn stopping(&self) -> &CancellationToken {
        self.under_way.stopping()
    }

    /// Starts no more jobs, stops those that are at work, and waits until they have: the host stops. They go on when it
    /// is started again.
    pub async fn stop(&self) {
        self.under_way.stop().await;
    }

    /// Runs a job to its end.
    async fn run(self: Arc<Self>, run: Arc<Run<J>>) {
        let (store, stopping) = (&self.services.store, self.under_way.stopping());
        let _line = match J::line(&run.key) {
            Some(name) => {
                let in_line = self.under_way.line(run.tenant(), name);
                run.stop.run_until_cancelled(in_line).await.flatten()
            }
            None => None,
        };
        let _of_job = match J::TURNS.turn_for {
            TurnFor::Job => self.turn(&run).await,
            TurnFor::Attempt => None,
        };
        let attempt = || async {
            let _of_attempt = match J::TURNS.turn_for {
                TurnFor::Job => None,
                TurnFor::Attempt => self.turn(&run).await,
            };
            match stopping.is_cancelled() {
                true => Ok(()),
                false => self.attempt(&run).await,
            }
        };
        until_done(store, stopping, TROUBLE, attempt).await;
    }

    /// Waits for a job's turn; `None` if the host stops, or the job was cancelled: it cleans up without a turn.
    async fn turn(&self, run: &Run<J>) -> Option<AtWork> {
        let turn = self.under_way.turn(run.tenant());
        let turn = run.stop.run_until_cancelled(turn).await.flatten()?;
        Some(AtWork::of::<J>(turn))
    }

    /// Goes on from what is stored, to the end. Fails with what may pass; what does not ends the job.
    async fn attempt(self: &Arc<Self>, run: &Arc<Run<J>>) -> Result<(), Failed<J>> {
        let failed = |error| Failed::of(run, error);
        let worked = match self.read(&run.lane, &run.key).await {
            Ok(Some(record)) => self.job.work(run, record).await,
            Ok(None) => return self.clean_up(run).await.map_err(failed),
            Err(error) => Err(error),
        };
        let end = match worked {
            Ok(output) => Ok(output),
            Err(WorkError::Stopped) if self.under_way.stopping().is_cancelled() => return Ok(()),
            Err(WorkError::Stopped) => return self.was_ended(run).await.map_err(failed),
            Err(error) if error.is_transient(J::is_transient) => return Err(failed(error)),
            Err(error) => {
                let (name, key, tenant) = (J::NAME, &run.key, run.tenant().0);
                tracing::warn!(tenant, ?key, %error, "a {name} was stopped");
                Err(error.to_string())
            }
        };
        // What was worked out need not be worked out again because its end was not kept.
        let ending = || async {
            let ended = match self.job.end(run, end.clone()).await {
                Ok(()) => self.clean_up(run).await,
                Err(WorkError::Stopped) => self.was_ended(run).await,
                Err(error) => Err(error),
            };
            match ended {
                Err(error) if !error.is_transient(J::is_transient) => {
                    let (name, key, tenant) = (J::NAME, &run.key, run.tenant().0);
                    tracing::error!(tenant, ?key, %error, "the end of a {name} cannot be kept");
                    Ok(())
                }
                ended => ended.map_err(failed),
            }
        };
        let (store, stopping) = (&self.services.store, self.under_way.stopping());
        until_done(store, stopping, TROUBLE, ending).await;
        Ok(())
    }

    /// Cleans up after a job that somebody has ended, once that is durable.
    async fn was_ended(self: &Arc<Self>, run: &Arc<Run<J>>) -> Result<(), WorkError<J::Fault>> {
        // Answered after all commits before it, or where one of them failed.
        let nothing = |_: &mut Change<'_>| {};
        run.lane.note_when_room(&Authority::Host, nothing).await?;
        match self.read(&run.lane, &run.key).await? {
            None => self.clean_up(run).await,
            Some(_) => Err(LaneError::NotDurable("its end is not kept".to_owned()).into()),
        }
    }

    async fn clean_up(&self, run: &Arc<Run<J>>) -> Result<(), WorkError<J::Fault>> {
        match self.job.clean_up(run).await {
            // It is done after the next start.
            Err(WorkError::Stopped) => Ok(()),
            Err(error) if !error.is_transient(J::is_transient) => {
                let (name, key, tenant) = (J::NAME, &run.key, run.tenant().0);
                tracing::error!(tenant, ?key, %error, "what a {name} needed is not removed");
                Ok(())
            }
            cleaned => cleaned,
        }
    }

    async fn read(
        self: &Arc<Self>,
        lane: &Arc<Lane>,
        key: &J::Key,
    ) -> Result<Option<J::Record>, WorkError<J::Fault>> {
        let (runner, lane, key) = (self.clone(), lane.clone(), key.clone());
        let read = move || runner.job.read(&runner.services, &lane, &key);
        let read = tokio::task::spawn_blocking(read).await;
        Ok(read.map_err(|_| BackgroundError::Panicked)??)
    }
}

impl<J: Job> Runner<J>
where
    J::Record: JobRecord<Key = J::Key>,
{
    /// What is stored of a job, and how far it is by now, if it has not ended. Blocks.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn read_with_progress(
        &self,
        tenant: TenantId,
        key: &J::Key,
    ) -> Result<Option<WithProgress<J>>, StoreError> {
        // In this order: what is no longer under way is stored as ended.
        let progress = self.find(tenant, key);
        let record = J::Record::read(&self.services.store, tenant, key)?;
        Ok(record.map(|record| {
            let progress = progress.filter(|_| !record.has_ended());
            (record, progress)
        }))
    }

    /// How many of the tenant's jobs under way have not ended at the turn of a change. One whose record cannot be read has
    /// not.
    pub fn unfinished_in(&self, change: &Change<'_>) -> usize {
        let under_way = self.of_tenant(change.tenant()).into_iter();
        let has_ended = |key: &J::Key| match J::Record::in_change(change, key) {
            Ok(record) => record.is_none_or(|record| record.has_ended()),
            Err(_) => false,
        };
        under_way.filter(|(key, _)| !has_ended(key)).count()
    }

    /// Ends a job before its end; `cancel` writes that into its record. Returns the record when that is durable.
    ///
    /// # Errors
    /// If the job has ended, or the lane fails.
    pub async fn cancel(
        &self,
        lane: &Arc<Lane>,
        by: Authority,
        key: J::Key,
        cancel: impl FnOnce(&mut Change<'_>, &mut J::Record) + Send + 'static,
    ) -> Result<J::Record, CancelError> {
        let which = key.clone();
        let change = move |change: &mut Change<'_>| {
            let stored = J::Record::in_change(change, &which)?;
            let stored = stored.filter(|record| !record.has_ended());
            let mut record = stored.ok_or(CancelError::Ended)?;
            cancel(change, &mut record);
            record.put(change, &which);
            Ok::<_, CancelError>(record)
        };
        let cancelled = lane.change_as(by, change).await;
        let cancelled = cancelled.map_err(|error: ChangeError<CancelError>| match error {
            ChangeError::Refused(error) => error,
            ChangeError::Lane(error) => error.into(),
        })?;
        if let Some(active) = self.under_way.find(lane.tenant(), &key) {
            active.stop.cancel();
        }
        Ok(cancelled)
    }
}

/// Why an attempt failed, and of which job.
struct Failed<J: Job> {
    key: J::Key,
    error: WorkError<J::Fault>,
}

impl<J: Job> Failed<J> {
    fn of(run: &Run<J>, error: WorkError<J::Fault>) -> Self {
        let key = run.key.clone();
        Self { key, error }
    }
}

impl<J: Job> Display for Failed<J> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} {:?}: {}", J::NAME, self.key, self.error)
    }
}

/// A job is at work, and is counted, until this is dropped.
struct AtWork {
    gauge: Option<&'static str>,
    _turn: Turn<TenantId>,
}

impl AtWork {
    fn of<J: Job>(turn: Turn<TenantId>) -> Self {
        if let Some(gauge) = J::AT_WORK {
            metrics::gauge!(gauge).increment(1);
        }
        Self {
            gauge: J::AT_WORK,
            _turn: turn,
        }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        if let Some(gauge) = self.gauge {
            metrics::gauge!(gauge).decrement(1);
        }
    }
}
