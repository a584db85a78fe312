//! The state of an index, which its handle and the thread share.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::iter;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use lsm_tree::compaction::Leveled;
use lsm_tree::config::{CompressionPolicy, FilterPolicy};
use lsm_tree::merge::Merger;
use lsm_tree::{
    AbstractTree as _, AnyTree, BoxedIterator, CompressionType, Config, InternalValue, SeqNo,
    SequenceNumberCounter, Slice, Table, TableId, ValueType,
};
use parking_lot::{Condvar, Mutex, RwLock};

use crate::error::{Fault, IndexError};
use crate::files;
use crate::filter::KeyFilter;
use crate::row::{Row, RowKey, WATERMARK_KEY, span, tree_key};
use crate::shared::{Claim, Core};
use crate::tail::{Sealed, Tail};
use crate::worker::Task;

/// Level-0 tables from which on they are merged.
const MERGE_AT: u8 = 8;
/// Level-0 tables, and tails that wait to be written, from which on an index is behind.
const BEHIND_AT_TABLES: usize = 24;
const BEHIND_AT_TAILS: usize = 4;
/// Level-0 tables above which an index merges before it writes another one. The tree's format ends at 255.
const MOST_TABLES: usize = 64;
/// Rows added under one hold of the lock, so that readers get their turn.
const ROWS_PER_HOLD: usize = 512;
/// Bytes of an unsealed tail above which it is written, however few its rows are.
const TAIL_BYTES: usize = 16 << 20;
/// Flushes' worth of sequence numbers after which the watermark is written, however few rows had a key.
const WATERMARK_FLUSHES: u64 = 8;

/// Reads see everything; of two entries of a key, only the newer one is kept. Rows never change, and readers limit
/// themselves by the sequence numbers of the rows.
const EVERYTHING: SeqNo = SeqNo::MAX;

pub(crate) struct Inner {
    dir: PathBuf,
    layout: Vec<u8>,
    pub(crate) core: Arc<Core>,
    tree: OnceLock<AnyTree>,
    /// Numbers the tree's writes. It must stand above all numbers in the tree, or older entries would win.
    writes: SequenceNumberCounter,
    state: RwLock<State>,
    /// Held while tails are written or tables are merged: tails are written in order, and what a failed attempt leaves
    /// can be told from what another one is writing.
    writing: Mutex<()>,
    persisted: AtomicU64,
    /// The keys of tables that were written since the start and are not merged yet.
    filters: RwLock<HashMap<TableId, Arc<KeyFilter>>>,
    damage: OnceLock<String>,
    waits_for_flush: AtomicBool,
    waits_for_merge: AtomicBool,
    /// Whether the last work of the thread failed.
    failing: Mutex<bool>,
    progress: Condvar,
    /// Dropped last: until then the directory belongs to this index.
    _claim: Claim,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) active: Tail,
    pub(crate) sealed: VecDeque<Arc<Sealed>>,
    pub(crate) watermark: u64,
    /// The watermark of the newest tail that was sealed.
    sealed_to: u64,
}

/// Opens the tree of an index. Creates it if there is none.
fn open_tree(core: &Core, dir: &Path, writes: &SequenceNumberCounter) -> Result<AnyTree, Fault> {
    let config = Config::new(
        files::tree_dir(dir),
        writes.clone(),
        SequenceNumberCounter::default(),
    )
    .use_cache(Arc::clone(&core.cache))
    .use_descriptor_table(Some(Arc::clone(&core.descriptors)))
    // The tree asks its filters about whole keys only, and rows are read by range.
    .filter_policy(FilterPolicy::disabled())
    // New tables are merged soon: compressing them costs more than it saves.
    .data_block_compression_policy(CompressionPolicy::new([
        CompressionType::None,
        CompressionType::Lz4,
    ]));
    panic::catch_unwind(AssertUnwindSafe(|| config.open()))
        .unwrap_or_else(|_| Err(lsm_tree::Error::Unrecoverable))
        .map_err(Fault::from)
}

/// The entries of some tables, in order.
pub(crate) struct Entries {
    merged: Merger<BoxedIterator<'static>>,
    /// Merging removes the files of tables that nobody has any more.
    _tables: Vec<Table>,
}

impl Iterator for Entries {
    type Item = lsm_tree::Result<InternalValue>;

    fn next(&mut self) -> Option<Self::Item> {
        self.merged.next()
    }
}

impl Inner {
    /// Makes an index without a tree and without rows.
    pub(crate) fn empty(core: &Arc<Core>, claim: Claim, dir: &Path, layout: &[u8]) -> Self {
        Self {
            dir: dir.to_owned(),
            layout: layout.to_owned(),
            core: Arc::clone(core),
            tree: OnceLock::new(),
            writes: SequenceNumberCounter::default(),
            state: RwLock::default(),
            writing: Mutex::default(),
            persisted: AtomicU64::new(0),
            filters: RwLock::default(),
            damage: OnceLock::new(),
            waits_for_flush: AtomicBool::new(false),
            waits_for_merge: AtomicBool::new(false),
            failing: Mutex::new(false),
            progress: Condvar::new(),
            _claim: claim,
        }
    }

    /// Reads the tree that the directory holds.
    pub(crate) fn read_tree(&mut self) -> Result<(), Fault> {
        files::check_table_list(&files::tree_dir(&self.dir))?;
        let tree = open_tree(&self.core, &self.dir, &self.writes)?;
        self.writes
            .set(tree.get_highest_seqno().map_or(0, |highest| highest + 1));
        let watermark = tree.get(WATERMARK_KEY, EVERYTHING)?;
        let watermark = match watermark {
            Some(bytes) => u64::from_be_bytes(
                (*bytes)
                    .try_into()
                    .map_err(|_| Fault::Damage("the watermark is not 8 bytes long".to_owned()))?,
            ),
            None => 0,
        };
        *self.state.get_mut() = State {
            watermark,
            sealed_to: watermark,
            ..State::default()
        };
        self.persisted = AtomicU64::new(watermark);
        self.tree = OnceLock::from(tree);
        Ok(())
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn tree(&self) -> Option<&AnyTree> {
        self.tree.get()
    }

    pub(crate) fn state(&self) -> &RwLock<State> {
        &self.state
    }

    pub(crate) fn persisted(&self) -> u64 {
        self.persisted.load(Ordering::Relaxed)
    }

    /// Returns the bytes of an unsealed tail of which something may be written.
    pub(crate) fn unsealed_bytes(&self) -> usize {
        let state = self.state.read();
        match state.watermark > state.sealed_to {
            true => state.active.bytes(),
            false => 0,
        }
    }

    /// Fails if the index is damaged.
    pub(crate) fn intact(&self) -> Result<(), IndexError> {
        match self.damage.get() {
            None => Ok(()),
            Some(detail) => Err(IndexError::Damaged {
                dir: self.dir.clone(),
                detail: detail.clone(),
            }),
        }
    }

    /// Notes that the index is of no use, also for those who open it next.
    pub(crate) fn damaged(&self, detail: &str) -> IndexError {
        let detail = self.damage.get_or_init(|| detail.to_owned()).clone();
        if let Err(error) = files::remove_layout(&self.dir) {
            tracing::warn!(dir = %self.dir.display(), %error, "a damaged window index could not be marked");
        }
        IndexError::Damaged {
            dir: self.dir.clone(),
            detail,
        }
    }

    pub(crate) fn fault(&self, fault: Fault) -> IndexError {
        match fault {
            Fault::Damage(detail) => self.damaged(&detail),
            Fault::Io(source) => IndexError::Io {
                dir: self.dir.clone(),
                source,
            },
        }
    }

    /// Adds rows to the tail, and then moves the watermark.
    pub(crate) fn append<'r>(
        self: &Arc<Self>,
        rows: impl Iterator<Item = Row<'r>>,
        next: u64,
    ) -> Result<(), IndexError> {
        self.intact()?;
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            self.add(rows.by_ref().take(ROWS_PER_HOLD));
        }
        self.advance(next)
    }

    /// Adds rows to the tail.
    pub(crate) fn add<'r>(&self, rows: impl Iterator<Item = Row<'r>>) {
        let mut state = self.state.write();
        let before = state.active.bytes();
        rows.for_each(|row| state.active.add(&row));
        let added = state.active.bytes() - before;
        self.core
            .unsealed_bytes
            .fetch_add(added as u64, Ordering::Relaxed);
    }

    /// Moves the watermark on: what is below it may be written.
    pub(crate) fn advance(self: &Arc<Self>, next: u64) -> Result<(), IndexError> {
        self.intact()?;
        let mut state = self.state.write();
        state.watermark = state.watermark.max(next);
        let settings = &self.core.settings;
        let unsealed = state.watermark - state.sealed_to;
        if state.active.len() >= settings.rows_per_flush
            || state.active.bytes() >= TAIL_BYTES
            || unsealed >= WATERMARK_FLUSHES * settings.rows_per_flush as u64
        {
            self.seal_now(&mut state);
        }
        let waiting = !state.sealed.is_empty();
        drop(state);
        if waiting {
            self.core.work.ask(Task::Flush, self);
        }
        if self.core.has_too_much_unsealed() {
            self.core.work.relieve();
        }
        Ok(())
    }

    /// Removes the rows that are not below the watermark.
    pub(crate) fn retreat(&self) {
        let mut state = self.state.write();
        let (before, watermark) = (state.active.bytes(), state.watermark);
        state.active.cut(watermark);
        let removed = before - state.active.bytes();
        self.core
            .unsealed_bytes
            .fetch_sub(removed as u64, Ordering::Relaxed);
    }

    /// Closes the tail, so that it can be written.
    pub(crate) fn seal(&self) {
        self.seal_now(&mut self.state.write());
    }

    fn seal_now(&self, state: &mut State) {
        if state.watermark == state.sealed_to {
            return;
        }
        // What is not below the watermark must not be written yet.
        let rest = state.active.from(state.watermark);
        let tail = std::mem::replace(&mut state.active, rest);
        self.core.unsealed_bytes.fetch_sub(
            (tail.bytes() - state.active.bytes()) as u64,
            Ordering::Relaxed,
        );
        state.sealed_to = state.watermark;
        state.sealed.push_back(Arc::new(Sealed {
            tail,
            watermark: state.watermark,
        }));
    }

    /// Writes the tails that wait for it, each as one table with the watermark in it: both are there or neither.
    pub(crate) fn write_sealed(&self) -> Result<(), IndexError> {
        let _writing = self.writing.lock();
        self.intact()?;
        loop {
            let Some(sealed) = self.state.read().sealed.front().cloned() else {
                return Ok(());
            };
            while self.level_zero() >= MOST_TABLES && self.merge_step()? {}
            self.write(&sealed).map_err(|fault| self.fault(fault))?;
            self.persisted
                .fetch_max(sealed.watermark, Ordering::Relaxed);
            // Only now, when readers find the rows in the tree: they look at the tails first.
            self.state.write().sealed.pop_front();
            self.progress.notify_all();
        }
    }

    fn write(&self, sealed: &Sealed) -> Result<(), Fault> {
        let tree = self.tree_to_write()?;
        let number = self.writes.next();
        let entry = |key: &[u8], value: &[u8]| {
            Ok(InternalValue::from_components(
                key,
                value,
                number,
                ValueType::Value,
            ))
        };
        let watermark = iter::once(entry(&WATERMARK_KEY, &sealed.watermark.to_be_bytes()));
        let rows = sealed.tail.sorted(sealed.watermark);
        let rows = rows.map(|row| entry(&tree_key(&row.key, row.at, row.sequence), row.values));
        let filter = Arc::new(KeyFilter::of(sealed.tail.keys(), sealed.tail.len()));
        self.attempt(tree, || {
            if let Some((tables, _)) = tree.flush_to_tables(watermark.chain(rows))? {
                let filters = tables.iter().map(|table| (table.id(), filter.clone()));
                self.filters.write().extend(filters);
                tree.register_tables(&tables, None, None, &[], EVERYTHING)?;
            }
            Ok(())
        })?;
        let version = tree.current_version();
        let is_there = |id: TableId| version.iter_tables().any(|table| table.id() == id);
        self.filters.write().retain(|id, _| is_there(*id));
        Ok(())
    }

    /// Reads the entries of a key with `from < at <= to`, in order. One that was written twice comes twice.
    pub(crate) fn read(&self, key: &RowKey, from: i64, to: i64) -> Entries {
        let (lower, upper) = span(key, from, to);
        let range = (
            lower.map(|key| Slice::from(&key[..])),
            upper.map(|key| Slice::from(&key[..])),
        );
        let version = self.tree.get().map(|tree| tree.current_version());
        let levels = version.iter().flat_map(|version| version.iter_levels());
        let mut tables = Vec::new();
        let filters = self.filters.read();
        for run in levels.flat_map(|level| level.iter()) {
            let Some((first, last)) = run.range_overlap_indexes(&range) else {
                continue;
            };
            let may_have = |table: &&Table| {
                let filter = filters.get(&table.id());
                filter.is_none_or(|filter| filter.may_have(key))
            };
            tables.extend(run[first..=last].iter().filter(may_have).cloned());
        }
        drop(filters);
        let of_table =
            |table: &Table| -> BoxedIterator<'static> { Box::new(table.range(range.clone())) };
        Entries {
            merged: Merger::new(tables.iter().map(of_table).collect()),
            _tables: tables,
        }
    }

    /// Writes tables. If that fails, removes those that were begun: the tree leaves them, and on a full disk it would
    /// leave more with each attempt.
    fn attempt(
        &self,
        tree: &AnyTree,
        write: impl FnOnce() -> lsm_tree::Result<()>,
    ) -> Result<(), Fault> {
        let first = tree.next_table_id();
        write().map_err(|error| {
            let version = tree.current_version();
            for id in first..tree.next_table_id() {
                if !version.iter_tables().any(|table| table.id() == id) {
                    // What cannot be removed now is removed when the index is opened next.
                    let _ = fs::remove_file(files::table(&self.dir, id));
                }
            }
            error.into()
        })
    }

    /// Returns the tree. Creates it, and with it the directory, when there is something to write for the first time.
    fn tree_to_write(&self) -> Result<&AnyTree, Fault> {
        if let Some(tree) = self.tree.get() {
            return Ok(tree);
        }
        files::remove(&self.dir)?;
        fs::create_dir_all(&self.dir).map_err(Fault::Io)?;
        let tree = open_tree(&self.core, &self.dir, &self.writes)?;
        files::write_layout(&self.dir, &self.layout)?;
        Ok(self.tree.get_or_init(|| tree))
    }

    /// Makes one step of merging. Returns whether there may be more to do.
    pub(crate) fn merge_once(&self) -> Result<bool, IndexError> {
        let _writing = self.writing.lock();
        self.merge_step()
    }

    fn merge_step(&self) -> Result<bool, IndexError> {
        self.intact()?;
        let Some(tree) = self.tree.get() else {
            return Ok(false);
        };
        let strategy = Leveled::default()
            .with_table_target_size(self.core.settings.table_bytes)
            .with_l0_threshold(MERGE_AT);
        let before = tree.current_version().id();
        // The tree would commit half a merge if it was dropped meanwhile. It cannot be: the caller holds this index.
        self.attempt(tree, || tree.compact(Arc::new(strategy), EVERYTHING))
            .map_err(|fault| self.fault(fault))?;
        self.progress.notify_all();
        Ok(tree.current_version().id() != before)
    }

    pub(crate) fn level_zero(&self) -> usize {
        self.tree
            .get()
            .map_or(0, |tree| tree.level_table_count(0).unwrap_or(0))
    }

    pub(crate) fn is_behind(&self) -> bool {
        self.state.read().sealed.len() >= BEHIND_AT_TAILS || self.level_zero() >= BEHIND_AT_TABLES
    }

    /// Waits until the index is no longer behind, or the thread fails at its work.
    pub(crate) fn wait_while_behind(self: &Arc<Self>) -> Result<(), IndexError> {
        let mut failing = self.failing.lock();
        loop {
            self.intact()?;
            if !self.is_behind() {
                return Ok(());
            }
            if *failing {
                // Says what is wrong, or does the work if nothing is wrong any more.
                drop(failing);
                self.write_sealed()?;
                if self.is_behind() {
                    self.merge_once()?;
                }
                failing = self.failing.lock();
                continue;
            }
            // Progress is announced without this lock, so an announcement can be missed.
            self.progress
                .wait_for(&mut failing, std::time::Duration::from_millis(20));
        }
    }

    /// Notes how the work of the thread ended.
    pub(crate) fn note(&self, error: Option<&IndexError>) {
        *self.failing.lock() = error.is_some();
        self.progress.notify_all();
        (self.core.on_progress)();
    }

    pub(crate) fn is_failing(&self) -> bool {
        *self.failing.lock()
    }

    /// Returns whether the index did not wait for the task yet.
    pub(crate) fn starts_waiting(&self, task: Task) -> bool {
        !self.waits(task).swap(true, Ordering::AcqRel)
    }

    pub(crate) fn stops_waiting(&self, task: Task) {
        self.waits(task).store(false, Ordering::Release);
    }

    pub(crate) fn waits(&self, task: Task) -> &AtomicBool {
        match task {
            Task::Flush => &self.waits_for_flush,
            Task::Merge => &self.waits_for_merge,
        }
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let unsealed = self.state.get_mut().active.bytes();
        self.core
            .unsealed_bytes
            .fetch_sub(unsealed as u64, Ordering::Relaxed);
    }
}
