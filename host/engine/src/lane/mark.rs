//! A record that says that a request was carried out, written in the commit of what it changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::task::JoinHandle;

use store::Batch;
use store::key::Key;

tokio::task_local! {
    static MARK: Arc<Mark>;
}

/// A record that goes into the commit of every change that is made [within](Mark::scope) it and writes anything. It
/// is an ambient value, so that no change of a request can be made without it, whoever makes it. Work that the request
/// leaves to other tasks is within it only if they are [spawned](Mark::spawn) so.
pub struct Mark {
    key: Key,
    value: Mutex<Vec<u8>>,
    is_durable: AtomicBool,
}

impl Mark {
    /// A record that is not written yet.
    pub fn new(key: Key, value: Vec<u8>) -> Self {
        Self {
            key,
            value: Mutex::new(value),
            is_durable: AtomicBool::new(false),
        }
    }

    /// Does work within the mark.
    pub async fn scope<F: Future>(mark: Arc<Self>, work: F) -> F::Output {
        MARK.scope(mark, work).await
    }

    /// Spawns work that stays within the mark of the running task, where there is one.
    pub fn spawn<F>(work: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match Self::current() {
            Some(mark) => tokio::spawn(MARK.scope(mark, work)),
            None => tokio::spawn(work),
        }
    }

    /// The mark that the running task is within.
    pub fn current() -> Option<Arc<Self>> {
        MARK.try_with(Arc::clone).ok()
    }

    /// Under which key it is written.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// What is written from now on.
    pub fn set_value(&self, value: Vec<u8>) {
        *self.value.lock() = value;
    }

    /// Adds the record to a batch.
    pub fn write(&self, batch: &mut Batch) {
        batch.put(self.key.clone(), self.value.lock().clone());
    }

    /// Notes that a batch with it is durable.
    pub fn set_durable(&self) {
        self.is_durable.store(true, Ordering::Relaxed);
    }

    /// Whether a change was made within it, and is durable.
    pub fn is_durable(&self) -> bool {
        self.is_durable.load(Ordering::Relaxed)
    }
}
