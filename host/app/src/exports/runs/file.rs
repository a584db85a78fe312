//! The files of runs.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use uuid::Uuid;

use super::super::{NoSuchExport, find};
use super::{NoSuchRun, ReadRunError, find_run};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use base::hex;
use domain::time::Timestamp;
use export::{RunRecord, RunState, Runs};
use files::FileError;
use tenant::{Compression, Permission, SensitiveOutput};

/// The file of a run, which can be [opened](open).
#[derive(Clone, Debug)]
pub struct FileView {
    /// What it is called where it is taken.
    pub name: String,
    /// The media type of the file as it is kept.
    pub media_type: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// The moment whose alerts it holds.
    pub snapshot_at: Timestamp,
    /// How it is kept.
    pub compression: Compression,
    run: Uuid,
    export: String,
}

/// A file that was removed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no file of run {run} any more: {reason}; /v1/exports/{export}/latest has the newest"
)]
pub struct RemovedFile {
    /// The run's id.
    pub run: Uuid,
    /// The export's name.
    pub export: String,
    /// Why it was removed.
    pub reason: String,
}

/// Why the file of a run cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchFileError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such run.
    #[error(transparent)]
    NoSuchRun(#[from] NoSuchRun),
    /// There is no such export.
    #[error(transparent)]
    NoSuchExport(#[from] NoSuchExport),
    /// No run of the export is ready.
    #[error("there is no run of export '{0}' that is ready")]
    NoneReady(String),
    /// The run failed.
    #[error("the run has no file, because it failed: {0}")]
    Failed(String),
    /// The run is not over.
    #[error("the run has no file yet; ask again when its state is 'ready' or 'ready_with_errors'")]
    NotReady,
    /// The file was removed.
    #[error(transparent)]
    Removed(#[from] RemovedFile),
    /// The stored digest of the file is damaged; it is in the log.
    #[error("the record of the file is damaged")]
    Damaged,
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why the bytes of a file cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OpenFileError {
    /// The file was removed.
    #[error(transparent)]
    Removed(#[from] RemovedFile),
    /// Its bytes cannot be read; the cause is in the log.
    #[error("the file cannot be read now")]
    Files,
}

impl From<ReadRunError> for FetchFileError {
    fn from(error: ReadRunError) -> Self {
        match error {
            ReadRunError::Forbidden(error) => error.into(),
            ReadRunError::NoSuchRun(error) => error.into(),
            ReadRunError::Read(error) => error.into(),
        }
    }
}

/// Finds the file of a run. Files that show what rules computed from masked fields need the permission
/// `transaction:sensitive`.
///
/// # Errors
/// Where the caller may not, there is no such run, or it has no file.
pub async fn find_file(
    app: &Arc<App>,
    caller: &Caller,
    export: &str,
    run: Uuid,
) -> Result<FileView, FetchFileError> {
    let run = find_run(app, caller, export, run).await?;
    file_of(caller, &run)
}

/// Finds the file of the newest run of an export that is ready.
///
/// # Errors
/// Where the caller may not, there is no such export, or none of its runs is ready.
pub async fn find_latest(
    app: &Arc<App>,
    caller: &Caller,
    export: &str,
) -> Result<FileView, FetchFileError> {
    caller.require(Permission::ExportRead)?;
    find(&caller.definitions(), export)?;
    let (tenant, name) = (caller.tenant, export.to_owned());
    let latest = on_disk(app, move |app| {
        app.runs.latest(&app.services, tenant, &name)
    });
    let latest = latest.await?;
    let latest = latest.ok_or_else(|| FetchFileError::NoneReady(export.to_owned()))?;
    file_of(caller, &latest)
}

/// What a caller must be permitted, besides reading exports, to fetch the file of a run.
pub fn needs(run: &RunRecord) -> Option<Permission> {
    match run.sensitive {
        Some(SensitiveOutput::Show) => Some(Permission::TransactionSensitive),
        Some(SensitiveOutput::Mask) | None => None,
    }
}

fn file_of(caller: &Caller, run: &RunRecord) -> Result<FileView, FetchFileError> {
    if let Some(needs) = needs(run) {
        caller.require(needs)?;
    }
    let (bytes, sha256) = match &run.state {
        RunState::Ready { bytes, sha256, .. } | RunState::ReadyWithErrors { bytes, sha256, .. } => {
            (*bytes, sha256)
        }
        RunState::Failed { reason } => return Err(FetchFileError::Failed(reason.clone())),
        RunState::Expired { reason, .. } => {
            return Err(RemovedFile {
                run: run.id,
                export: run.export.clone(),
                reason: reason.clone(),
            }
            .into());
        }
        RunState::Queued | RunState::Running { .. } => return Err(FetchFileError::NotReady),
    };
    let sha256 = hex::decode(sha256).ok_or_else(|| {
        tracing::error!(sha256, "the digest of a file is damaged");
        FetchFileError::Damaged
    })?;
    Ok(FileView {
        name: run.file_name(),
        media_type: run.kept_as().to_owned(),
        bytes,
        sha256,
        snapshot_at: Timestamp::from_micros(run.snapshot_at),
        compression: run.compression,
        run: run.id,
        export: run.export.clone(),
    })
}

/// Opens these bytes of a file that was found for the caller.
///
/// # Errors
/// Where it was removed since, or its bytes cannot be read.
pub async fn open(
    app: &App,
    caller: &Caller,
    file: &FileView,
    range: Range<u64>,
) -> Result<BoxStream<'static, io::Result<Bytes>>, OpenFileError> {
    let path = Runs::path(caller.tenant, file.run);
    let bytes = app.files.open_range(&path, range).await;
    bytes.map_err(|error| match error {
        FileError::Missing { .. } => OpenFileError::Removed(RemovedFile {
            run: file.run,
            export: file.export.clone(),
            reason: "it was removed just now".to_owned(),
        }),
        error => {
            tracing::error!(%path, %error, "the file of a run cannot be opened");
            OpenFileError::Files
        }
    })
}
