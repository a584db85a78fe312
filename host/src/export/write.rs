//! A snapshot through a formatter, piece by piece.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use super::columns;
use super::snapshot::SnapshotAlert;
use crate::alert::Disclosure;
use crate::background::{BackgroundError, Breather};
use crate::files::FileError;
use crate::plugin::formatter::{AlertColumns, Context, FormatError, FormatStep, FormatterPlugin};
use crate::store::StoreError;

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
    #[error(transparent)]
    Store(#[from] StoreError),
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
            Self::Background(error) => error.is_transient(),
            Self::Io(cause) | Self::File(FileError::Io { cause, .. }) => has_no_room(cause),
            Self::Format(_) | Self::File(_) | Self::Stopped => false,
        }
    }
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
                return Err(at_one_alert(&opening, &batch, disclosure, error).into());
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

/// Which alert of a batch a formatter fails at: another instance gets them one by one. Where that
/// one takes each of them, the error stays that of the batch.
fn at_one_alert(
    opening: &Opening<'_>,
    batch: &[SnapshotAlert],
    disclosure: &Disclosure,
    error: FormatError,
) -> FormatError {
    let FormatStep::Write { written, .. } = error.at else {
        return error;
    };
    let Opening {
        formatter,
        config,
        context,
    } = opening;
    let Ok((mut run, _)) = formatter.open(config, context) else {
        return error;
    };
    for (index, alert) in batch.iter().enumerate() {
        if let Err(FormatError { reason, .. }) =
            run.write(&columns_of(std::slice::from_ref(alert), disclosure))
        {
            let id = alert.alert.id.to_string();
            let at = FormatStep::Write {
                from: id.clone(),
                to: id,
                written: written + index as u64,
            };
            return FormatError { at, reason };
        }
    }
    error
}
