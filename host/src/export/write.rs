//! A snapshot through a formatter, piece by piece.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use super::columns;
use super::snapshot::SnapshotAlert;
use crate::plugin::formatter::{AlertColumns, Context, FormatError, FormatterPlugin};
use crate::store::StoreError;

/// Alerts that go to a formatter at once.
const BATCH: usize = 256;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Alerts.
    pub rows: u64,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256, in hex.
    pub sha256: String,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum WriteError {
    #[error("the formatter failed: {0}")]
    Format(#[from] FormatError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the file cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// Writes alerts through a formatter. `progress` counts them meanwhile. Memory
/// does not grow with their number.
///
/// # Errors
/// Where the formatter fails, the store cannot be read, or the sink not written.
pub fn write_snapshot(
    formatter: &FormatterPlugin,
    config: &str,
    context: &Context,
    alerts: impl Iterator<Item = Result<SnapshotAlert, StoreError>>,
    sink: &mut impl Write,
    progress: &AtomicU64,
) -> Result<Written, WriteError> {
    let mut out = Hashed {
        sink,
        hash: Sha256::new(),
        bytes: 0,
    };
    let (mut run, head) = formatter.open(config, context)?;
    out.put(&head)?;
    let mut batch = AlertColumns::default();
    for alert in alerts {
        columns::push(&mut batch, &alert?);
        if batch.len() == BATCH {
            out.put(&run.write(&batch)?)?;
            progress.fetch_add(batch.len() as u64, Ordering::Relaxed);
            batch = AlertColumns::default();
        }
    }
    if !batch.is_empty() {
        out.put(&run.write(&batch)?)?;
        progress.fetch_add(batch.len() as u64, Ordering::Relaxed);
    }
    out.put(&run.close()?)?;
    Ok(Written {
        rows: progress.load(Ordering::Relaxed),
        bytes: out.bytes,
        sha256: hex(&out.hash.finalize()),
    })
}

struct Hashed<'w, W> {
    sink: &'w mut W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashed<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.sink.write_all(bytes)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
