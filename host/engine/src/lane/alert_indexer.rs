//! The threads that keep the indexes of alerts: one enters what was committed, one fills indexes after a start.
//!
//! Nothing that judges or commits transactions waits for either.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use super::Lane;
use super::alert_filler::AlertFiller;
use super::published::Published;

enum Work {
    Enter(Arc<Published>),
    Stop,
}

/// Keeps the indexes of alerts.
pub struct AlertIndexer {
    work: Sender<Work>,
    entering: Mutex<Option<JoinHandle<()>>>,
    filling: Mutex<Option<AlertFiller>>,
}

impl AlertIndexer {
    /// Starts the thread that enters what was committed, so that it does not wait for the first search.
    ///
    /// # Errors
    /// Where the operating system refuses it.
    pub fn start() -> std::io::Result<Self> {
        let (work, next) = channel();
        let thread = std::thread::Builder::new()
            .name("alert-index".to_owned())
            .spawn(move || run(&next))?;
        Ok(Self {
            work,
            entering: Mutex::new(Some(thread)),
            filling: Mutex::default(),
        })
    }

    /// Starts to fill the indexes of tenants that have alerts in the store.
    ///
    /// # Errors
    /// Where the operating system refuses the thread.
    pub fn fill(&self, lanes: impl IntoIterator<Item = Arc<Lane>>) -> std::io::Result<()> {
        let filler = AlertFiller::start(lanes)?;
        *self.filling.lock() = filler;
        Ok(())
    }

    /// More of a tenant's alerts are durable.
    pub(super) fn note(&self, published: &Arc<Published>) {
        // Where the thread has ended the host stops, and nobody searches any more.
        let _ = self.work.send(Work::Enter(published.clone()));
    }

    /// Ends filling, wherever it is: a restart begins again.
    pub fn stop_filling(&self) {
        let filling = self.filling.lock().take();
        if let Some(filling) = filling {
            filling.stop();
        }
    }

    /// Ends the threads.
    pub fn stop(&self) {
        self.stop_filling();
        let _ = self.work.send(Work::Stop);
        if let Some(thread) = self.entering.lock().take() {
            let _ = thread.join();
        }
    }
}

fn run(next: &Receiver<Work>) {
    while let Ok(Work::Enter(published)) = next.recv() {
        published.alerts().enter_noted();
    }
}
