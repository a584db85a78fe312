//! One file, made at once on request: what the Export button gives.
//!
//! It is written to a file without name before its first byte is sent, so that nobody sees half of it.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::alert::{AlertId, Viewer};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::formatter::{LoadFormatterError, context, load_formatter};

use super::left_out::LeftOut;
use super::snapshot::SnapshotAlert;
use super::write::WriteError;
use super::writing::{Counts, Progress, Writing};
use base::shares::{ShareLimits, Shares, TooManyWaiting};
use engine::alert::Disclosure;
use engine::lane::{Lane, LaneError, Services};
use store::key::TenantId;
use tenant::FormatterChoice;

/// How many files are written at the same time, and may wait.
const LIMITS: ShareLimits = ShareLimits {
    at_once: 4,
    at_once_per_tenant: 2,
    waiting_per_tenant: 16,
};

/// Writes files for whoever asks.
pub struct Button {
    directory: PathBuf,
    turns: Shares<TenantId>,
}

/// A whole file.
pub struct ButtonFile {
    /// From its first byte on.
    pub file: File,
    /// Its length.
    pub bytes: u64,
    /// Alerts.
    pub rows: u64,
    /// Alerts that should be in it and that the formatter cannot write.
    pub left_out: Vec<AlertId>,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Of the file.
    pub media_type: String,
    /// Of the file, without the dot.
    pub file_extension: String,
    /// The moment whose alerts it holds, in microseconds since the epoch.
    pub snapshot_at: i64,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ButtonError {
    #[error("{} files of this tenant wait to be written; ask again when one of them is done", .0.0)]
    ManyWaiting(TooManyWaiting),
    #[error(transparent)]
    Formatter(#[from] LoadFormatterError),
    #[error(transparent)]
    Lane(#[from] LaneError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Button {
    /// Files without names are made in the directory.
    pub fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            turns: Shares::new(LIMITS),
        }
    }

    /// Writes those alerts that `pass`, as they are now and as the viewer sees them, but for those that the formatter
    /// cannot write. Who does not wait for it ends it.
    ///
    /// # Errors
    /// Where too many wait, there is no such formatter, or it fails as a whole.
    pub async fn write(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        choice: &FormatterChoice,
        viewer: Viewer,
        pass: impl Fn(&SnapshotAlert) -> bool + Send + 'static,
    ) -> Result<ButtonFile, ButtonError> {
        let turn = self.turns.turn(tenant).await;
        let turn = turn.map_err(ButtonError::ManyWaiting)?;
        let formatter = load_formatter(services, lane, tenant, choice).await?;
        if lane.position() == 0 {
            // It was not loaded yet.
            lane.load().await?;
        }
        let position = lane.position();
        let snapshot_at = services.clock.now().as_micros();
        let manifest = formatter.plugin.manifest();
        let (media_type, file_extension) =
            (manifest.media_type.clone(), manifest.file_extension.clone());
        let stop = CancellationToken::new();
        let _ended = stop.clone().drop_guard();
        let writing = Writing {
            services: services.clone(),
            lane: lane.clone(),
            tenant,
            formatter: formatter.plugin,
            config: choice.config.to_string(),
            context: context(lane, snapshot_at),
            disclosure: Disclosure::new(viewer, lane.definitions()),
            position,
            progress: Arc::<Progress>::default(),
            stop,
        };
        let directory = self.directory.clone();
        let write = tokio::task::spawn_blocking(move || {
            // It is over when the file is written, even if nobody waits for it any more.
            let _turn = turn;
            write_without_unwritable(&writing, &directory, pass)
        });
        let written: Result<_, WriteError> = write.await.unwrap_or_else(|_| {
            let failed = "the host failed while it wrote the file";
            Err(std::io::Error::other(failed).into())
        });
        let Whole {
            file,
            rows,
            bytes,
            sha256,
            left_out,
        } = written?;
        Ok(ButtonFile {
            file,
            bytes,
            rows,
            left_out,
            sha256,
            media_type,
            file_extension,
            snapshot_at,
        })
    }
}

/// A file, and what it is.
struct Whole {
    file: File,
    rows: u64,
    bytes: u64,
    sha256: [u8; 32],
    left_out: Vec<AlertId>,
}

/// Writes a file without the alerts that the formatter cannot write. Blocks.
fn write_without_unwritable(
    writing: &Writing,
    directory: &Path,
    pass: impl Fn(&SnapshotAlert) -> bool,
) -> Result<Whole, WriteError> {
    let mut left_out = LeftOut::default();
    let (rows, out) = loop {
        let mut out = Hashed {
            file: BufWriter::new(tempfile::tempfile_in(directory)?),
            hash: Sha256::new(),
            bytes: 0,
        };
        let ids = left_out.ids();
        let passes = |alert: &SnapshotAlert| !ids.contains(&alert.alert.id) && pass(alert);
        match writing.write(passes, &mut out) {
            Ok(Counts { rows, .. }) => break (rows, out),
            Err(WriteError::Alerts(unwritable)) => left_out.add(unwritable)?,
            Err(error) => return Err(error),
        }
    };
    let left_out = left_out.of_file(rows)?.into_iter();
    let Hashed { file, hash, bytes } = out;
    let mut file = file
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(Whole {
        file,
        rows,
        bytes,
        sha256: hash.finalize().into(),
        left_out: left_out.map(|(alert, _)| alert).collect(),
    })
}

struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
