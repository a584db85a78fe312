//! A store in memory, and what a power cut would leave of it.
//!
//! It keeps apart what was written and what was synced, so that tests can hold the disk back, cut
//! the power, and see what was acknowledged too early.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::PathBuf;

use parking_lot::{Condvar, Mutex};

use super::backend::{Backend, Direction, Entry, KeyRange, MAX_VALUE_BYTES, collect_page};
use super::batch::Batch;
use super::error::StoreError;

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// A store in memory.
#[derive(Default)]
pub struct MemoryBackend {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    written: Entries,
    synced: Entries,
    /// What was written and not synced, in order.
    unsynced: Vec<Batch>,
    sync_held: bool,
    full: bool,
    applied: usize,
    most_deletes: usize,
    /// Keys that were put or deleted, and the bytes of these keys and of their values.
    writes: (usize, usize),
}

impl MemoryBackend {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on writes wait for [`release_sync`](Self::release_sync) before they are durable.
    pub fn hold_sync(&self) {
        self.state.lock().sync_held = true;
    }

    /// Lets the writes that wait become durable.
    pub fn release_sync(&self) {
        self.state.lock().sync_held = false;
        self.changed.notify_all();
    }

    /// Waits until so many batches were written and are not durable.
    pub fn wait_until_unsynced(&self, batches: usize) {
        let mut state = self.state.lock();
        while state.unsynced.len() < batches {
            self.changed.wait(&mut state);
        }
    }

    /// Whether every write is refused for want of room.
    pub fn set_full(&self, full: bool) {
        self.state.lock().full = full;
    }

    /// How many batches were applied and durable so far: the number of flushes.
    pub fn flushes(&self) -> usize {
        self.state.lock().applied
    }

    /// How many keys were put or deleted so far, and how many bytes these keys and their values have.
    pub fn writes(&self) -> (usize, usize) {
        self.state.lock().writes
    }

    /// The most deletions of one batch.
    pub fn most_deletes(&self) -> usize {
        self.state.lock().most_deletes
    }

    /// What a power cut at this moment leaves: all that was synced, and of what was not, the
    /// first `surviving` batches, for a disk may keep more than it confirmed.
    pub fn power_cut(&self, surviving: usize) -> Self {
        let state = self.state.lock();
        let mut left = state.synced.clone();
        for batch in state.unsynced.iter().take(surviving) {
            write(&mut left, batch);
        }
        let left = State {
            written: left.clone(),
            synced: left,
            ..State::default()
        };
        Self {
            state: Mutex::new(left),
            changed: Condvar::new(),
        }
    }
}

fn write(entries: &mut Entries, batch: &Batch) {
    for (key, value) in batch.iter() {
        match value {
            Some(value) => entries.insert(key.as_bytes().to_vec(), value.to_vec()),
            None => entries.remove(key.as_bytes()),
        };
    }
}

impl Backend for MemoryBackend {
    fn read(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool, StoreError> {
        let value = self.state.lock().written.get(key).cloned();
        if let Some(value) = &value {
            read(value);
        }
        Ok(value.is_some())
    }

    fn page(&self, range: &KeyRange, direction: Direction) -> Result<Vec<Entry>, StoreError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let state = self.state.lock();
        let end = range.end().map_or(Bound::Unbounded, Bound::Excluded);
        let entries = state
            .written
            .range::<[u8], _>((Bound::Included(range.start()), end))
            .map(|(key, value)| Ok((key.clone(), value.clone())));
        match direction {
            Direction::Forward => collect_page(entries),
            Direction::Reverse => collect_page(entries.rev()),
        }
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        if state.full {
            let path = PathBuf::from("memory");
            return Err(StoreError::Full { path });
        }
        for (key, value) in batch.iter() {
            let length = value.map_or(0, <[u8]>::len);
            assert!(
                length <= MAX_VALUE_BYTES,
                "{key:?} was not cut: {length} bytes"
            );
        }
        let deletes = batch.iter().filter(|(_, value)| value.is_none()).count();
        state.most_deletes = state.most_deletes.max(deletes);
        state.writes.0 += batch.len();
        state.writes.1 += batch.byte_len();
        write(&mut state.written, &batch);
        state.unsynced.push(batch);
        self.changed.notify_all();
        while state.sync_held {
            self.changed.wait(&mut state);
        }
        for batch in std::mem::take(&mut state.unsynced) {
            write(&mut state.synced, &batch);
        }
        state.applied += 1;
        Ok(())
    }
}
