//! The workers that lanes take turns on.
//!
//! A lane with work stands in one line with all others, gets a worker for one
//! turn, and goes to the end of the line when more waits: a tenant that floods
//! the host slows itself.
//!
//! Turns of lanes with large rules may be long. They have at most half of the workers at a time, so that
//! the others always have one, however many tenants bring large rules.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};

use super::Lane;

/// How long a lane's turns may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Its rules are small.
    Light,
    /// Some of its rules are too large for the pool of instances.
    Heavy,
}

/// What waits for a worker, first come first served within each weight.
struct Queue<T> {
    /// With the number under which each came.
    light: VecDeque<(u64, T)>,
    heavy: VecDeque<(u64, T)>,
    came: u64,
    /// Heavy turns that workers are at.
    heavy_turns: usize,
    most_heavy_turns: usize,
    stopping: bool,
}

impl<T> Queue<T> {
    fn new(workers: usize) -> Self {
        Self {
            light: VecDeque::new(),
            heavy: VecDeque::new(),
            came: 0,
            heavy_turns: 0,
            most_heavy_turns: (workers / 2).max(1),
            stopping: false,
        }
    }

    fn push(&mut self, item: T, weight: Weight) {
        self.came += 1;
        let came = (self.came, item);
        match weight {
            Weight::Light => self.light.push_back(came),
            Weight::Heavy => self.heavy.push_back(came),
        }
    }

    /// The first that may have a turn now.
    fn pop(&mut self) -> Option<(T, Weight)> {
        let number = |line: &VecDeque<(u64, T)>| line.front().map_or(u64::MAX, |(came, _)| *came);
        let may_be_heavy = self.heavy_turns < self.most_heavy_turns;
        if may_be_heavy && number(&self.heavy) < number(&self.light) {
            self.heavy_turns += 1;
            return self
                .heavy
                .pop_front()
                .map(|(_, item)| (item, Weight::Heavy));
        }
        self.light
            .pop_front()
            .map(|(_, item)| (item, Weight::Light))
    }

    /// A turn of this weight is over.
    fn end(&mut self, weight: Weight) {
        if weight == Weight::Heavy {
            self.heavy_turns -= 1;
        }
    }
}

struct Shared {
    queue: Mutex<Queue<Arc<Lane>>>,
    changed: Condvar,
}

/// The line of lanes that wait for a worker.
#[derive(Clone)]
pub(super) struct Line(Arc<Shared>);

impl Line {
    /// Puts a lane at the end.
    pub(super) fn join(&self, lane: Arc<Lane>) {
        let weight = lane.weight();
        // Where no worker is left the host has stopped, and nobody waits for an answer.
        self.0.queue.lock().push(lane, weight);
        self.0.changed.notify_one();
    }

    /// Waits for a lane; none if the workers are to end.
    fn next(&self) -> Option<(Arc<Lane>, Weight)> {
        let mut queue = self.0.queue.lock();
        loop {
            if let Some(next) = queue.pop() {
                return Some(next);
            }
            if queue.stopping {
                return None;
            }
            self.0.changed.wait(&mut queue);
        }
    }

    fn end(&self, weight: Weight) {
        self.0.queue.lock().end(weight);
        // Another heavy one may have been passed over.
        self.0.changed.notify_one();
    }
}

/// The workers.
pub(super) struct Pool {
    line: Line,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts so many workers.
    pub(super) fn start(workers: usize) -> std::io::Result<Self> {
        let line = Line(Arc::new(Shared {
            queue: Mutex::new(Queue::new(workers)),
            changed: Condvar::new(),
        }));
        let start_worker = |number| {
            let line = line.clone();
            std::thread::Builder::new()
                .name(format!("lane-{number}"))
                .spawn(move || work(&line))
        };
        Ok(Self {
            workers: (0..workers).map(start_worker).collect::<Result<_, _>>()?,
            line,
        })
    }

    /// Where lanes ask for a turn.
    pub(super) fn line(&self) -> Line {
        self.line.clone()
    }

    /// Ends the workers after the turns that they are at. Waits for them.
    pub(super) fn stop(self) {
        self.line.0.queue.lock().stopping = true;
        self.line.0.changed.notify_all();
        for worker in self.workers {
            let _ = worker.join();
        }
    }
}

fn work(line: &Line) {
    while let Some((lane, weight)) = line.next() {
        // A panic is a fault of ours; it must not cost the other tenants their worker.
        let turn = catch_unwind(AssertUnwindSafe(|| lane.take_turn()));
        if turn.is_err() {
            lane.give_up();
        }
        line.end(weight);
        if lane.end_turn() {
            line.join(lane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_came_first_is_first() {
        let mut queue = Queue::new(8);
        for (item, weight) in [(1, Weight::Heavy), (2, Weight::Light), (3, Weight::Heavy)] {
            queue.push(item, weight);
        }
        let turns: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        let expect = [(1, Weight::Heavy), (2, Weight::Light), (3, Weight::Heavy)];
        assert_eq!(turns, expect);
    }

    #[test]
    fn heavy_turns_have_half_of_the_workers() {
        let mut queue = Queue::new(4);
        for item in 0..5 {
            queue.push(item, Weight::Heavy);
        }
        assert_eq!(queue.pop(), Some((0, Weight::Heavy)));
        assert_eq!(queue.pop(), Some((1, Weight::Heavy)));
        assert_eq!(queue.pop(), None, "the other workers are for others");
        queue.push(5, Weight::Light);
        assert_eq!(queue.pop(), Some((5, Weight::Light)));
        queue.end(Weight::Light);
        assert_eq!(queue.pop(), None);
        queue.end(Weight::Heavy);
        assert_eq!(queue.pop(), Some((2, Weight::Heavy)));
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn one_worker_serves_all() {
        let mut queue = Queue::new(1);
        queue.push(0, Weight::Heavy);
        queue.push(1, Weight::Light);
        assert_eq!(queue.pop(), Some((0, Weight::Heavy)));
        queue.end(Weight::Heavy);
        assert_eq!(queue.pop(), Some((1, Weight::Light)));
    }
}
