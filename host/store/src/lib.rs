//! The store: an ordered key-value engine, one thread that writes, and what is kept in it.
//!
//! ```text
//! lane ─ commit(lane, batch, done) ─► committer ─► parts ─► backend ─► done
//! readers ─ get, range ─────────────────────────► parts ─► backend
//! ```
//!
//! - [`key`] draws the key layout;
//! - [`record`] has what is compact: transaction blocks;
//! - [`index`] finds transactions by id, customer and time;
//! - [`backend`] is the port that an engine fills; [`sled`] and [`memory`] do.
//!
//! Reads wait for the disk, and see what is written before it is durable. A thread of the runtime
//! must not do the former; who answers from a read asks first how far it [is durable](Store::durable).

pub mod backend;
mod batch;
mod committer;
#[cfg(test)]
mod conformance;
mod error;
mod format;
mod in_order;
pub mod index;
pub mod key;
pub mod memory;
mod parts;
pub mod record;
pub mod sled;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use backend::{Backend, Direction, Entries, Entry, KeyRange};
pub use batch::{Batch, MAX_DELETES};
use committer::Committer;
pub use committer::{CommitLimits, LaneEpoch, Position};
pub use error::{CommitError, OpenError, StoreError};
pub use in_order::InOrder;
use key::Key;

/// The engines there are.
#[derive(Clone, Debug)]
pub enum Engine {
    /// A directory on this machine.
    Sled(sled::SledOptions),
    /// Gone with the process.
    Memory,
}

/// A store that is open. Clones are the same store, which closes with the last of them.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    // Dropped in this order: the thread that writes ends before the backend does.
    committer: Committer,
    backend: Arc<dyn Backend>,
}

impl Store {
    /// Opens a store with one of the engines.
    ///
    /// # Errors
    /// Where another process holds it, a newer release wrote it, or reading fails.
    pub fn open(engine: Engine, limits: CommitLimits) -> Result<Self, OpenError> {
        let backend: Arc<dyn Backend> = match engine {
            Engine::Sled(options) => Arc::new(sled::SledBackend::open(options)?),
            Engine::Memory => Arc::new(memory::MemoryBackend::new()),
        };
        Self::over(backend, limits)
    }

    /// Opens a store over a backend, which it alone writes to.
    ///
    /// # Errors
    /// Where a newer release wrote it, or reading fails.
    pub fn over(backend: Arc<dyn Backend>, limits: CommitLimits) -> Result<Self, OpenError> {
        format::check(&*backend)?;
        let committer = Committer::start(Arc::clone(&backend), limits)?;
        let inner = Arc::new(Inner { committer, backend });
        Ok(Self { inner })
    }

    /// The value of a key.
    pub fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(key, <[u8]>::to_vec)
    }

    /// What `read` makes of the value of a key, which is not copied where it is short.
    pub fn read<T>(
        &self,
        key: &Key,
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<Option<T>, StoreError> {
        let mut read = Some(read);
        let mut made = None;
        parts::read(&*self.inner.backend, key, &mut |value| {
            made = read.take().map(|read| read(value));
        })?;
        Ok(made)
    }

    /// Keys and values of a range in a direction. Writes go on meanwhile: each entry is as it
    /// was at some moment after the call.
    pub fn range(
        &self,
        range: KeyRange,
        direction: Direction,
    ) -> impl Iterator<Item = Result<Entry, StoreError>> {
        let backend = &*self.inner.backend;
        Entries::new(backend, range, direction).filter_map(|entry| match entry {
            Ok((key, _)) if Key::is_part(&key) => None,
            Ok(entry) => parts::whole(backend, entry).transpose(),
            Err(error) => Some(Err(error)),
        })
    }

    /// Queues a batch of a lane. `done` is called once, on the committer's thread, after all
    /// commits before it: with the position when the batch is durable, or with why it is not. A
    /// closed store calls it at once. It must be quick, and must not wait for the store.
    pub fn commit(
        &self,
        lane: LaneEpoch,
        batch: Batch,
        done: impl FnOnce(Result<Position, CommitError>) + Send + 'static,
    ) {
        let queue = self.inner.committer.queue();
        queue.commit(Some(lane), batch, Box::new(done));
    }

    /// Commits a batch of no lane, which builds on nothing that is not durable.
    ///
    /// # Errors
    /// Where the queue is full, the store closes, or writing fails.
    pub async fn commit_wait(&self, batch: Batch) -> Result<Position, CommitError> {
        let (decided, outcome) = tokio::sync::oneshot::channel();
        let done = move |outcome| {
            // Who no longer waits does not want to know.
            let _ = decided.send(outcome);
        };
        let queue = self.inner.committer.queue();
        queue.commit(None, batch, Box::new(done));
        outcome.await.unwrap_or(Err(CommitError::Closed))
    }

    /// Begins an epoch of a lane, known by a number, and fails what waits of earlier ones. When
    /// it returns all earlier commits of the lane are decided: the lane starts from what the store now holds.
    ///
    /// # Errors
    /// Where the store is closed.
    pub async fn begin_epoch(&self, lane: u64) -> Result<LaneEpoch, CommitError> {
        let (decided, outcome) = tokio::sync::oneshot::channel();
        let passed = move |outcome: Result<Position, CommitError>| {
            // Who no longer waits does not want to know.
            let _ = decided.send(outcome);
        };
        let begun = self
            .inner
            .committer
            .queue()
            .begin_epoch(lane, Box::new(passed));
        match outcome.await {
            // Of a group that failed the store holds nothing certain, but it is decided.
            Ok(Ok(_) | Err(CommitError::Store(_))) => Ok(begun),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(CommitError::Closed),
        }
    }

    /// Waits until the queue has room. A lane asks before it begins work; a commit without asking is refused only at
    /// twice as much.
    pub async fn room(&self) {
        self.inner.committer.queue().room().await;
    }

    /// Up to where all commits are durable.
    pub fn durable(&self) -> Position {
        self.inner.committer.queue().durable()
    }

    /// Why nothing can be written any more, where that is so: the host must stop.
    pub fn fault(&self) -> Option<StoreError> {
        self.inner.committer.queue().fault()
    }

    /// Why nothing can be written at the moment: a fault, or something that may pass, such as a full disk. It is
    /// attempted again every second.
    pub fn trouble(&self) -> Option<StoreError> {
        self.inner.committer.queue().trouble()
    }

    /// How many writes failed since the store was opened.
    pub fn failures(&self) -> u64 {
        self.inner.committer.queue().failures()
    }

    /// Takes no more commits, and returns when those that wait are decided. Reads go on.
    pub fn close(&self) {
        self.inner.committer.close();
    }
}
