//! The runs of exports: queued, one at a time for each export, to the end.

mod reading;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use domain::alert::AlertId;
use flate2::write::GzEncoder;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::delivery::{Deliveries, HandOver};
use super::filter::{passes, query_of};
use super::formatter::{LoadFormatterError, LoadedFormatter, context, load_formatter};
use super::job::{Counts, Job, Progress};
use super::kept::{Kept, Removal};
use super::left_out::LeftOut;
use super::new_run::{Cause, NewRun};
use super::record::{AlertError, RunFile, RunRecord, RunState};
use super::snapshot::SnapshotAlert;
use super::stored::{
    has_open_keys, note_open_keys, open_runs, open_runs_of_all, put_run, read, set_handled,
};
use super::write::WriteError;
use base::background;
use base::hex;
use base::shares::{ShareLimits, Shares};
use engine::alert::Disclosure;
use engine::lane::{Actor, Change, ChangeError, Lane, LaneError, Services};
use files::{BlockingFile, FileKind, FilePath, Files, Written};
use jobs::retry::until_done;
use store::key::TenantId;
use store::{Batch, Store, StoreError};
use tenant::{Authority, Compression, Export, PermissionSet, SensitiveOutput};

/// How many files are written at the same time. How many runs may wait is limited for each export.
const LIMITS: ShareLimits = ShareLimits {
    at_once: 4,
    at_once_per_tenant: 2,
    waiting_per_tenant: usize::MAX,
};

/// Runs of one export that may wait or be written at the same time.
const MAX_WAITING: usize = 10;

/// Why a run is not started.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StartRunError {
    #[error("there is no export '{0}'")]
    NoSuchExport(String),
    #[error(transparent)]
    Formatter(#[from] LoadFormatterError),
    #[error(
        "{MAX_WAITING} runs of export '{0}' wait already; start another when one of them is over"
    )]
    ManyWaiting(String),
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Held by the run of an export that is being written.
type InOrder = Arc<tokio::sync::Mutex<()>>;

/// A run that waits or is being written.
struct Active {
    tenant: TenantId,
    export: String,
    is_scheduled: bool,
    progress: Arc<Progress>,
}

/// The runs of all exports.
pub struct Runs {
    pub(super) files: Files,
    deliveries: Deliveries,
    turns: Shares<TenantId>,
    active: Mutex<HashMap<Uuid, Active>>,
    /// One run of an export at a time.
    exports: Mutex<HashMap<(TenantId, String), InOrder>>,
    pub(super) kept: Kept,
    /// Told when there may be something to do for the scheduler.
    pub(super) changed: Notify,
    tasks: Mutex<JoinSet<()>>,
    pub(super) stop: CancellationToken,
}

impl Runs {
    /// Reads which files there are. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn open(
        files: Files,
        deliveries: Deliveries,
        store: &Store,
        tenants: impl Iterator<Item = TenantId>,
    ) -> Result<Self, StoreError> {
        let kept = Kept::default();
        let has_open_keys = has_open_keys(store)?;
        let mut missing = Batch::new();
        for tenant in tenants {
            let open = match has_open_keys {
                true => open_runs(store, tenant)?,
                false => open_runs_of_all(store, tenant, &mut missing)?,
            };
            for run in open {
                if run.state.file().is_some() {
                    kept.put(tenant, &run.export, run.id, run.snapshot_at);
                }
            }
        }
        if !has_open_keys {
            note_open_keys(&mut missing);
            put_missing(store.clone(), missing);
        }
        Ok(Self {
            files,
            deliveries,
            turns: Shares::new(LIMITS),
            active: Mutex::default(),
            exports: Mutex::default(),
            kept,
            changed: Notify::new(),
            tasks: Mutex::default(),
            stop: CancellationToken::new(),
        })
    }

    /// Begins a run: its snapshot is of this moment, whenever it is written.
    ///
    /// # Errors
    /// Where there is no such export, its formatter cannot be loaded, too many wait, or the lane fails.
    pub async fn start(
        self: &Arc<Self>,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        export: &str,
        (actor, by, needs): (Actor, Authority, PermissionSet),
    ) -> Result<RunRecord, StartRunError> {
        let export = find(lane, export)?;
        if self.waiting(tenant, &export.name).0 >= MAX_WAITING {
            return Err(StartRunError::ManyWaiting(export.name.clone()));
        }
        let formatter = load_formatter(services, lane, tenant, &export.formatter).await?;
        let new = NewRun::of(&export, Ok(&formatter));
        let queue = move |change: &mut Change<'_>| {
            let record = new.queue(change, Cause::Asked(actor.clone(), needs));
            let subject = format!("{}/{}", record.export, record.id);
            change.audit(&actor, "export.run", subject);
            Ok::<_, std::convert::Infallible>(record)
        };
        let record = changed(lane.change_as(by, queue).await)?;
        self.spawn(services, lane, tenant, formatter, record.clone());
        Ok(record)
    }

    /// Begins the run of a moment of the schedule; no other run for the same moment, and none while
    /// another such run waits. Where the formatter cannot be loaded, the run has failed.
    ///
    /// # Errors
    /// Where there is no such export, or the lane fails; the moment is then still to be handled.
    pub(super) async fn start_scheduled(
        self: &Arc<Self>,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        export: &str,
        moment: i64,
    ) -> Result<(), StartRunError> {
        let export = find(lane, export)?;
        let formatter = load_formatter(services, lane, tenant, &export.formatter).await;
        let new = NewRun::of(&export, formatter.as_ref());
        let one_waits = self.waiting(tenant, &export.name).1;
        let (name, version) = (export.name.clone(), export.version);
        let queue = move |change: &mut Change<'_>| {
            let current = change.definitions().exports.get(&name);
            if current.is_none_or(|current| current.version != version) {
                return Ok(None);
            }
            set_handled(change, &name, moment);
            if one_waits {
                change.audit(&Actor::Host, "export.run_skipped", &*name);
                return Ok(None);
            }
            let record = new.queue(change, Cause::Schedule(moment));
            let subject = format!("{}/{}", record.export, record.id);
            change.audit(&Actor::Host, "export.run", subject);
            Ok::<_, std::convert::Infallible>(Some(record))
        };
        let record = changed(lane.change(queue).await)?;
        if let (Some(record), Ok(formatter)) = (record, formatter) {
            self.spawn(services, lane, tenant, formatter, record);
        }
        Ok(())
    }

    /// Takes up the runs that are queued and not at work: a stop of the host cut them off, or the commit that asked for
    /// them failed and is kept all the same. Each still has its own snapshot and its own formatter.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn resume(
        self: &Arc<Self>,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
    ) -> Result<(), StoreError> {
        // In this order: a run that ends meanwhile is kept before it is no longer active.
        let active = self.active();
        let store = services.store.clone();
        let open = tokio::task::spawn_blocking(move || open_runs(&store, tenant)).await;
        let open = open.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        let queued = open
            .into_iter()
            .filter(|run| run.state == RunState::Queued && !active.contains(&run.id));
        for record in queued {
            match load_formatter(services, lane, tenant, &record.formatter).await {
                Ok(formatter) => self.spawn(services, lane, tenant, formatter, record),
                Err(error) => {
                    let reason = error.to_string();
                    let failed = RunState::Failed { reason };
                    self.finish(lane, tenant, record, failed).await;
                }
            }
        }
        Ok(())
    }

    /// Looks again what is to be done: after a change of an export or of a tenant.
    pub fn wake(&self) {
        self.changed.notify_one();
    }

    /// Gives up what is being written, and waits until nothing is. What was given up is made again
    /// from the same snapshot when the host is up again.
    pub async fn stop(&self) {
        self.stop.cancel();
        let mut tasks = std::mem::take(&mut *self.tasks.lock());
        while tasks.join_next().await.is_some() {}
    }

    /// How many runs of an export wait or are being written, and whether one of those that wait is the schedule's.
    fn waiting(&self, tenant: TenantId, export: &str) -> (usize, bool) {
        let active = self.active.lock();
        let of_export = active
            .values()
            .filter(|run| run.tenant == tenant && run.export == export);
        of_export.fold((0, false), |(count, one_waits), run| {
            let waits = run.is_scheduled && run.progress.state() == RunState::Queued;
            (count + 1, one_waits || waits)
        })
    }

    fn spawn(
        self: &Arc<Self>,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        formatter: LoadedFormatter,
        record: RunRecord,
    ) {
        let progress = Arc::<Progress>::default();
        let active = Active {
            tenant,
            export: record.export.clone(),
            is_scheduled: record.scheduled_for.is_some(),
            progress: progress.clone(),
        };
        match self.active.lock().entry(record.id) {
            // Whoever looked for queued runs was faster than whoever asked for this one.
            Entry::Occupied(_) => return,
            Entry::Vacant(place) => drop(place.insert(active)),
        }
        let job = Job {
            services: services.clone(),
            lane: lane.clone(),
            tenant,
            formatter: formatter.plugin,
            config: record.formatter.config.to_string(),
            context: context(lane, record.snapshot_at),
            disclosure: Disclosure::new(
                SensitiveOutput::viewer(record.sensitive),
                lane.definitions(),
            ),
            position: record.position,
            progress,
            stop: self.stop.clone(),
        };
        let (runs, lane) = (self.clone(), lane.clone());
        let mut tasks = self.tasks.lock();
        // Those that are over are forgotten.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            let _over = Over(&runs, record.id);
            runs.make(&lane, job, record).await;
        });
    }

    /// Writes the file of a run, when its turn comes.
    async fn make(&self, lane: &Arc<Lane>, job: Job, record: RunRecord) {
        let tenant = job.tenant;
        let in_order = {
            let mut exports = self.exports.lock();
            let key = (tenant, record.export.clone());
            exports.entry(key).or_default().clone()
        };
        let turn = async {
            let in_order = in_order.lock().await;
            (in_order, self.turns.turn(tenant).await)
        };
        let _turn = tokio::select! {
            biased;
            // It is made when the host is up again.
            () = self.stop.cancelled() => return,
            turn = turn => turn,
        };
        job.progress.begin();
        let path = Self::path(tenant, record.id);
        if let Err(revoked) = lane.check(&record.authority()) {
            let reason = revoked.to_string();
            let failed = RunState::Failed { reason };
            self.finish(lane, tenant, record, failed).await;
            return self.wake();
        }
        let job = Arc::new(job);
        let (store, what) = (self.deliveries.store(), "the file of a run cannot be made");
        let making = || async {
            lane.load().await?;
            match self.write_file(&job, &path, &record).await {
                Err(error) if error.is_transient() => Err(error),
                made => Ok(made),
            }
        };
        let state = match until_done(store, &self.stop, what, making).await {
            Some(Ok((file, errors))) => RunState::ready(file, errors),
            // It is made again.
            None | Some(Err(WriteError::Stopped)) => return,
            Some(Err(error)) => RunState::Failed {
                reason: error.to_string(),
            },
        };
        match self.finish(lane, tenant, record, state).await {
            Some(record) if record.state.file().is_some() => {
                self.kept
                    .put(tenant, &record.export, record.id, record.snapshot_at);
            }
            Some(_) => self.remove_file(&path).await,
            None => {}
        }
        self.wake();
    }

    /// Writes the file of a run, without the alerts that the formatter cannot write.
    async fn write_file(
        &self,
        job: &Arc<Job>,
        path: &FilePath,
        record: &RunRecord,
    ) -> Result<(RunFile, Vec<AlertError>), WriteError> {
        let mut left_out = LeftOut::default();
        loop {
            match self.write_all_but(job, path, record, left_out.ids()).await {
                Ok((Counts { rows, lines }, written)) => {
                    let file = RunFile {
                        rows,
                        lines,
                        bytes: written.bytes,
                        sha256: hex::encode(&written.sha256),
                    };
                    let left_out = left_out.of_file(rows)?.into_iter();
                    let errors = left_out.map(|(alert, reason)| AlertError {
                        alert: alert.to_string(),
                        reason: reason.to_string(),
                    });
                    return Ok((file, errors.collect()));
                }
                Err(WriteError::Alerts(unwritable)) => left_out.add(unwritable)?,
                Err(error) => return Err(error),
            }
        }
    }

    async fn write_all_but(
        &self,
        job: &Arc<Job>,
        path: &FilePath,
        record: &RunRecord,
        left_out: HashSet<AlertId>,
    ) -> Result<(Counts, Written), WriteError> {
        let job = job.clone();
        let file = self.files.create(path).await?.into_blocking();
        let (query, compression) = (query_of(&record.filter), record.compression);
        let write = move || {
            write_file(&job, file, compression, |alert: &SnapshotAlert| {
                !left_out.contains(&alert.alert.id) && passes(&query, &alert.alert, &alert.content)
            })
        };
        background::run("export", write).await?
    }

    /// Notes how a run ended, and returns its record as it is now; none if the host stops before the store can
    /// keep it.
    async fn finish(
        &self,
        lane: &Arc<Lane>,
        tenant: TenantId,
        record: RunRecord,
        state: RunState,
    ) -> Option<RunRecord> {
        let (store, what) = (self.deliveries.store(), "the end of a run cannot be kept");
        let deliveries = &self.deliveries;
        let finishing = || finish(deliveries, lane, tenant, record.clone(), state.clone());
        until_done(store, &self.stop, what, finishing).await
    }

    /// Runs that are queued or written.
    pub(super) fn active(&self) -> Vec<Uuid> {
        self.active.lock().keys().copied().collect()
    }

    /// Where the file of a run is, once the run is ready.
    pub fn path(tenant: TenantId, run: Uuid) -> FilePath {
        FilePath {
            tenant,
            kind: FileKind::Run,
            id: run,
        }
    }
}

/// Says that a run is no longer active, however it ended.
struct Over<'r>(&'r Runs, Uuid);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.active.lock().remove(&self.1);
    }
}

/// Writes a whole file, compressed or not. Blocks.
fn write_file(
    job: &Job,
    file: BlockingFile,
    compression: Compression,
    pass: impl Fn(&SnapshotAlert) -> bool,
) -> Result<(Counts, Written), WriteError> {
    /// Bytes that are handed on at once.
    const PIECE: usize = 64 << 10;
    let mut out = BufWriter::with_capacity(PIECE, file);
    let counts = match compression {
        Compression::None => job.write(pass, &mut out)?,
        Compression::Gzip => {
            // Its head tells no time, so that the same file is the same bytes.
            let mut gzip = GzEncoder::new(&mut out, flate2::Compression::default());
            let counts = job.write(pass, &mut gzip)?;
            gzip.finish()?;
            counts
        }
    };
    out.flush()?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok((counts, file.finish()?))
}

/// Notes how a run ended, and returns its record as it is then.
///
/// # Errors
/// Where the store cannot be read, or the lane fails; the end may be kept or not.
async fn finish(
    deliveries: &Deliveries,
    lane: &Arc<Lane>,
    tenant: TenantId,
    mut record: RunRecord,
    state: RunState,
) -> Result<RunRecord, FinishError> {
    let hand_over = HandOver::begin(deliveries, tenant, &record).await?;
    // An attempt before this one may have been kept, though the store said otherwise.
    let kept = read(deliveries.store(), tenant, &record.export, record.id)?;
    if let Some(kept) = kept.filter(|kept| kept.state != RunState::Queued) {
        hand_over.done(lane);
        return Ok(kept);
    }
    let put = move |change: &mut Change<'_>| {
        record.state = state;
        if change.definitions().exports.get(&record.export).is_none() {
            let reason = Removal::Deleted.reason();
            record.state = RunState::Failed { reason };
        }
        if let Err(revoked) = record.authority().check(change.definitions(), change.at()) {
            let reason = revoked.to_string();
            record.state = RunState::Failed { reason };
        }
        record.finished_at = Some(change.at().as_micros());
        let subject = format!("{}/{}", record.export, record.id);
        change.audit(&Actor::Host, "export.run_finished", subject);
        put_run(change, &record);
        if record.was_ready() {
            hand_over.put(change, &record);
        }
        // Nobody else changes the deliveries until this is durable.
        Ok::<_, std::convert::Infallible>((record, hand_over))
    };
    let (record, hand_over) = changed(lane.change(put).await)?;
    hand_over.done(lane);
    Ok(record)
}

/// Why the end of a run is not noted.
#[derive(Debug, thiserror::Error)]
enum FinishError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Writes the keys of open runs into a store of an earlier release, beside all else.
fn put_missing(store: Store, missing: Batch) {
    tokio::spawn(async move {
        if let Err(error) = store.commit_wait(missing).await {
            tracing::warn!(%error, "the next start reads all runs of exports again");
        }
    });
}

fn find(lane: &Lane, export: &str) -> Result<Arc<Export>, StartRunError> {
    let definitions = lane.definitions();
    let found = definitions.exports.get(export).cloned();
    found.ok_or_else(|| StartRunError::NoSuchExport(export.to_owned()))
}

/// The answer to a change that refuses nothing.
pub(super) fn changed<T>(
    result: Result<T, ChangeError<std::convert::Infallible>>,
) -> Result<T, LaneError> {
    result.map_err(|error| match error {
        ChangeError::Lane(error) => error,
        ChangeError::Refused(never) => match never {},
    })
}
