//! One snapshot to write, and how far it is.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

use super::record::RunState;
use super::snapshot::{Snapshot, SnapshotAlert};
use super::write::{WriteError, write_snapshot};
use crate::alert::Disclosure;
use crate::lane::Services;
use crate::plugin::formatter::{Context, FormatterPlugin};
use crate::store::key::TenantId;

/// How far a job is.
#[derive(Debug, Default)]
pub(super) struct Progress {
    begun: AtomicBool,
    rows: AtomicU64,
    read: AtomicU64,
    of: AtomicU64,
}

impl Progress {
    pub(super) fn state(&self) -> RunState {
        if !self.begun.load(Ordering::Relaxed) {
            return RunState::Queued;
        }
        RunState::Running {
            rows: self.rows.load(Ordering::Relaxed),
            read: self.read.load(Ordering::Relaxed),
            of: self.of.load(Ordering::Relaxed),
        }
    }

    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }
}

/// One snapshot to write.
pub(super) struct Job {
    pub(super) services: Arc<Services>,
    pub(super) tenant: TenantId,
    pub(super) formatter: FormatterPlugin,
    pub(super) config: String,
    pub(super) context: Context,
    /// What the file shows of what rules wrote.
    pub(super) disclosure: Disclosure,
    pub(super) position: u64,
    pub(super) progress: Arc<Progress>,
    /// Told where nobody needs the file any more.
    pub(super) stop: CancellationToken,
}

impl Job {
    /// Writes those alerts of the snapshot that `pass`, and answers how many they are. Blocks.
    pub(super) fn write(
        &self,
        pass: impl Fn(&SnapshotAlert) -> bool,
        sink: &mut impl Write,
    ) -> Result<u64, WriteError> {
        let (store, progress) = (&self.services.store, &self.progress);
        let of = Snapshot::count(store, self.tenant, self.position, || {
            self.stop.is_cancelled()
        })?;
        progress.of.store(of, Ordering::Relaxed);
        let snapshot = Snapshot::at(store, self.tenant, self.position, &self.disclosure);
        let alerts = snapshot.counting(&progress.read).filter_map(|alert| {
            if self.stop.is_cancelled() {
                return Some(Err(WriteError::Stopped));
            }
            match alert {
                Ok(alert) => pass(&alert).then_some(Ok(alert)),
                Err(error) => Some(Err(error.into())),
            }
        });
        write_snapshot(
            &self.formatter,
            &self.config,
            &self.context,
            alerts,
            &self.disclosure,
            sink,
            &progress.rows,
        )
    }
}
