//! The thread that writes and merges for all indexes.

use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::error::IndexError;
use crate::inner::Inner;
use crate::shared::Core;

/// How long the thread waits after an index could not be written, for want of space for instance.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What the thread has to do.
#[derive(Debug, Default)]
pub(crate) struct Work {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    flushes: VecDeque<Weak<Inner>>,
    merges: VecDeque<Weak<Inner>>,
    later: Vec<(Instant, Task, Weak<Inner>)>,
    /// The tails of all indexes together are too large.
    relieve: bool,
    stop: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Flush,
    Merge,
}

impl Work {
    pub(crate) fn stop(&self) {
        self.queue.lock().stop = true;
        self.wake.notify_all();
    }

    /// Asks for a task, unless the index already waits for it.
    pub(crate) fn ask(&self, task: Task, index: &Arc<Inner>) {
        if index.starts_waiting(task) {
            let mut queue = self.queue.lock();
            match task {
                Task::Flush => queue.flushes.push_back(Arc::downgrade(index)),
                Task::Merge => queue.merges.push_back(Arc::downgrade(index)),
            }
            drop(queue);
            self.wake.notify_all();
        }
    }

    /// Asks for room: the largest tails are to be written.
    pub(crate) fn relieve(&self) {
        self.queue.lock().relieve = true;
        self.wake.notify_all();
    }

    /// Waits for the next thing to do. `None` means the end.
    fn next(&self) -> Option<Next> {
        let mut queue = self.queue.lock();
        loop {
            if queue.stop {
                return None;
            }
            let now = Instant::now();
            let due: Vec<_> = queue.later.extract_if(.., |(at, ..)| *at <= now).collect();
            for (_, task, index) in due {
                match task {
                    Task::Flush => queue.flushes.push_back(index),
                    Task::Merge => queue.merges.push_back(index),
                }
            }
            if let Some(index) = queue.flushes.pop_front() {
                return Some(Next::Task(Task::Flush, index));
            }
            if std::mem::take(&mut queue.relieve) {
                return Some(Next::Relieve);
            }
            if let Some(index) = queue.merges.pop_front() {
                return Some(Next::Task(Task::Merge, index));
            }
            match queue.later.iter().map(|(at, ..)| *at).min() {
                Some(at) => drop(self.wake.wait_until(&mut queue, at)),
                None => self.wake.wait(&mut queue),
            }
        }
    }
}

enum Next {
    Task(Task, Weak<Inner>),
    Relieve,
}

/// Works until it is told to stop.
pub(crate) fn run(core: &Core) {
    while let Some(next) = core.work.next() {
        match next {
            Next::Task(task, index) => {
                if let Some(index) = index.upgrade() {
                    work(core, task, &index);
                }
            }
            Next::Relieve => relieve(core),
        }
    }
}

fn work(core: &Core, task: Task, index: &Arc<Inner>) {
    index.stops_waiting(task);
    // A panic in the tree poisons its locks: the index is of no use afterwards, the others are.
    let done = panic::catch_unwind(AssertUnwindSafe(|| match task {
        Task::Flush => index.write_sealed().map(|()| Some(Task::Merge)),
        Task::Merge => index.merge_once().map(|more| more.then_some(Task::Merge)),
    }))
    .unwrap_or_else(|_| Err(index.damaged("the tree panicked")));
    index.note(done.as_ref().err());
    match done {
        Ok(Some(next)) => core.work.ask(next, index),
        Ok(None) => {}
        Err(error @ IndexError::Damaged { .. }) => {
            tracing::error!(%error, "a window index is damaged")
        }
        Err(error) => {
            let retry = index.starts_waiting(task);
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a window index could not be written"
            );
            if retry {
                core.work.queue.lock().later.push((
                    Instant::now() + RETRY_AFTER,
                    task,
                    Arc::downgrade(index),
                ));
            }
        }
    }
}

/// Seals the largest tails until the rest is within the budget, and has them written.
fn relieve(core: &Core) {
    while core.has_too_much_unsealed() {
        match core.largest_tail() {
            Some(index) if index.unsealed_bytes() > 0 => {
                index.seal();
                work(core, Task::Flush, &index);
            }
            _ => break,
        }
    }
}
