//! The handle of an index.

use std::path::{self, Path};
use std::sync::Arc;

use lsm_tree::AbstractTree as _;

use crate::error::{Fault, IndexError, OpenError};
use crate::files::{self, Found};
use crate::inner::Inner;
use crate::row::{Row, RowKey};
use crate::shared::Shared;
use crate::visit::Visit;
use crate::worker::Task;

/// The rows of a team by the value of one field, in a directory of their own.
///
/// All methods can be called from many threads at the same time. Dropping an index writes nothing: rows above
/// [`persisted`](Self::persisted) are gone, as after a crash. It does not wait for merging either; opening the
/// directory again does.
#[derive(Debug)]
pub struct WindowIndex {
    // The index goes before the thread does.
    inner: Option<Arc<Inner>>,
    shared: Arc<Shared>,
}

/// An index that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The index.
    pub index: WindowIndex,
    /// What was in its directory.
    pub origin: Origin,
}

/// What was in the directory of an index that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nothing. The index is empty.
    New,
    /// The index, with its rows up to its watermark.
    Kept,
    /// Something of no use, which was removed. The index is empty.
    Replaced(Cause),
}

/// Why an index was replaced by an empty one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// It had another layout.
    Layout,
    /// Another version of this program wrote it in another format.
    Format,
    /// It was found to be damaged earlier, or the program stopped while it was made or removed.
    Unfinished,
    /// Its files are not as they were written; the text says what was found.
    Damaged(String),
}

/// Figures of an index, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Rows, about: rows that were appended twice may count twice until they are merged.
    pub rows: u64,
    /// Bytes of all tables on disk.
    pub disk_bytes: u64,
    /// Rows that are only in memory.
    pub unwritten_rows: u64,
    /// Bytes of memory that they take, about.
    pub unwritten_bytes: u64,
    /// Tables that were written and not merged yet.
    pub unmerged_tables: u64,
    /// Whether the index waits for a step of merging.
    pub waits_for_merge: bool,
}

impl WindowIndex {
    /// Opens the index in a directory, or makes an empty one.
    ///
    /// `layout` says in the caller's terms what is indexed. An index of another layout or format and a damaged one are
    /// removed, since all rows can be appended again. Nothing is written before there are rows to write.
    ///
    /// Waits for the thread to be done with an index that was open in the same directory and was dropped.
    ///
    /// # Errors
    /// The directory is open already, or could not be read or removed.
    pub fn open(dir: &Path, layout: &[u8], shared: &Arc<Shared>) -> Result<Opened, OpenError> {
        let io = |source| OpenError::Io {
            dir: dir.to_owned(),
            source,
        };
        let dir = path::absolute(dir).map_err(io)?;
        let claim = shared.core.claim(&dir)?;
        let found = files::look(&dir, layout).map_err(io)?;
        let mut inner = Inner::empty(&shared.core, claim, &dir, layout);
        let origin = match found {
            Found::Nothing => Origin::New,
            Found::NoLayout => Origin::Replaced(Cause::Unfinished),
            Found::OtherFormat => Origin::Replaced(Cause::Format),
            Found::OtherLayout => Origin::Replaced(Cause::Layout),
            Found::Garbled => {
                Origin::Replaced(Cause::Damaged("the layout has another checksum".to_owned()))
            }
            Found::Index => match inner.read_tree() {
                Ok(()) => Origin::Kept,
                Err(Fault::Damage(detail)) => Origin::Replaced(Cause::Damaged(detail)),
                Err(Fault::Io(source)) => return Err(io(source)),
            },
        };
        if let Origin::Replaced(_) = origin {
            files::remove(&dir).map_err(io)?;
        }
        let inner = Arc::new(inner);
        shared.core.register(&inner);
        if origin == Origin::Kept {
            // A crash may have left tables that wait to be merged.
            shared.core.work.ask(Task::Merge, &inner);
        }
        Ok(Opened {
            index: Self {
                inner: Some(inner),
                shared: Arc::clone(shared),
            },
            origin,
        })
    }

    fn inner(&self) -> &Arc<Inner> {
        self.inner.as_ref().expect("only dropping takes it")
    }

    /// Returns the first sequence number that was not appended. After a crash that is [`persisted`](Self::persisted).
    #[must_use]
    pub fn watermark(&self) -> u64 {
        self.inner().state().read().watermark
    }

    /// Returns the watermark up to which all rows survive a crash.
    #[must_use]
    pub fn persisted(&self) -> u64 {
        self.inner().persisted()
    }

    /// Appends rows; `next` becomes the watermark, also if no row had a key. Other threads see the rows at once, those
    /// of one call not all at the same moment.
    ///
    /// Never waits for the disk: rows are written by the thread of [`Shared`], from the end of the call on. Who appends
    /// faster than it writes has to stop when [`is_behind`](Self::is_behind) says so, or memory grows. Appending a row a
    /// second time changes nothing.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    pub fn append<'r>(
        &self,
        rows: impl Iterator<Item = Row<'r>>,
        next: u64,
    ) -> Result<(), IndexError> {
        self.inner().append(rows, next)
    }

    /// Adds a row that other threads see at once and that is not kept before [`advance`](Self::advance) says so: its
    /// sequence number is not below the watermark. The rows of a key are found whatever their order.
    pub fn push(&self, row: Row<'_>) {
        self.inner().add(std::iter::once(row));
    }

    /// Moves the watermark on to `next`, unless it is there already: pushed rows below it are kept from now on, as if
    /// they had been appended.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    pub fn advance(&self, next: u64) -> Result<(), IndexError> {
        self.inner().advance(next)
    }

    /// Forgets the pushed rows that are not below the watermark, as a crash would.
    pub fn retreat(&self) {
        self.inner().retreat();
    }

    /// Visits the rows of a key with `from < at <= to` and `sequence < before`, each once, in order of time and
    /// sequence number. Times are in microseconds since the epoch.
    ///
    /// Ends early where `visit` breaks off. No lock is held during `visit`. Rows that are appended meanwhile may be visited or not.
    ///
    /// # Errors
    /// Some rows may have been visited when a file turns out to be damaged or cannot be read.
    pub fn visit(
        &self,
        key: &RowKey,
        from: i64,
        to: i64,
        before: u64,
        visit: &mut Visit<'_>,
    ) -> Result<(), IndexError> {
        self.inner().visit(key, from, to, before, visit)
    }

    /// Returns whether writing or merging has fallen behind, so that nothing should be appended for now: four tails of
    /// rows wait to be written, or 24 tables to be merged.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.inner().is_behind()
    }

    /// Returns whether the last attempt to write or merge failed. There will be another one.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.inner().is_failing()
    }

    /// Waits until the index is no longer [behind](Self::is_behind).
    ///
    /// # Errors
    /// The index is damaged, or its rows cannot be written.
    pub fn wait_while_behind(&self) -> Result<(), IndexError> {
        self.inner().wait_while_behind()
    }

    /// Writes all rows to disk, on the calling thread, and moves [`persisted`](Self::persisted) to the watermark.
    /// Waits for a step of merging of this index that is under way.
    ///
    /// # Errors
    /// The index is damaged, or its rows cannot be written.
    pub fn flush(&self) -> Result<(), IndexError> {
        self.inner().seal();
        self.inner().write_sealed()?;
        self.shared.core.work.ask(Task::Merge, self.inner());
        Ok(())
    }

    /// Merges on the calling thread until there is nothing left to merge.
    ///
    /// # Errors
    /// The index is damaged, or tables cannot be read or written.
    pub fn merge(&self) -> Result<(), IndexError> {
        while self.inner().merge_once()? {}
        Ok(())
    }

    /// Returns figures for metrics.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let inner = self.inner();
        let state = inner.state().read();
        let tails = || {
            state
                .sealed
                .iter()
                .map(|sealed| &sealed.tail)
                .chain([&state.active])
        };
        let unwritten_rows = tails().map(|tail| tail.len() as u64).sum();
        let unwritten_bytes = tails().map(|tail| tail.bytes() as u64).sum();
        drop(state);
        Figures {
            rows: unwritten_rows + inner.tree().map_or(0, |tree| tree.approximate_len() as u64),
            disk_bytes: inner.tree().map_or(0, |tree| tree.disk_space()),
            unwritten_rows,
            unwritten_bytes,
            unmerged_tables: inner.level_zero() as u64,
            waits_for_merge: inner
                .waits(Task::Merge)
                .load(std::sync::atomic::Ordering::Relaxed),
        }
    }

    /// Closes the index and removes its directory, when its team goes or its rows are to be appended again. Waits for a
    /// step of merging that is under way.
    ///
    /// # Errors
    /// The directory could not be removed; what is left of it is no index any more, if `layout` in it could be removed.
    pub fn remove(mut self) -> Result<(), OpenError> {
        let dir = self.inner().dir().to_owned();
        let shared = Arc::clone(&self.shared);
        self.close();
        let _claim = shared.core.claim(&dir)?;
        files::remove(&dir).map_err(|source| OpenError::Io { dir, source })
    }

    fn close(&mut self) {
        if let Some(inner) = self.inner.take() {
            self.shared.core.closing(inner.dir());
        }
    }
}

impl Drop for WindowIndex {
    fn drop(&mut self) {
        self.close();
    }
}
