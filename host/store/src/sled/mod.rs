//! sled 0.34, and what it needs to keep its word.
//!
//! - Its `flush` does not reach the disk, so each batch ends with `sync_data` on its file.
//! - A leaf above a quarter of a segment goes to a file under `blobs/` that nothing syncs. With
//!   values of [`MAX_VALUE_BYTES`](super::backend::MAX_VALUE_BYTES) and segments of 8 MiB there is
//!   none; should there be one, the batch fails and the store stops.
//! - After an error of its file it refuses everything; it is then opened anew, in place. It may also
//!   wait for ever for a write that failed, so a batch that would use the last room is not begun.
//! - All is in one tree, for a batch is atomic within a tree only.

mod open;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::RwLock;

use super::backend::{Backend, Direction, Entry, KeyRange, collect_page};
use super::batch::Batch;
use super::error::{OpenError, StoreError};

/// Where and how a directory is opened.
#[derive(Clone, Debug)]
pub struct SledOptions {
    /// The directory; made where there is none.
    pub directory: PathBuf,
    /// Bytes that sled may cache. It uses some 100 MiB more.
    pub cache_bytes: u64,
    /// Bytes that must stay free on the file system; a batch that would use them is refused.
    pub reserve_bytes: u64,
    /// How long to wait for a process that holds the directory and is about to end.
    pub wait_for_lock: std::time::Duration,
}

impl SledOptions {
    /// What serves one machine.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            cache_bytes: 64 << 20,
            reserve_bytes: 64 << 20,
            wait_for_lock: std::time::Duration::from_secs(5),
        }
    }
}

/// How many bytes are free where a path is.
type FreeBytes = fn(&Path) -> io::Result<u64>;

/// A directory of sled's.
pub struct SledBackend {
    options: SledOptions,
    free_bytes: FreeBytes,
    /// None after an error, until it could be opened anew.
    opened: RwLock<Option<Opened>>,
}

struct Opened {
    db: ::sled::Db,
    /// sled's own file, to sync it.
    file: File,
}

impl SledBackend {
    /// Opens a directory, or makes it.
    ///
    /// # Errors
    /// `Locked` where another process holds it all the while; `Store` where reading or writing fails.
    pub fn open(options: SledOptions) -> Result<Self, OpenError> {
        let opened = open::open(&options, options.wait_for_lock)?;
        let backend = Self {
            options,
            free_bytes: |path| {
                let stat = rustix::fs::statvfs(path)?;
                Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
            },
            opened: RwLock::new(Some(opened)),
        };
        backend.check_blobs()?;
        Ok(backend)
    }

    /// Does something with the database, and opens it first where an error closed it.
    fn with<T>(
        &self,
        work: impl FnOnce(&Opened) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        loop {
            if let Some(opened) = &*self.opened.read() {
                return work(opened);
            }
            self.reopen()?;
        }
    }

    /// Opens the directory again where an error closed it.
    fn reopen(&self) -> Result<(), StoreError> {
        let mut opened = self.opened.write();
        if opened.is_none() {
            let wait = std::time::Duration::from_secs(1);
            *opened = Some(
                open::open(&self.options, wait).map_err(|error| match error {
                    OpenError::Store(error) => error,
                    other => self.io_error(other),
                })?,
            );
        }
        Ok(())
    }

    fn write(&self, opened: &Opened, batch: Batch) -> Result<(), StoreError> {
        let mut writes = ::sled::Batch::default();
        for (key, value) in batch.iter() {
            match value {
                Some(value) => writes.insert(key.as_bytes(), value),
                None => writes.remove(key.as_bytes()),
            }
        }
        opened
            .db
            .apply_batch(writes)
            .map_err(|error| self.engine_error(error))?;
        opened
            .db
            .flush()
            .map_err(|error| self.engine_error(error))?;
        opened
            .file
            .sync_data()
            .map_err(|error| StoreError::Unconfirmed {
                path: open::file_path(&self.options),
                detail: error.to_string(),
            })
    }

    /// Refuses a batch that would use the room that must stay free.
    fn check_room(&self, batch: &Batch) -> Result<(), StoreError> {
        let directory = &self.options.directory;
        let free = (self.free_bytes)(directory).map_err(|error| self.io_error(error))?;
        // sled writes a leaf again with each of its values.
        let needed = self.options.reserve_bytes + 4 * batch.byte_len() as u64;
        if free < needed {
            let path = directory.clone();
            return Err(StoreError::Full { path });
        }
        Ok(())
    }

    /// Checks that all values are in the log.
    fn check_blobs(&self) -> Result<(), StoreError> {
        let directory = self.options.directory.join("blobs");
        let mut files = std::fs::read_dir(directory).map_err(|error| self.io_error(error))?;
        match files.next() {
            None => Ok(()),
            Some(Ok(file)) => Err(StoreError::OutsideLog { path: file.path() }),
            Some(Err(error)) => Err(self.io_error(error)),
        }
    }

    fn io_error(&self, detail: impl ToString) -> StoreError {
        StoreError::Io {
            path: self.options.directory.clone(),
            detail: detail.to_string(),
        }
    }

    fn engine_error(&self, error: ::sled::Error) -> StoreError {
        open::engine_error(&self.options, error)
    }
}

impl Backend for SledBackend {
    fn read(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool, StoreError> {
        self.with(|opened| {
            let value = opened
                .db
                .get(key)
                .map_err(|error| self.engine_error(error))?;
            if let Some(value) = &value {
                read(value);
            }
            Ok(value.is_some())
        })
    }

    fn page(&self, range: &KeyRange, direction: Direction) -> Result<Vec<Entry>, StoreError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        self.with(|opened| {
            let entries = match range.end() {
                Some(end) => opened.db.range(range.start()..end),
                None => opened.db.range(range.start()..),
            };
            let owned = |entry: ::sled::Result<(::sled::IVec, ::sled::IVec)>| match entry {
                Ok((key, value)) => Ok((key.to_vec(), value.to_vec())),
                Err(error) => Err(self.engine_error(error)),
            };
            match direction {
                Direction::Forward => collect_page(entries.map(owned)),
                Direction::Reverse => collect_page(entries.rev().map(owned)),
            }
        })
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        self.check_room(&batch)?;
        let written = self.with(|opened| self.write(opened, batch));
        if matches!(
            written,
            Err(StoreError::Io { .. } | StoreError::Full { .. })
        ) {
            *self.opened.write() = None;
        }
        written?;
        self.check_blobs()
    }
}
