//! What waits to be written.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;

use super::{CommitLimits, Done, LaneEpoch, Position, show_depth};
use crate::batch::Batch;
use crate::error::{CommitError, StoreError};

/// How long after a failure the next attempt to write is made, where nobody writes.
const ATTEMPT_INTERVAL: Duration = Duration::from_secs(1);

/// A batch that waits.
pub(super) struct Commit {
    /// None for callers outside a lane, whose commits build on no other.
    pub(super) lane: Option<LaneEpoch>,
    pub(super) batch: Batch,
    pub(super) done: Done,
}

/// What the thread is to do.
pub(super) enum Work {
    /// Write it.
    Commit(Commit),
    /// Say so when its turn comes.
    Refused(Done, CommitError),
    /// Say that all before it is decided.
    Passed(Done),
}

/// The queue between those who commit and the thread that writes.
pub(crate) struct Queue {
    limits: CommitLimits,
    state: Mutex<State>,
    /// Something arrived, or the queue was closed.
    arrived: Condvar,
    /// There may be room again.
    room: Notify,
}

struct State {
    waiting: VecDeque<Work>,
    /// Batches and bytes that wait, without the group that is being written.
    commits: usize,
    bytes: usize,
    /// The lanes of the group that is being written.
    writing: Vec<LaneEpoch>,
    /// The newest epoch of each lane in which a commit failed.
    failed: HashMap<u64, u64>,
    last_epoch: u64,
    durable: Position,
    fault: Option<StoreError>,
    /// Why the last write failed; none once a later one succeeded.
    failing: Option<StoreError>,
    /// How many writes failed.
    failures: u64,
    closed: bool,
}

impl State {
    fn has_failed(&self, lane: Option<LaneEpoch>) -> bool {
        lane.is_some_and(|lane| self.failed.get(&lane.lane) >= Some(&lane.epoch))
    }

    fn fail(&mut self, lane: LaneEpoch) {
        let failed = self.failed.entry(lane.lane).or_default();
        *failed = lane.epoch.max(*failed);
    }
}

impl Queue {
    pub(super) fn new(limits: CommitLimits, durable: Position) -> Self {
        Self {
            limits,
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                commits: 0,
                bytes: 0,
                writing: Vec::new(),
                failed: HashMap::new(),
                last_epoch: 0,
                durable,
                fault: None,
                failing: None,
                failures: 0,
                closed: false,
            }),
            arrived: Condvar::new(),
            room: Notify::new(),
        }
    }

    /// Queues a batch. Where it is refused `done` is called at once.
    pub(crate) fn commit(&self, lane: Option<LaneEpoch>, batch: Batch, done: Done) {
        let mut state = self.state.lock();
        let bytes = batch.byte_len();
        let error = if state.closed {
            CommitError::Closed
        } else if let Some(fault) = &state.fault {
            fault.clone().into()
        } else if state.commits >= self.limits.queue_commits
            || (state.commits > 0 && state.bytes + bytes > self.limits.queue_bytes)
        {
            CommitError::QueueFull
        } else {
            state.commits += 1;
            state.bytes += bytes;
            state
                .waiting
                .push_back(Work::Commit(Commit { lane, batch, done }));
            show_depth(state.commits, state.bytes);
            self.arrived.notify_one();
            return;
        };
        if let Some(lane) = lane {
            state.fail(lane);
        }
        // Those before it are told first, in order; a closed queue has nobody to tell them.
        if state.closed {
            drop(state);
            done(Err(error));
        } else {
            state.waiting.push_back(Work::Refused(done, error));
            self.arrived.notify_one();
        }
    }

    /// Begins an epoch of a lane: older ones fail from now on. `passed` is called when all that was queued before is decided.
    pub(crate) fn begin_epoch(&self, lane: u64, passed: Done) -> LaneEpoch {
        let mut state = self.state.lock();
        state.last_epoch += 1;
        let begun = LaneEpoch {
            lane,
            epoch: state.last_epoch,
        };
        state.fail(LaneEpoch {
            lane,
            epoch: begun.epoch - 1,
        });
        if state.closed {
            drop(state);
            passed(Err(CommitError::Closed));
        } else {
            state.waiting.push_back(Work::Passed(passed));
            self.arrived.notify_one();
        }
        begun
    }

    /// Waits until less than half of what may wait does.
    pub(crate) async fn room(&self) {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            // Registered before looking, so that no notice is missed.
            room.as_mut().enable();
            if self.has_room() {
                return;
            }
            room.await;
        }
    }

    fn has_room(&self) -> bool {
        let state = self.state.lock();
        state.closed
            || (state.commits <= self.limits.queue_commits / 2
                && state.bytes <= self.limits.queue_bytes / 2)
    }

    /// Waits for work and takes all that fits a group; `None` when the queue is closed and empty. A group of nothing
    /// asks for an attempt to write.
    pub(super) fn next_group(&self) -> Option<Vec<Work>> {
        let mut state = self.state.lock();
        while state.waiting.is_empty() {
            if state.closed {
                return None;
            }
            if state.failing.is_none() || state.fault.is_some() {
                self.arrived.wait(&mut state);
                continue;
            }
            let waited = self.arrived.wait_for(&mut state, ATTEMPT_INTERVAL);
            if waited.timed_out() && state.waiting.is_empty() && !state.closed {
                return Some(Vec::new());
            }
        }
        let mut group = Vec::with_capacity(state.waiting.len());
        let mut bytes = 0;
        while bytes < self.limits.group_bytes
            && let Some(work) = state.waiting.pop_front()
        {
            let Work::Commit(commit) = work else {
                group.push(work);
                continue;
            };
            state.commits -= 1;
            state.bytes -= commit.batch.byte_len();
            if let Some(fault) = &state.fault {
                group.push(Work::Refused(commit.done, fault.clone().into()));
            } else if state.has_failed(commit.lane) {
                group.push(Work::Refused(commit.done, CommitError::EarlierFailed));
            } else {
                bytes += commit.batch.byte_len();
                state.writing.extend(commit.lane);
                group.push(Work::Commit(commit));
            }
        }
        show_depth(state.commits, state.bytes);
        drop(state);
        self.room.notify_waiters();
        Some(group)
    }

    pub(super) fn group_written(&self, durable: Position) {
        let mut state = self.state.lock();
        state.writing.clear();
        state.durable = durable;
    }

    pub(super) fn group_failed(&self, error: &StoreError) {
        let mut state = self.state.lock();
        for lane in std::mem::take(&mut state.writing) {
            state.fail(lane);
        }
        if error.is_fatal() {
            state.fault = Some(error.clone());
        }
        state.failing = Some(error.clone());
        state.failures += 1;
    }

    /// Notes that a write succeeded.
    pub(super) fn can_write(&self) {
        self.state.lock().failing = None;
    }

    /// Up to where all is durable.
    pub(crate) fn durable(&self) -> Position {
        self.state.lock().durable
    }

    /// Why nothing is written any more.
    pub(crate) fn fault(&self) -> Option<StoreError> {
        self.state.lock().fault.clone()
    }

    /// Why nothing can be written at the moment.
    pub(crate) fn trouble(&self) -> Option<StoreError> {
        let state = self.state.lock();
        state.fault.clone().or_else(|| state.failing.clone())
    }

    /// How many writes failed.
    pub(crate) fn failures(&self) -> u64 {
        self.state.lock().failures
    }

    /// Takes no more work; what waits is done.
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
        self.arrived.notify_all();
        self.room.notify_waiters();
    }
}
