//! The indexes of a team's rows.

use std::collections::HashSet;
use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use domain::payload::Transaction;
use domain::time::Timestamp;
use domain::window::{ByField, History, HistoryError, PastRow, RowLayout};
use parking_lot::{Mutex, RwLock};
use sha2::{Digest, Sha256};
use window_index::{IndexError, Shared};

use super::RowsError;
use super::ahead::AheadReader;
use super::build::bring_up_to;
use super::index::RowIndex;
use crate::lane::team_view::TeamView;

/// How many transactions are taken into an index at a time while it is watched.
const STRETCH: u64 = 4_096;

/// How far indexes are that are being made: transactions that were taken in, of all that are stored. Each counts once
/// for each index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowsBuilt {
    /// How many are in.
    pub done: u64,
    /// How many there are.
    pub of: u64,
}

/// The indexes of a team's rows.
pub struct TeamRows {
    directory: PathBuf,
    shared: Arc<Shared>,
    hash_key: [u8; 16],
    /// Those that the lane adds rows to: all that the rules in force need.
    active: RwLock<Vec<Arc<RowIndex>>>,
    /// Those that were made for rules that may be installed, or are being made.
    prepared: Mutex<Vec<Arc<RowIndex>>>,
}

impl TeamRows {
    pub(super) fn new(directory: PathBuf, shared: Arc<Shared>, hash_key: &[u8; 32]) -> Self {
        let hash_key = Sha256::new_with_prefix(b"rows of windows").chain_update(hash_key);
        let mut key = [0; 16];
        key.copy_from_slice(&hash_key.finalize()[..16]);
        Self {
            directory,
            shared,
            hash_key: key,
            active: RwLock::default(),
            prepared: Mutex::default(),
        }
    }

    /// Forgets what is not durable, for a lane that is loaded.
    pub(in crate::lane) fn settle(&self, view: &Arc<TeamView>) -> Result<(), RowsError> {
        for index in self.usable() {
            index.forget_pushed();
            // Some of it was durable all the same.
            bring_up_to(&index, view, view.durable())?;
        }
        Ok(())
    }

    /// How many durable transactions the indexes lack at most that windows of these layouts need.
    pub(in crate::lane) fn missing(
        &self,
        view: &Arc<TeamView>,
        layouts: &[RowLayout],
    ) -> Result<u64, RowsError> {
        let active = self.usable();
        let mut most = 0;
        for layout in layouts {
            if active.iter().any(|index| index.layout().covers(layout)) {
                continue;
            }
            let index = self.find_or_open(&active, view, layout)?;
            let next = index.watermark().max(1);
            most = most.max((view.durable() + 1).saturating_sub(next));
        }
        Ok(most)
    }

    /// What the rules in force need from now on. Only the lane calls this: no transaction is sequenced meanwhile.
    pub(in crate::lane) fn need(
        &self,
        view: &Arc<TeamView>,
        layouts: &[RowLayout],
    ) -> Result<(), RowsError> {
        let active = self.usable();
        let mut needed = Vec::with_capacity(layouts.len());
        for layout in layouts {
            let of_lane = active.iter().find(|index| index.layout().covers(layout));
            if let Some(index) = of_lane {
                let durable = view.durable();
                index.land(durable)?;
                bring_up_to(index, view, durable)?;
                needed.push(index.clone());
                continue;
            }
            let index = self.prepare(&active, view, layout)?;
            self.prepared.lock().retain(|it| !Arc::ptr_eq(it, &index));
            // What is in flight is not in the index, and the lane has pushed it already.
            view.visit_in_flight(&mut |sequence, transaction| {
                if sequence >= index.watermark() {
                    index.push(sequence, transaction);
                }
            })?;
            needed.push(index);
        }
        let given_up = active.iter().filter(|index| {
            let mut needed = needed.iter();
            needed.any(|it| it.layout().by() == index.layout().by() && !Arc::ptr_eq(it, index))
        });
        given_up.for_each(|index| index.give_up());
        // Another field's index stays: a rule that was switched off may be switched on again.
        let others = active.iter().filter(|index| {
            let mut needed = needed.iter();
            needed.all(|it| it.layout().by() != index.layout().by())
        });
        let others: Vec<_> = others.cloned().collect();
        needed.extend(others);
        *self.active.write() = needed;
        Ok(())
    }

    /// Makes indexes for rules that are to be tried or installed, and brings them up to the last durable transaction.
    /// Blocks, and keeps no lane waiting.
    ///
    /// # Errors
    /// Where the store or an index fails.
    pub fn reader(
        self: &Arc<Self>,
        view: &Arc<TeamView>,
        layouts: &[RowLayout],
    ) -> Result<WindowReader, RowsError> {
        let active = self.usable();
        let indexes = layouts.iter().map(|layout| {
            let of_lane = active.iter().find(|index| index.layout().covers(layout));
            match of_lane {
                Some(index) => Ok(index.clone()),
                None => self.prepare(&active, view, layout),
            }
        });
        Ok(WindowReader {
            indexes: indexes.collect::<Result<_, RowsError>>()?,
        })
    }

    /// How many durable transactions the indexes lack at most that windows of these layouts need, beside those of the
    /// rules in force. Opens no index: one that lies on the disk alone counts as empty.
    pub(in crate::lane) fn lacking(&self, durable: u64, layouts: &[RowLayout]) -> u64 {
        let active = self.active.read();
        let usable: Vec<_> = active.iter().filter(|it| !it.is_damaged()).collect();
        let lacks = |layout: &RowLayout| {
            if usable.iter().any(|index| index.layout().covers(layout)) {
                return 0;
            }
            let layout = beside(&active, layout);
            let index = furthest(&self.prepared.lock(), &layout);
            let next = index.map_or(1, |index| index.watermark().max(1));
            (durable + 1).saturating_sub(next)
        };
        layouts.iter().map(lacks).max().unwrap_or(0)
    }

    /// Makes indexes as [`reader`](Self::reader) does, a stretch at a time. `watch` learns how far they are before each
    /// stretch and at the end, and may end it. Returns whether they are whole.
    ///
    /// # Errors
    /// Where the store or an index fails.
    pub(in crate::lane) fn build(
        &self,
        view: &Arc<TeamView>,
        layouts: &[RowLayout],
        watch: &mut dyn FnMut(RowsBuilt) -> ControlFlow<()>,
    ) -> Result<bool, RowsError> {
        let active = self.usable();
        let of_lane = |layout: &RowLayout| active.iter().any(|it| it.layout().covers(layout));
        let layouts = layouts.iter().filter(|layout| !of_lane(layout));
        let indexes = layouts.map(|layout| self.find_or_open(&active, view, layout));
        let indexes = indexes.collect::<Result<Vec<_>, _>>()?;
        for index in &indexes {
            loop {
                let durable = view.durable();
                let done = indexes.iter().map(|it| it.watermark().max(1) - 1);
                let built = RowsBuilt {
                    done: done.sum(),
                    of: durable * indexes.len() as u64,
                };
                if watch(built).is_break() {
                    return Ok(false);
                }
                let next = index.watermark().max(1);
                if next > durable {
                    break;
                }
                bring_up_to(index, view, durable.min(next + STRETCH - 1))?;
            }
        }
        Ok(true)
    }

    /// An index that is not the lane's and covers a layout, and what the lane's by the same field does.
    fn prepare(
        &self,
        active: &[Arc<RowIndex>],
        view: &Arc<TeamView>,
        layout: &RowLayout,
    ) -> Result<Arc<RowIndex>, RowsError> {
        let index = self.find_or_open(active, view, layout)?;
        bring_up_to(&index, view, view.durable())?;
        Ok(index)
    }

    /// The same as it is, which may lack transactions.
    fn find_or_open(
        &self,
        active: &[Arc<RowIndex>],
        view: &Arc<TeamView>,
        layout: &RowLayout,
    ) -> Result<Arc<RowIndex>, RowsError> {
        let layout = beside(active, layout);
        let mut prepared = self.prepared.lock();
        if let Some(index) = furthest(&prepared, &layout) {
            return Ok(index);
        }
        let index = Arc::new(self.open(layout, view.durable())?);
        prepared.push(index.clone());
        Ok(index)
    }

    /// The lane's indexes, without damaged ones, which are made anew when they are needed.
    fn usable(&self) -> Vec<Arc<RowIndex>> {
        let is_usable = |index: &Arc<RowIndex>| !index.is_damaged();
        self.prepared.lock().retain(is_usable);
        let mut active = self.active.write();
        active.retain(is_usable);
        active.clone()
    }

    fn open(&self, layout: RowLayout, durable: u64) -> Result<RowIndex, RowsError> {
        let directory = self.directory.join(name_of(&layout));
        let open = |layout| RowIndex::open(&directory, layout, self.hash_key, &self.shared);
        let index = open(layout.clone())?;
        if index.watermark() <= durable + 1 {
            return Ok(index);
        }
        // Only a store that was put back from a backup has less than its index.
        tracing::warn!(index = %layout, "an index of rows is ahead of the store; it is made again");
        index.give_up();
        drop(index);
        Ok(open(layout)?)
    }

    /// Adds a transaction that was sequenced.
    pub(in crate::lane) fn push(&self, sequence: u64, transaction: &Transaction) {
        for index in self.active.read().iter() {
            index.push(sequence, transaction);
        }
    }

    /// Takes up what became durable.
    pub(in crate::lane) fn land(&self, durable: u64) -> Result<(), IndexError> {
        let active = self.active.read();
        active.iter().try_for_each(|index| index.land(durable))
    }

    /// Whether the lane must wait until what it adds is written. Where it cannot be written there is nothing to wait for.
    pub(in crate::lane) fn is_behind(&self) -> bool {
        self.active.read().iter().any(|index| index.is_behind())
    }

    /// What the lane reads: everything that was sequenced.
    pub(in crate::lane) fn of_lane(&self) -> AheadReader {
        let indexes = self.active.read().clone();
        WindowReader { indexes }.reading_ahead()
    }

    /// Removes what an earlier run of the host left and nobody needs.
    ///
    /// # Errors
    /// Where a directory cannot be read or removed.
    pub(in crate::lane) fn remove_others(&self) -> Result<(), RowsError> {
        self.remove_unknown().map_err(RowsError::NotRemoved)
    }

    /// Removes the directories of indexes that nobody uses.
    fn remove_unknown(&self) -> std::io::Result<()> {
        let (active, prepared) = (self.active.read(), self.prepared.lock());
        let known = active.iter().chain(prepared.iter());
        let known: HashSet<OsString> = known.map(|it| name_of(it.layout()).into()).collect();
        let entries = match std::fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            if !known.contains(&entry.file_name()) {
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

/// A layout that covers another one, and what the lane's index by the same field does.
fn beside(active: &[Arc<RowIndex>], layout: &RowLayout) -> RowLayout {
    let of_lane = active.iter().find(|it| it.layout().by() == layout.by());
    of_lane.map_or_else(|| layout.clone(), |it| it.layout().union(layout))
}

/// Of the usable indexes that cover a layout the one that lacks the least.
fn furthest(prepared: &[Arc<RowIndex>], layout: &RowLayout) -> Option<Arc<RowIndex>> {
    let covering = prepared
        .iter()
        .filter(|it| it.layout().covers(layout) && !it.is_damaged());
    covering.max_by_key(|it| it.watermark()).cloned()
}

/// The name of a layout's directory.
fn name_of(layout: &RowLayout) -> String {
    let digest = Sha256::digest(layout.to_string());
    let hex = digest[..8].iter().map(|byte| format!("{byte:02x}"));
    hex.collect()
}

/// Reads the rows of a team for some windows.
#[derive(Clone)]
pub struct WindowReader {
    pub(super) indexes: Vec<Arc<RowIndex>>,
}

impl WindowReader {
    /// The same, which can read ahead.
    pub fn reading_ahead(self) -> AheadReader {
        AheadReader::new(self)
    }

    /// The index by a field, and its place.
    pub(super) fn by(&self, by: &ByField) -> Option<(usize, &RowIndex)> {
        let mut indexes = self.indexes.iter().map(|index| &**index).enumerate();
        indexes.find(|(_, index)| index.layout().by() == by)
    }

    /// The rows before a place.
    pub fn before(&self, sequence: u64) -> impl History {
        Before {
            reader: self,
            sequence,
        }
    }
}

struct Before<'r> {
    reader: &'r WindowReader,
    sequence: u64,
}

impl History for Before<'_> {
    fn rows(
        &self,
        by: &ByField,
        key: &[u8],
        from: Timestamp,
        to: Timestamp,
        visit: &mut dyn FnMut(u64, PastRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        let index = self.reader.by(by);
        let (_, index) = index.ok_or_else(|| HistoryError(format!("no index by {by}").into()))?;
        index
            .visit(key, from, to, self.sequence, visit)
            .map_err(|error| HistoryError(Box::new(error)))
    }
}
