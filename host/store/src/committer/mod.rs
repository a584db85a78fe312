//! The one thread that writes.
//!
//! ```text
//! commit(lane, batch, done) ─► queue ─► group: all that waits ─► one apply ─► each done, in order
//! ```
//!
//! *Invariants.* `done` says `Ok` only after the batch is durable. Commits are written, and their
//! `done` called, in the order in which they were queued. After one commit of a lane's epoch has
//! failed, none of that epoch succeeds any more, because the lane computed later ones on top of it.
//!
//! After a group failed, the position is written every second until that succeeds: so the end of the trouble is
//! noticed though nobody writes meanwhile, such as because the host says that it is not ready.

mod queue;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use metrics::{counter, gauge, histogram};
use parking_lot::Mutex;

use super::backend::Backend;
use super::batch::Batch;
use super::error::{CommitError, StoreError};
use super::key::{Key, Record, TenantId};
use super::parts;
use base::condition::Condition;
use queue::{Commit, Queue, Work};

/// A place in the order of all commits of a store: rising, also over restarts, with gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// A stretch of a lane's life in which each commit may build on the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneEpoch {
    lane: u64,
    epoch: u64,
}

/// How much may wait, and how much is written at once.
#[derive(Clone, Copy, Debug)]
pub struct CommitLimits {
    /// Commits that may wait; one more is refused.
    pub queue_commits: usize,
    /// Bytes that may wait; a commit beyond is refused unless nothing waits.
    pub queue_bytes: usize,
    /// Bytes after which a group is closed.
    pub group_bytes: usize,
}

impl Default for CommitLimits {
    fn default() -> Self {
        Self {
            queue_commits: 32_768,
            queue_bytes: 256 << 20,
            group_bytes: 8 << 20,
        }
    }
}

/// What is called when a commit is decided.
pub(super) type Done = Box<dyn FnOnce(Result<Position, CommitError>) + Send>;

/// Hands commits to the thread that writes, and ends it.
pub(super) struct Committer {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Committer {
    /// Starts the thread, which goes on after the last position that the store knows.
    pub(super) fn start(
        backend: Arc<dyn Backend>,
        limits: CommitLimits,
    ) -> Result<Self, StoreError> {
        let position = stored_position(&*backend)?;
        let queue = Arc::new(Queue::new(limits, position));
        let writer = Writer {
            backend,
            queue: Arc::clone(&queue),
            last: position,
            not_written: Condition::new("the store cannot be written"),
        };
        let thread = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| StoreError::Io {
                path: "the committer's thread".into(),
                detail: error.to_string(),
            })?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
        })
    }

    pub(super) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Takes no more, writes what waits, and ends the thread.
    pub(super) fn close(&self) {
        self.queue.close();
        if let Some(thread) = self.thread.lock().take() {
            // The last handle of a store may be dropped in a `done`: the thread cannot wait for itself.
            if thread.thread().id() != std::thread::current().id() {
                // It has caught whatever panicked in it.
                let _ = thread.join();
            }
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.close();
    }
}

fn position_key() -> Key {
    let name = "position".to_owned();
    Key::new(TenantId::HOST, &Record::Host { name })
}

fn stored_position(backend: &dyn Backend) -> Result<Position, StoreError> {
    let mut stored = Some(0);
    parts::read(backend, &position_key(), &mut |value| {
        stored = value.try_into().ok().map(u64::from_be_bytes);
    })?;
    stored
        .map(Position)
        .ok_or_else(|| StoreError::damaged("the position", "it is not of 8 bytes"))
}

/// What runs on the thread.
struct Writer {
    backend: Arc<dyn Backend>,
    queue: Arc<Queue>,
    last: Position,
    not_written: Condition,
}

impl Writer {
    fn run(mut self) {
        while let Some(group) = self.queue.next_group() {
            self.decide(group);
        }
    }

    /// Writes a group, and tells each what became of it.
    fn decide(&mut self, group: Vec<Work>) {
        let mut whole = Batch::new();
        let mut decided = Vec::with_capacity(group.len());
        for work in group {
            match work {
                Work::Refused(done, error) => decided.push((done, Err(error))),
                Work::Passed(done) => decided.push((done, Ok(self.last))),
                Work::Commit(Commit { batch, done, .. }) => {
                    self.last.0 += 1;
                    whole.append(batch);
                    decided.push((done, Ok(self.last)));
                }
            }
        }
        // Nothing to decide is an attempt to write after a failure.
        let is_attempt = decided.is_empty();
        let written = if whole.is_empty() && !is_attempt {
            Ok(())
        } else {
            let written = self.write(whole);
            match &written {
                Ok(()) => {
                    self.not_written.ended();
                    self.queue.can_write();
                }
                Err(error) => self.not_written.holds(error),
            }
            written
        };
        match &written {
            Ok(()) => self.queue.group_written(self.last),
            Err(error) => self.queue.group_failed(error),
        }
        for (done, outcome) in decided {
            let outcome = match (outcome, &written) {
                (Ok(_), Err(error)) => Err(error.clone().into()),
                (outcome, _) => outcome,
            };
            if catch_unwind(AssertUnwindSafe(|| done(outcome))).is_err() {
                tracing::error!("what was to follow a commit panicked");
            }
        }
    }

    fn write(&self, mut whole: Batch) -> Result<(), StoreError> {
        whole.put(position_key(), self.last.0.to_be_bytes().to_vec());
        let started = Instant::now();
        let batch = parts::lay_out(&*self.backend, whole)?;
        let written = self.backend.apply(batch);
        histogram!("vervet_store_flush_seconds").record(started.elapsed());
        match &written {
            Ok(()) => counter!("vervet_store_flushes_total").increment(1),
            Err(_) => counter!("vervet_store_flush_failures_total").increment(1),
        }
        written
    }
}

/// Shows how much waits.
fn show_depth(commits: usize, bytes: usize) {
    gauge!("vervet_store_queue_commits").set(commits as f64);
    gauge!("vervet_store_queue_bytes").set(bytes as f64);
}
