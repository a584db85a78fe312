//! One snapshot to write, and how far it is.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

use super::load::{FileForm, LineCounter};
use super::record::RunState;
use super::snapshot::{Snapshot, SnapshotAlert};
use super::write::{WriteError, write_snapshot};
use engine::alert::Disclosure;
use engine::lane::{Lane, Services};
use json::JsonValue;
use runtime::formatter::{Context, FormatterPlugin};
use store::key::TenantId;

/// How far the file of a snapshot is.
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

    /// Nothing is written yet, or any more.
    fn restart(&self) {
        self.rows.store(0, Ordering::Relaxed);
        self.read.store(0, Ordering::Relaxed);
        self.of.store(0, Ordering::Relaxed);
    }

    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }
}

/// One snapshot to write.
pub(super) struct Writing {
    pub(super) services: Arc<Services>,
    /// Loaded, so that its alerts can be counted.
    pub(super) lane: Arc<Lane>,
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

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// Alerts.
    pub(super) rows: u64,
    /// Lines that a load counts; none if the file is neither CSV nor NDJSON.
    pub(super) lines: Option<u64>,
}

impl Writing {
    /// Writes those alerts of the snapshot that `pass`, and returns what the file holds. Blocks.
    ///
    /// # Errors
    /// Where the formatter fails, the alerts cannot be read, or the sink not written. Of alerts that the formatter cannot
    /// write, all that there are: the file can be made again without them.
    pub(super) fn write(
        &self,
        pass: impl Fn(&SnapshotAlert) -> bool,
        sink: &mut impl Write,
    ) -> Result<Counts, WriteError> {
        let (store, progress) = (&self.services.store, &self.progress);
        progress.restart();
        // Those that were made since the snapshot are among them; counting exactly would be reading all twice.
        progress
            .of
            .store(self.lane.alert_count(), Ordering::Relaxed);
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
        let config = JsonValue::read_stored(&self.config).expect("a configuration is JSON");
        let form = FileForm::of(&self.formatter, &config).ok();
        let mut counted = Counted {
            sink,
            lines: form.as_ref().map(LineCounter::new),
        };
        let rows = write_snapshot(
            &self.formatter,
            &self.config,
            &self.context,
            alerts,
            &self.disclosure,
            &mut counted,
            &progress.rows,
        )?;
        let lines = counted.lines.map(|lines| lines.end());
        Ok(Counts { rows, lines })
    }
}

/// A sink whose lines are counted.
struct Counted<'s, W> {
    sink: &'s mut W,
    lines: Option<LineCounter>,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes)?;
        if let Some(lines) = &mut self.lines {
            lines.next(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
