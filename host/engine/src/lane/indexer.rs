//! The thread that writes the indexes of transactions behind the lanes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use super::index_bell::IndexBell;
use super::tail::Segment;
use super::team_view::TeamView;
use base::condition::Condition;

enum Work {
    Write(Arc<TeamView>, Arc<Segment>),
    Stop,
}

/// Writes the indexes of transactions.
pub struct Indexer {
    work: Sender<Work>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Indexer {
    /// Starts the thread, which rings the bell whenever it has written something, or cannot.
    ///
    /// # Errors
    /// Where the operating system refuses it.
    pub fn start(bell: Arc<IndexBell>) -> std::io::Result<Self> {
        let (work, next) = channel();
        let thread = std::thread::Builder::new()
            .name("indexer".to_owned())
            .spawn(move || run(&next, &bell))?;
        Ok(Self {
            work,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// More of a team's transactions are durable: its tail is written when it is long enough.
    pub(super) fn note(&self, view: &Arc<TeamView>) {
        if let Some(sealed) = view.seal() {
            // Where the thread has ended the host stops; a restart reads the tail again.
            let _ = self.work.send(Work::Write(view.clone(), sealed));
        }
    }

    /// Ends the thread after what it was given. Nothing is lost: a restart reads the tail again.
    pub fn stop(&self) {
        let _ = self.work.send(Work::Stop);
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

/// It is tried again with each stretch of transactions.
static NOT_WRITTEN: Condition = Condition::new(
    "an index cannot be written; the team is opened again with its next transactions",
);

fn run(next: &Receiver<Work>, bell: &IndexBell) {
    while let Ok(Work::Write(view, sealed)) = next.recv() {
        if let Err(error) = view.write_index(&sealed) {
            NOT_WRITTEN.holds(error);
        } else {
            NOT_WRITTEN.ended();
        }
        bell.ring();
    }
}
