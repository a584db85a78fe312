//! Opening a directory of sled's.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{Opened, SledOptions};
use crate::error::{OpenError, StoreError};

/// The file with all data.
pub(super) fn file_path(options: &SledOptions) -> PathBuf {
    options.directory.join("db")
}

/// Opens the directory, and waits so long where another process holds it.
pub(super) fn open(options: &SledOptions, wait: Duration) -> Result<Opened, OpenError> {
    let io_error = |error: io::Error| io_error(options, &error);
    fs::create_dir_all(&options.directory).map_err(io_error)?;
    let config = ::sled::Config::new()
        .path(&options.directory)
        .segment_size(8 << 20)
        .cache_capacity(options.cache_bytes);
    let started = Instant::now();
    let db = loop {
        match config.open() {
            Ok(db) => break db,
            Err(::sled::Error::Io(error)) if is_locked(&error) => {
                if started.elapsed() >= wait {
                    return Err(OpenError::Locked {
                        path: options.directory.clone(),
                        holder: holder(options),
                    });
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(engine_error(options, error).into()),
        }
    };
    let text = format!("process {}", std::process::id());
    // A full disk has no room even for this; then it stands there already.
    if holder(options) != text {
        fs::write(holder_path(options), text).map_err(io_error)?;
    }
    let file = File::open(file_path(options)).map_err(io_error)?;
    // The names of new files are in the directories.
    file.sync_all().map_err(io_error)?;
    File::open(options.directory.join("conf"))
        .and_then(|conf| conf.sync_all())
        .map_err(io_error)?;
    for directory in [Some(&*options.directory), options.directory.parent()] {
        if let Some(directory) = directory.filter(|path| !path.as_os_str().is_empty()) {
            File::open(directory)
                .and_then(|directory| directory.sync_all())
                .map_err(io_error)?;
        }
    }
    Ok(Opened { db, file })
}

/// sled tells a lock by its words alone.
fn is_locked(error: &io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

fn holder_path(options: &SledOptions) -> PathBuf {
    options.directory.join("holder")
}

fn holder(options: &SledOptions) -> String {
    fs::read_to_string(holder_path(options)).unwrap_or_else(|_| "another process".to_owned())
}

/// What sled says, in the store's words.
pub(super) fn engine_error(options: &SledOptions, error: ::sled::Error) -> StoreError {
    match error {
        ::sled::Error::Io(error) => io_error(options, &error),
        ::sled::Error::Corruption { at, .. } => StoreError::damaged(
            file_path(options).display().to_string(),
            format!("at {at:?}"),
        ),
        other => StoreError::Io {
            path: options.directory.clone(),
            detail: other.to_string(),
        },
    }
}

fn io_error(options: &SledOptions, error: &io::Error) -> StoreError {
    let path = options.directory.clone();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full { path },
        _ => StoreError::Io {
            path,
            detail: error.to_string(),
        },
    }
}
