//! A snapshot through a formatter, piece by piece.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::alert::AlertId;

use super::columns;
use super::snapshot::SnapshotAlert;
use base::background::{BackgroundError, Breather};
use engine::alert::Disclosure;
use engine::lane::LaneError;
use files::FileError;
use runtime::formatter::{
    AlertColumns, Context, FormatError, FormatFault, FormatStep, FormatterPlugin, FormatterRun,
};
use store::StoreError;

/// Alerts that go to a formatter at once.
const BATCH: usize = 256;

/// Bytes of their longest properties that go to a formatter at once, but for the last alert: an
/// instance has so much memory only.
const BATCH_BYTES: usize = 4 << 20;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum WriteError {
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The formatter cannot write these alerts; it may write all others.
    #[error("{}", .0.first)]
    Alerts(Unwritable),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lane(#[from] LaneError),
    #[error("the file cannot be written: {0}")]
    Io(#[from] io::Error),
    #[error("the file cannot be written: {0}")]
    File(#[from] FileError),
    #[error("the file cannot be written: {0}")]
    Background(#[from] BackgroundError),
    /// The host stops; what was written so far is dropped.
    #[error("the host was stopped")]
    Stopped,
}

impl WriteError {
    /// Whether the same may succeed later without anybody's doing but making room.
    pub(super) fn is_transient(&self) -> bool {
        let has_no_room = |cause: &io::Error| {
            use io::ErrorKind::{QuotaExceeded, StorageFull};
            matches!(cause.kind(), StorageFull | QuotaExceeded)
        };
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Lane(error) => error.is_transient(),
            Self::Background(error) => error.is_transient(),
            Self::Io(cause) | Self::File(FileError::Io { cause, .. }) => has_no_room(cause),
            Self::Format(_) | Self::Alerts(_) | Self::File(_) | Self::Stopped => false,
        }
    }
}

/// So many alerts that a formatter cannot write are left out of a file; where there are more, there is none.
pub(super) const MAX_UNWRITABLE: usize = 100;

/// Alerts that a formatter cannot write.
#[derive(Debug)]
pub struct Unwritable {
    /// How it fails at the first of them.
    pub first: FormatError,
    /// All of them, in their order; at most one more than are left out of a file.
    pub alerts: Vec<(AlertId, FormatFault)>,
}

/// Writes alerts through a formatter, and answers how many. `rows` counts them meanwhile. Memory
/// does not grow with their number.
///
/// # Errors
/// Where the formatter fails, the alerts cannot be read, or the sink not written.
pub fn write_snapshot(
    formatter: &FormatterPlugin,
    config: &str,
    context: &Context,
    alerts: impl Iterator<Item = Result<SnapshotAlert, WriteError>>,
    disclosure: &Disclosure,
    sink: &mut impl Write,
    rows: &AtomicU64,
) -> Result<u64, WriteError> {
    let (mut run, head) = formatter.open(config, context)?;
    sink.write_all(&head)?;
    let mut alerts = alerts.fuse();
    let mut breather = Breather::default();
    loop {
        breather.breathe();
        let (batch, columns) = next_batch(&mut alerts, disclosure)?;
        if batch.is_empty() {
            break;
        }
        match run.write(&columns) {
            Ok(bytes) => sink.write_all(&bytes)?,
            Err(error) => {
                // Instances are few; this one is of no use any more.
                drop(run);
                let opening = Opening {
                    formatter,
                    config,
                    context,
                };
                return Err(unwritable(&opening, batch, &mut alerts, disclosure, error));
            }
        }
        rows.fetch_add(batch.len() as u64, Ordering::Relaxed);
    }
    sink.write_all(&run.close()?)?;
    Ok(rows.load(Ordering::Relaxed))
}

/// The next alerts, and their columns; none at the end.
fn next_batch(
    alerts: &mut impl Iterator<Item = Result<SnapshotAlert, WriteError>>,
    disclosure: &Disclosure,
) -> Result<(Vec<SnapshotAlert>, AlertColumns), WriteError> {
    let (mut batch, mut columns) = (Vec::new(), AlertColumns::default());
    while batch.len() < BATCH && long_bytes(&columns) < BATCH_BYTES {
        let Some(alert) = alerts.next().transpose()? else {
            break;
        };
        columns::push(&mut columns, &alert, disclosure);
        batch.push(alert);
    }
    Ok((batch, columns))
}

/// The bytes of the properties that may be long.
fn long_bytes(columns: &AlertColumns) -> usize {
    let lists = [&columns.findings, &columns.comments, &columns.txn_ids];
    let lists = lists.map(|list| list.texts.bytes.len()).into_iter();
    lists.sum::<usize>() + columns.info.bytes.len() + columns.title.bytes.len()
}

fn columns_of(batch: &[SnapshotAlert], disclosure: &Disclosure) -> AlertColumns {
    let mut columns = AlertColumns::default();
    for alert in batch {
        columns::push(&mut columns, alert, disclosure);
    }
    columns
}

/// What a formatter is opened with.
struct Opening<'o> {
    formatter: &'o FormatterPlugin,
    config: &'o str,
    context: &'o Context,
}

impl Opening<'_> {
    fn open(&self) -> Result<FormatterRun, FormatError> {
        let opened = self.formatter.open(self.config, self.context);
        opened.map(|(run, _)| run)
    }
}

/// Which alerts a formatter cannot write, from a batch on at which it failed: it goes on with those that are left, and what
/// it writes is dropped. Where no alert can be blamed, `error` stays that of the batch.
fn unwritable(
    opening: &Opening<'_>,
    batch: Vec<SnapshotAlert>,
    rest: &mut impl Iterator<Item = Result<SnapshotAlert, WriteError>>,
    disclosure: &Disclosure,
    error: FormatError,
) -> WriteError {
    let found = find_unwritable(opening, batch, rest, disclosure, &error);
    let alerts = match found {
        Ok(alerts) => alerts,
        Err(error) => return error,
    };
    let Some((id, reason)) = alerts.first() else {
        return error.into();
    };
    let written = match error.at {
        FormatStep::Write { written, .. } => written,
        FormatStep::Open | FormatStep::Close => 0,
    };
    let at = FormatStep::Write {
        from: id.0.to_string(),
        to: id.0.to_string(),
        written: written + id.1 as u64,
    };
    let first = FormatError {
        at,
        reason: reason.clone(),
    };
    let alerts = alerts.into_iter().map(|((id, _), reason)| (id, reason));
    WriteError::Alerts(Unwritable {
        first,
        alerts: alerts.collect(),
    })
}

/// An alert, and how many came before it since the batch that failed.
type Counted = (AlertId, usize);

fn find_unwritable(
    opening: &Opening<'_>,
    batch: Vec<SnapshotAlert>,
    rest: &mut impl Iterator<Item = Result<SnapshotAlert, WriteError>>,
    disclosure: &Disclosure,
    error: &FormatError,
) -> Result<Vec<(Counted, FormatFault)>, WriteError> {
    let mut found = Vec::new();
    let mut run = one_by_one(opening, &batch, 0, disclosure, &mut found);
    if found.is_empty() {
        return Ok(found);
    }
    let mut before = batch.len();
    drop(batch);
    let mut breather = Breather::default();
    while found.len() <= MAX_UNWRITABLE {
        breather.breathe();
        let (batch, columns) = next_batch(rest, disclosure)?;
        if batch.is_empty() {
            break;
        }
        let mut open = match run.take() {
            Some(run) => run,
            None => opening.open()?,
        };
        match open.write(&columns) {
            Ok(_) => run = Some(open),
            Err(_) => {
                drop(open);
                let known = found.len();
                run = one_by_one(opening, &batch, before, disclosure, &mut found);
                if found.len() == known {
                    // It takes each of them, and not all together: nobody can say which is to be left out.
                    return Err(error.clone().into());
                }
            }
        }
        before += batch.len();
    }
    Ok(found)
}

/// Gives a batch to a formatter one by one, and notes those at which it fails. Returns an instance that can go on.
fn one_by_one(
    opening: &Opening<'_>,
    batch: &[SnapshotAlert],
    before: usize,
    disclosure: &Disclosure,
    found: &mut Vec<(Counted, FormatFault)>,
) -> Option<FormatterRun> {
    let mut run = None;
    for (index, alert) in batch.iter().enumerate() {
        if found.len() > MAX_UNWRITABLE {
            break;
        }
        let mut open = match run.take() {
            Some(run) => run,
            None => opening.open().ok()?,
        };
        match open.write(&columns_of(std::slice::from_ref(alert), disclosure)) {
            Ok(_) => run = Some(open),
            Err(FormatError { reason, .. }) => {
                found.push(((alert.alert.id, before + index), reason));
            }
        }
    }
    run
}
