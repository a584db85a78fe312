//! The job that makes the file of one run.

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use domain::alert::AlertId;
use flate2::write::GzEncoder;
use tokio::sync::Notify;
use uuid::Uuid;

use super::delivery::{Deliveries, HandOver};
use super::filter::{passes, query_of};
use super::formatter::{LoadFormatterError, context, load_formatter};
use super::kept::{Kept, Removal};
use super::left_out::LeftOut;
use super::record::{AlertError, RunFile, RunRecord, RunState};
use super::runs::changed;
use super::snapshot::SnapshotAlert;
use super::stored::{has_open_keys, note_open_keys, open_runs, open_runs_of_all, put_run, read};
use super::write::WriteError;
use super::writing::{Counts, Progress, Writing};
use base::background::BackgroundError;
use base::hex;
use engine::alert::Disclosure;
use engine::lane::{Actor, Change, Lane, LaneError, Services};
use files::{BlockingFile, FileKind, FilePath, Files, Written};
use jobs::{Job, Run, TurnFor, Turns, Unfinished, WorkError};
use store::key::TenantId;
use store::{Batch, Store, StoreError};
use tenant::{Compression, SensitiveOutput};

/// Runs of exports. One that was cut off is made again from its own snapshot by its own formatter.
pub struct ExportRunJob {
    pub(super) files: Files,
    deliveries: Deliveries,
    pub(super) kept: Kept,
    /// Told when there may be something to do for the scheduler.
    pub(super) changed: Notify,
}

/// A run of an export.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunKey {
    /// The export's name.
    pub export: String,
    /// The run's id.
    pub run: Uuid,
}

/// How far a run is.
pub struct RunProgress {
    pub(super) is_scheduled: bool,
    pub(super) writing: Arc<Progress>,
}

/// Why a run has no file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ExportRunFault {
    #[error(transparent)]
    Formatter(#[from] LoadFormatterError),
    #[error(transparent)]
    Write(WriteError),
}

impl From<WriteError> for WorkError<ExportRunFault> {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Stopped => Self::Stopped,
            error => Self::Fault(ExportRunFault::Write(error)),
        }
    }
}

impl ExportRunJob {
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
            kept,
            changed: Notify::new(),
        })
    }

    /// Where the file of a run is, once the run is ready.
    pub(super) fn path(tenant: TenantId, run: Uuid) -> FilePath {
        FilePath {
            tenant,
            kind: FileKind::Run,
            id: run,
        }
    }

    pub(super) async fn remove_file(&self, path: &FilePath) {
        if let Err(error) = self.files.delete(path).await {
            tracing::warn!(%path, %error, "the file of a run is not removed; it will be at the next start");
        }
    }

    /// Writes the file of a run, without the alerts that the formatter cannot write.
    async fn write_file(
        &self,
        run: &Run<Self>,
        writing: &Arc<Writing>,
        record: &RunRecord,
    ) -> Result<RunState, WriteError> {
        let mut left_out = LeftOut::default();
        loop {
            match self
                .write_all_but(run, writing, record, left_out.ids())
                .await
            {
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
                    return Ok(RunState::ready(file, errors.collect()));
                }
                Err(WriteError::Alerts(unwritable)) => left_out.add(unwritable)?,
                Err(error) => return Err(error),
            }
        }
    }

    async fn write_all_but(
        &self,
        run: &Run<Self>,
        writing: &Arc<Writing>,
        record: &RunRecord,
        left_out: HashSet<AlertId>,
    ) -> Result<(Counts, Written), WriteError> {
        let writing = writing.clone();
        let path = Self::path(run.tenant(), record.id);
        let file = self.files.create(&path).await?.into_blocking();
        let (query, compression) = (query_of(&record.filter), record.compression);
        let write = move |_: &_| {
            write_file(&writing, file, compression, |alert: &SnapshotAlert| {
                !left_out.contains(&alert.alert.id) && passes(&query, &alert.alert, &alert.content)
            })
        };
        run.background("export", write).await?
    }
}

impl Job for ExportRunJob {
    type Key = RunKey;
    type Record = RunRecord;
    type Progress = RunProgress;
    /// The run as it is with its file.
    type Output = RunState;
    type Fault = ExportRunFault;

    const NAME: &'static str = "run of an export";
    const TURNS: Turns = Turns {
        at_once: 4,
        at_once_per_tenant: 2,
        turn_for: TurnFor::Job,
    };

    fn unfinished(&self, services: &Services, lane: &Lane) -> Result<Unfinished<Self>, StoreError> {
        let open = open_runs(&services.store, lane.tenant())?.into_iter();
        let queued = open.filter(|run| run.state == RunState::Queued);
        Ok(queued.map(|run| (run.key(), run)).collect())
    }

    fn read(
        &self,
        services: &Services,
        lane: &Lane,
        key: &RunKey,
    ) -> Result<Option<RunRecord>, StoreError> {
        let run = read(&services.store, lane.tenant(), &key.export, key.run)?;
        Ok(run.filter(|run| run.state == RunState::Queued))
    }

    fn progress(&self, record: &RunRecord) -> RunProgress {
        RunProgress {
            is_scheduled: record.scheduled_for.is_some(),
            writing: Arc::default(),
        }
    }

    fn line(key: &RunKey) -> Option<&str> {
        Some(&key.export)
    }

    fn is_transient(fault: &ExportRunFault) -> bool {
        match fault {
            ExportRunFault::Formatter(_) => false,
            ExportRunFault::Write(error) => error.is_transient(),
        }
    }

    async fn work(
        &self,
        run: &Arc<Run<Self>>,
        record: RunRecord,
    ) -> Result<RunState, WorkError<ExportRunFault>> {
        run.lane
            .check(&record.authority())
            .map_err(LaneError::from)?;
        let formatter = load_formatter(run.services(), &run.lane, run.tenant(), &record.formatter);
        let formatter = formatter.await;
        let formatter = formatter.map_err(|error| WorkError::Fault(error.into()))?;
        // Its alerts are counted.
        run.lane.load().await?;
        run.progress.writing.begin();
        let writing = Writing {
            services: run.services().clone(),
            lane: run.lane.clone(),
            tenant: run.tenant(),
            formatter: formatter.plugin,
            config: record.formatter.config.to_string(),
            context: context(&run.lane, record.snapshot_at),
            disclosure: Disclosure::new(
                SensitiveOutput::viewer(record.sensitive),
                run.lane.definitions(),
            ),
            position: record.position,
            progress: run.progress.writing.clone(),
            stop: run.stop().clone(),
        };
        Ok(self.write_file(run, &Arc::new(writing), &record).await?)
    }

    async fn end(
        &self,
        run: &Arc<Run<Self>>,
        end: Result<RunState, String>,
    ) -> Result<(), WorkError<ExportRunFault>> {
        let (tenant, key) = (run.tenant(), &run.key);
        let stored = read_off_runtime(run.services(), tenant, key).await?;
        // An attempt before this one may have been kept, though the store said otherwise.
        let stored = stored.filter(|stored| stored.state == RunState::Queued);
        let mut record = stored.ok_or(WorkError::Stopped)?;
        let hand_over = HandOver::begin(&self.deliveries, tenant, &record).await?;
        let put = move |change: &mut Change<'_>| {
            record.state = match end {
                Ok(ready) => ready,
                Err(reason) => RunState::Failed { reason },
            };
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
            Ok::<_, std::convert::Infallible>(hand_over)
        };
        let hand_over = changed(run.lane.change(put).await)?;
        hand_over.done(&run.lane);
        Ok(())
    }

    /// Notes that there is a file, or removes what there is of it.
    async fn clean_up(&self, run: &Arc<Run<Self>>) -> Result<(), WorkError<ExportRunFault>> {
        let (tenant, key) = (run.tenant(), &run.key);
        let ended = read_off_runtime(run.services(), tenant, key).await?;
        match ended.filter(|ended| ended.state.file().is_some()) {
            Some(ended) => {
                self.kept
                    .put(tenant, &key.export, key.run, ended.snapshot_at);
            }
            None => self.remove_file(&Self::path(tenant, key.run)).await,
        }
        self.changed.notify_one();
        Ok(())
    }
}

async fn read_off_runtime(
    services: &Services,
    tenant: TenantId,
    key: &RunKey,
) -> Result<Option<RunRecord>, WorkError<ExportRunFault>> {
    let (store, key) = (services.store.clone(), key.clone());
    let reading = move || read(&store, tenant, &key.export, key.run);
    let run = tokio::task::spawn_blocking(reading).await;
    Ok(run.map_err(|_| BackgroundError::Panicked)??)
}

/// Writes a whole file, compressed or not. Blocks.
fn write_file(
    writing: &Writing,
    file: BlockingFile,
    compression: Compression,
    pass: impl Fn(&SnapshotAlert) -> bool,
) -> Result<(Counts, Written), WriteError> {
    /// Bytes that are handed on at once.
    const PIECE: usize = 64 << 10;
    let mut out = BufWriter::with_capacity(PIECE, file);
    let counts = match compression {
        Compression::None => writing.write(pass, &mut out)?,
        Compression::Gzip => {
            // Its head tells no time, so that the same file is the same bytes.
            let mut gzip = GzEncoder::new(&mut out, flate2::Compression::default());
            let counts = writing.write(pass, &mut gzip)?;
            gzip.finish()?;
            counts
        }
    };
    out.flush()?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok((counts, file.finish()?))
}

/// Writes the keys of open runs into a store of an earlier release, beside all else.
fn put_missing(store: Store, missing: Batch) {
    tokio::spawn(async move {
        if let Err(error) = store.commit_wait(missing).await {
            tracing::warn!(%error, "the next start reads all runs of exports again");
        }
    });
}
