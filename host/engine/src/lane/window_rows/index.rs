//! One index of a team's rows.

use std::hash::Hasher;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::payload::Transaction;
use domain::time::Timestamp;
use domain::window::{PastRow, RowLayout, RowWriter};
use parking_lot::{Mutex, RwLock};
use siphasher::sip128::{Hasher128, SipHasher13};
use window_index::{
    IndexError, OpenError, Opened, Origin, Row, RowKey, Shared, Visit, WindowIndex,
};

/// One index of a team's rows.
pub(super) struct RowIndex {
    layout: RowLayout,
    hash_key: [u8; 16],
    /// `None` once it is being removed.
    index: Option<WindowIndex>,
    /// For each schema version that was met.
    writers: RwLock<Vec<(u32, Arc<RowWriter>)>>,
    /// The row that was pushed last, for its memory.
    pushed: Mutex<Written>,
    is_unneeded: AtomicBool,
    /// Whether it is of no use any more.
    is_damaged: AtomicBool,
    /// Held while stored rows are taken in.
    pub(super) building: Mutex<()>,
}

/// A row as it is written.
#[derive(Default)]
pub(super) struct Written {
    key: Vec<u8>,
    pub(super) hash: RowKey,
    pub(super) values: Vec<u8>,
}

impl RowIndex {
    /// Opens the index of a layout, empty where there is none or a damaged one.
    pub(super) fn open(
        directory: &Path,
        layout: RowLayout,
        hash_key: [u8; 16],
        shared: &Arc<Shared>,
    ) -> Result<Self, OpenError> {
        let description = layout.to_string();
        let Opened { index, origin } =
            WindowIndex::open(directory, description.as_bytes(), shared)?;
        if let Origin::Replaced(cause) = origin {
            tracing::warn!(
                directory = %directory.display(),
                ?cause,
                "an index of rows was of no use; it is made again from the transactions"
            );
        }
        Ok(Self {
            layout,
            hash_key,
            index: Some(index),
            writers: RwLock::default(),
            pushed: Mutex::default(),
            is_unneeded: AtomicBool::new(false),
            is_damaged: AtomicBool::new(false),
            building: Mutex::default(),
        })
    }

    pub(super) fn layout(&self) -> &RowLayout {
        &self.layout
    }

    fn index(&self) -> &WindowIndex {
        self.index.as_ref().expect("it goes when this is dropped")
    }

    /// The first sequence number that is not in the index.
    pub(super) fn watermark(&self) -> u64 {
        self.index().watermark()
    }

    /// Writes a transaction's row; `false` where no window ever looks for it.
    pub(super) fn write(&self, transaction: &Transaction, row: &mut Written) -> bool {
        let writer = self.writer(transaction);
        row.key.clear();
        row.values.clear();
        if !writer.write_key(transaction, &mut row.key) {
            return false;
        }
        row.hash = self.hash(&row.key);
        writer.write_values(transaction, &mut row.values);
        true
    }

    fn writer(&self, transaction: &Transaction) -> Arc<RowWriter> {
        let version = transaction.schema.version();
        let known = |writers: &[(u32, Arc<RowWriter>)]| {
            let found = writers.iter().find(|(it, _)| *it == version);
            found.map(|(_, writer)| writer.clone())
        };
        if let Some(writer) = known(&self.writers.read()) {
            return writer;
        }
        let mut writers = self.writers.write();
        known(&writers).unwrap_or_else(|| {
            let writer = Arc::new(self.layout.in_schema(&transaction.schema));
            writers.push((version, writer.clone()));
            writer
        })
    }

    /// What rows are found by.
    pub(super) fn hash(&self, key: &[u8]) -> RowKey {
        let mut hasher = SipHasher13::new_with_key(&self.hash_key);
        hasher.write(key);
        hasher.finish128().as_bytes()
    }

    /// Adds a transaction that was sequenced and is not durable yet.
    pub(super) fn push(&self, sequence: u64, transaction: &Transaction) {
        let mut row = self.pushed.lock();
        if self.write(transaction, &mut row) {
            self.index().push(Row {
                key: row.hash,
                at: transaction.date_time.as_micros(),
                sequence,
                values: &row.values,
            });
        }
    }

    /// Forgets what was not durable, and will not be. The version of a schema among it may be given to another one.
    pub(super) fn forget_pushed(&self) {
        self.writers.write().clear();
        self.index().retreat();
    }

    /// Has rows up to a sequence written, which are durable now.
    pub(super) fn land(&self, durable: u64) -> Result<(), IndexError> {
        if self.watermark() > durable {
            return Ok(());
        }
        self.noted(self.index().wait_while_behind())?;
        self.noted(self.index().advance(durable + 1))
    }

    /// Whether nothing should be added until it has caught up, which it does by itself.
    pub(super) fn is_behind(&self) -> bool {
        self.index().is_behind() && !self.index().is_failing()
    }

    /// Takes stored rows into the index.
    pub(super) fn append<'r>(
        &self,
        rows: impl Iterator<Item = Row<'r>>,
        next: u64,
    ) -> Result<(), IndexError> {
        self.noted(self.index().wait_while_behind())?;
        self.noted(self.index().append(rows, next))
    }

    /// Visits the rows of a key.
    pub(super) fn visit(
        &self,
        key: &[u8],
        from: Timestamp,
        to: Timestamp,
        before: u64,
        visit: &mut dyn FnMut(u64, PastRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), IndexError> {
        let layout = &self.layout;
        let mut visit = |at, sequence, values: &[u8]| {
            let row = PastRow::Kept {
                layout,
                date_time: Timestamp::from_micros(at),
                values,
            };
            visit(sequence, row)
        };
        let (key, from, to) = (self.hash(key), from.as_micros(), to.as_micros());
        self.visit_hashed(&key, from, to, before, &mut visit)
    }

    /// The same by the hash of a key, with times in microseconds.
    pub(super) fn visit_hashed(
        &self,
        key: &RowKey,
        from: i64,
        to: i64,
        before: u64,
        visit: &mut Visit<'_>,
    ) -> Result<(), IndexError> {
        self.noted(self.index().visit(key, from, to, before, visit))
    }

    fn noted<T>(&self, outcome: Result<T, IndexError>) -> Result<T, IndexError> {
        if let Err(IndexError::Damaged { .. }) = &outcome {
            self.is_damaged.store(true, Ordering::Relaxed);
        }
        outcome
    }

    /// Whether it was found to be damaged: it is to be opened again, which makes it anew.
    pub(super) fn is_damaged(&self) -> bool {
        self.is_damaged.load(Ordering::Relaxed)
    }

    /// Has the files removed when nobody reads them any more.
    pub(super) fn give_up(&self) {
        self.is_unneeded.store(true, Ordering::Relaxed);
    }
}

impl Drop for RowIndex {
    fn drop(&mut self) {
        if *self.is_unneeded.get_mut()
            && let Some(index) = self.index.take()
            && let Err(error) = index.remove()
        {
            tracing::warn!(%error, "an index of rows that is no longer needed cannot be removed");
        }
    }
}
