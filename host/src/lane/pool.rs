//! The workers that lanes take turns on.
//!
//! A lane with work stands in one line with all others, gets a worker for one
//! turn, and goes to the end of the line when more waits: a tenant that floods
//! the host slows itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use super::Lane;

enum Next {
    Turn(Arc<Lane>),
    Stop,
}

/// The line of lanes that wait for a worker.
#[derive(Clone)]
pub(super) struct Line(Sender<Next>);

impl Line {
    /// Puts a lane at the end.
    pub(super) fn join(&self, lane: Arc<Lane>) {
        // Where no worker is left the host has stopped, and nobody waits for an answer.
        let _ = self.0.send(Next::Turn(lane));
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
        let (sender, receiver) = channel();
        let line = Line(sender);
        let receiver = Arc::new(Mutex::new(receiver));
        let start_worker = |number| {
            let (line, receiver) = (line.clone(), receiver.clone());
            std::thread::Builder::new()
                .name(format!("lane-{number}"))
                .spawn(move || work(&line, &receiver))
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
        for _ in &self.workers {
            let _ = self.line.0.send(Next::Stop);
        }
        for worker in self.workers {
            let _ = worker.join();
        }
    }
}

fn work(line: &Line, receiver: &Mutex<Receiver<Next>>) {
    loop {
        // The lock is held while waiting, so that exactly one worker waits on the channel.
        let next = receiver.lock().recv();
        let Ok(Next::Turn(lane)) = next else {
            return;
        };
        // A panic is a fault of ours; it must not cost the other tenants their worker.
        let turn = catch_unwind(AssertUnwindSafe(|| lane.take_turn()));
        if turn.is_err() {
            lane.give_up();
        }
        if lane.end_turn() {
            line.join(lane);
        }
    }
}
