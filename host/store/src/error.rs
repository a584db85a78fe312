//! What can go wrong with the store, by operation.

use std::path::PathBuf;

/// Why a directory was not opened.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the directory.
    #[error(
        "{} is in use by {holder}; stop that process, or choose another directory",
        path.display()
    )]
    Locked {
        /// The directory.
        path: PathBuf,
        /// Who said last that they hold it.
        holder: String,
    },
    /// A newer release wrote it.
    #[error(
        "the data are of format {found}, written by release {release}, and this release reads \
         formats up to {known}; start release {release} or a newer one, or restore a backup that \
         an older one made"
    )]
    Newer {
        /// The format of the data.
        found: u32,
        /// The newest format that this release reads.
        known: u32,
        /// The release that wrote the data.
        release: String,
    },
    /// There are records, but not Vervet's.
    #[error("the directory holds records that are not of Vervet; choose an empty directory")]
    NotOurs,
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a read or a write failed.
///
/// After a failed write the batch may be there or not, but never in halves.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room for the write. It works again once there is.
    #[error("no room is left in {}; make room there, nothing else needs to be done", path.display())]
    Full {
        /// The directory of the store.
        path: PathBuf,
    },
    /// The operating system refused. The next write tries to open the store anew.
    #[error("reading or writing {} failed: {detail}", path.display())]
    Io {
        /// The directory of the store.
        path: PathBuf,
        /// In the words of the operating system or the engine.
        detail: String,
    },
    /// What was read is not what was written.
    #[error("{what} is damaged: {detail}; restore it from a backup")]
    Damaged {
        /// The record.
        what: String,
        /// What is wrong with it.
        detail: String,
    },
    /// What was written may not have reached the disk, and asking again cannot tell.
    #[error(
        "the disk did not confirm what was written to {}: {detail}; check the disk, then start again",
        path.display()
    )]
    Unconfirmed {
        /// The file.
        path: PathBuf,
        /// In the words of the operating system.
        detail: String,
    },
    /// The engine put a value where nothing syncs it, which the limits of this store exclude.
    #[error(
        "{} lies where it does not survive a power cut; stop, keep a copy of the directory and report it",
        path.display()
    )]
    OutsideLog {
        /// The file that should not be.
        path: PathBuf,
    },
}

impl StoreError {
    /// Whether no later write can be trusted: the host must stop.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Unconfirmed { .. } | Self::OutsideLog { .. })
    }

    /// Whether the same may succeed later. What is damaged stays so.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Damaged { .. })
    }

    /// A record that is not what was written.
    pub fn damaged(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Damaged {
            what: what.into(),
            detail: detail.into(),
        }
    }
}

/// Why a commit was not made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommitError {
    /// Too much waits already. Of a lane's commits, the later ones fail too.
    #[error("too many writes wait for the disk; try again later")]
    QueueFull,
    /// An earlier commit of the same epoch of the lane failed, and this one may build on it.
    #[error("an earlier write of the same lane failed; try again")]
    EarlierFailed,
    /// The store is being closed.
    #[error("the store is closing; try again after the restart")]
    Closed,
    /// The write failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
