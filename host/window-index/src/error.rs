//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// Why an index could not be opened. A damaged index is no error: it is replaced.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory is already open in this process.
    #[error("the index '{}' is already open", .0.display())]
    InUse(PathBuf),
    /// The directory could not be read, or an index that is of no use could not be removed.
    #[error("cannot open the index '{}'", .dir.display())]
    Io {
        /// The directory of the index.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why an operation on an open index failed.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The files do not hold what was written. The index is of no use any more: every later operation fails with the
    /// same error, and the next [`WindowIndex::open`](crate::WindowIndex::open) of its directory makes it anew.
    #[error("the index '{}' is damaged ({detail}): open it again to have it made anew", .dir.display())]
    Damaged {
        /// The directory of the index.
        dir: PathBuf,
        /// What was found.
        detail: String,
    },
    /// Files could not be read or written. The rows stay readable in memory as far as they have not been written; the
    /// operation can be repeated.
    #[error("cannot read or write the index '{}'", .dir.display())]
    Io {
        /// The directory of the index.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What an error of the tree means for an index.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The files are not as they were written.
    Damage(String),
    /// It may work another time.
    Io(io::Error),
}

impl From<lsm_tree::Error> for Fault {
    fn from(error: lsm_tree::Error) -> Self {
        match error {
            lsm_tree::Error::Io(error) => error.into(),
            other => Self::Damage(other.to_string()),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{
            InvalidData, InvalidInput, IsADirectory, NotADirectory, NotFound, UnexpectedEof,
        };
        match error.kind() {
            // Files of a tree never shrink or go away while they are needed, and places in them are never out of range.
            UnexpectedEof | NotFound | InvalidData | InvalidInput | IsADirectory
            | NotADirectory => Self::Damage(error.to_string()),
            _ => Self::Io(error),
        }
    }
}
