//! A store in memory that holds back the reads of whoever prepares rules, until the test lets them go.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use store::backend::{Backend, Direction, Entry, KeyRange};
use store::memory::MemoryBackend;
use store::{Batch, StoreError};

/// How long the builder may take to its next read before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// The thread that makes indexes of rules that are being prepared.
const BUILDER: &str = "preparing";

/// What becomes of the builder's reads.
#[derive(Clone, Copy, PartialEq)]
enum Reads {
    /// They wait, but for so many.
    Held(usize),
    Free,
    Failing,
}

/// A store with a gate before the reads of the builder.
pub(super) struct Gate {
    store: Arc<MemoryBackend>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    reads: Reads,
    /// Whether the builder waits at the gate.
    waits: bool,
}

impl Gate {
    /// A gate that is closed, before an empty store.
    pub(super) fn closed() -> Arc<Self> {
        Self::before(Arc::default())
    }

    /// Another closed gate before the same store.
    pub(super) fn again(&self) -> Arc<Self> {
        Self::before(self.store.clone())
    }

    fn before(store: Arc<MemoryBackend>) -> Arc<Self> {
        let reads = Reads::Held(0);
        let state = Mutex::new(State {
            reads,
            waits: false,
        });
        Arc::new(Self {
            store,
            state,
            changed: Condvar::new(),
        })
    }

    /// Lets all reads go.
    pub(super) fn open(&self) {
        self.set(Reads::Free);
    }

    /// Holds the reads that come.
    pub(super) fn close(&self) {
        self.set(Reads::Held(0));
    }

    /// Lets all reads fail.
    pub(super) fn fail(&self) {
        self.set(Reads::Failing);
    }

    /// Lets one read go, and waits until the builder is at the next one.
    pub(super) fn let_one_go(&self) {
        self.wait_for_builder();
        self.set(Reads::Held(1));
        let state = self.lock();
        let is_on_its_way = |state: &mut State| state.reads != Reads::Held(0) || !state.waits;
        let waited = self
            .changed
            .wait_timeout_while(state, PATIENCE, is_on_its_way);
        let (_state, timeout) = waited.expect("no panic at the gate");
        assert!(!timeout.timed_out(), "the builder read no more");
    }

    /// Waits until the builder is at the gate.
    pub(super) fn wait_for_builder(&self) {
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), PATIENCE, |state| !state.waits);
        let (_state, timeout) = waited.expect("no panic at the gate");
        assert!(!timeout.timed_out(), "the builder reads nothing");
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic at the gate")
    }

    fn set(&self, reads: Reads) {
        self.lock().reads = reads;
        self.changed.notify_all();
    }

    fn pass(&self) -> Result<(), StoreError> {
        if std::thread::current().name() != Some(BUILDER) {
            return Ok(());
        }
        let mut state = self.lock();
        loop {
            match state.reads {
                Reads::Free => return Ok(()),
                Reads::Failing => {
                    return Err(StoreError::Io {
                        path: PathBuf::from("/secret/store"),
                        detail: "the test wants it so".to_owned(),
                    });
                }
                Reads::Held(0) => {
                    state.waits = true;
                    self.changed.notify_all();
                    state = self.changed.wait(state).expect("no panic at the gate");
                    state.waits = false;
                }
                Reads::Held(count) => {
                    state.reads = Reads::Held(count - 1);
                    return Ok(());
                }
            }
        }
    }
}

impl Backend for Gate {
    fn read(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool, StoreError> {
        self.store.read(key, read)
    }

    fn page(&self, range: &KeyRange, direction: Direction) -> Result<Vec<Entry>, StoreError> {
        self.pass()?;
        self.store.page(range, direction)
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        self.store.apply(batch)
    }
}
