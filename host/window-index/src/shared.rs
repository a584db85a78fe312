//! What all indexes of a process share.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};

use lsm_tree::{Cache, DescriptorTable};
use parking_lot::{Condvar, Mutex};

use crate::error::OpenError;
use crate::inner::Inner;
use crate::worker::{self, Work};

/// How much memory and how many descriptors all indexes may take together, and how they write.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bytes of blocks that are kept after they were read.
    pub cache_bytes: u64,
    /// Files that are kept open. Reads of more tables at the same time open more, for as long as they last.
    pub descriptors: usize,
    /// Bytes of rows in memory that no index has asked to write yet. Above it the largest of them are written early.
    pub tail_bytes: u64,
    /// Rows in memory above which an index has them written.
    pub rows_per_flush: usize,
    /// The size of the files that merging makes, in bytes.
    pub table_bytes: u64,
}

impl Default for Settings {
    /// 64 MiB of cache, 512 files, 64 MiB of unwritten rows, 131,072 rows a flush and tables of 8 MiB. The front page says
    /// what was measured.
    fn default() -> Self {
        Self {
            cache_bytes: 64 << 20,
            descriptors: 512,
            tail_bytes: 64 << 20,
            rows_per_flush: 131_072,
            table_bytes: 8 << 20,
        }
    }
}

/// The cache, the descriptors and the thread that all indexes of a process share.
///
/// The thread writes and merges for all indexes, one after the other: what waits to be written comes before what waits
/// to be merged. It ends when the last index and the last reference are dropped; that waits for the step under way, which
/// takes a second or two at most.
#[derive(Debug)]
pub struct Shared {
    pub(crate) core: Arc<Core>,
    worker: Option<JoinHandle<()>>,
}

impl Shared {
    /// Starts the thread, which calls `on_progress` whenever an index has got further, or an attempt failed.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn new(
        settings: Settings,
        on_progress: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<Arc<Self>> {
        let core = Arc::new(Core {
            cache: Arc::new(Cache::with_capacity_bytes(settings.cache_bytes)),
            descriptors: Arc::new(DescriptorTable::new(settings.descriptors)),
            settings,
            unsealed_bytes: AtomicU64::new(0),
            work: Work::default(),
            on_progress: Box::new(on_progress),
            open: Mutex::default(),
            released: Condvar::new(),
        });
        let theirs = Arc::clone(&core);
        let worker = thread::Builder::new()
            .name("window-index".to_owned())
            .spawn(move || worker::run(&theirs))?;
        Ok(Arc::new(Self {
            core,
            worker: Some(worker),
        }))
    }

    /// Returns the bytes of blocks that are kept in memory.
    #[must_use]
    pub fn cached_bytes(&self) -> u64 {
        self.core.cache.size()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.core.work.stop();
        if let Some(worker) = self.worker.take() {
            // The worker catches the panics of its work, so there is nothing to learn from its end.
            let _ = worker.join();
        }
    }
}

/// The part of [`Shared`] that the thread may hold.
pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) cache: Arc<Cache>,
    pub(crate) descriptors: Arc<DescriptorTable>,
    /// The sum of the unsealed tails of all indexes.
    pub(crate) unsealed_bytes: AtomicU64,
    pub(crate) work: Work,
    pub(crate) on_progress: Box<dyn Fn() + Send + Sync>,
    open: Mutex<HashMap<PathBuf, Use>>,
    released: Condvar,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// How a directory is used.
enum Use {
    /// Somebody has it open. The index is known once it has been read.
    Open(Weak<Inner>),
    /// It was closed, and the thread still has work with it.
    Closing,
}

impl Core {
    /// Takes a directory, so that no other index of this process works in it. Waits for the thread to be done with an
    /// index that was there and was closed.
    pub(crate) fn claim(self: &Arc<Self>, dir: &Path) -> Result<Claim, OpenError> {
        let mut open = self.open.lock();
        loop {
            match open.get(dir) {
                None => break,
                Some(Use::Open(_)) => return Err(OpenError::InUse(dir.to_owned())),
                Some(Use::Closing) => self.released.wait(&mut open),
            }
        }
        open.insert(dir.to_owned(), Use::Open(Weak::new()));
        Ok(Claim {
            core: Arc::clone(self),
            dir: dir.to_owned(),
        })
    }

    pub(crate) fn register(&self, index: &Arc<Inner>) {
        self.open
            .lock()
            .insert(index.dir().to_owned(), Use::Open(Arc::downgrade(index)));
    }

    /// Notes that nobody has the index open any more.
    pub(crate) fn closing(&self, dir: &Path) {
        self.open.lock().insert(dir.to_owned(), Use::Closing);
    }

    /// Returns the index with the largest unsealed tail.
    pub(crate) fn largest_tail(&self) -> Option<Arc<Inner>> {
        let open: Vec<Weak<Inner>> = self
            .open
            .lock()
            .values()
            .filter_map(|index| match index {
                Use::Open(index) => Some(Weak::clone(index)),
                Use::Closing => None,
            })
            .collect();
        open.iter()
            .filter_map(Weak::upgrade)
            .max_by_key(|index| index.unsealed_bytes())
    }

    pub(crate) fn has_too_much_unsealed(&self) -> bool {
        self.unsealed_bytes.load(Ordering::Relaxed) > self.settings.tail_bytes
    }
}

/// The right to work in a directory, until it is dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    core: Arc<Core>,
    dir: PathBuf,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.core.open.lock().remove(&self.dir);
        self.core.released.notify_all();
    }
}
