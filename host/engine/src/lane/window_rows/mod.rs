//! The rows of earlier transactions that windows are computed from, by the value of the field that parts them.
//!
//! Each team has an index for each such field of its rules. Indexes are derived from the transaction blocks and lie
//! beside the store: a lost one is made again. Rows enter in the order of their sequence, and only when they are
//! durable; until then they are only in the memory of the index, so that the windows of the next transaction see them.
//!
//! - [`index`]: one index;
//! - [`team`]: those of a team: which there are, and how windows read them;
//! - [`ahead`]: reads many of them together, before windows ask for them;
//! - [`build`]: what brings an index up to date out of the blocks.

mod ahead;
mod build;
mod index;
mod team;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use window_index::{Settings, Shared};

pub use ahead::AheadReader;
pub use team::{RowsBuilt, TeamRows, WindowReader};

use super::index_bell::IndexBell;
use store::StoreError;
use store::key::{TeamId, TenantId};

/// The rows of all teams of a host.
pub struct WindowRows {
    directory: PathBuf,
    shared: Arc<Shared>,
    /// They outlive the lanes that are rebuilt after a failed commit.
    teams: Mutex<HashMap<(TenantId, TeamId), Arc<TeamRows>>>,
}

impl WindowRows {
    /// Keeps indexes under a data directory. The bell is rung whenever one has got further, or cannot.
    ///
    /// # Errors
    /// Where the operating system refuses the thread that writes them.
    pub fn open(data: &Path, bell: Arc<IndexBell>) -> io::Result<Self> {
        Ok(Self {
            directory: data.join("windows"),
            shared: Shared::new(Settings::default(), move || bell.ring())?,
            teams: Mutex::default(),
        })
    }

    /// The rows of a team. `hash_key` is the tenant's.
    pub(super) fn team(
        &self,
        tenant: TenantId,
        team: TeamId,
        hash_key: &[u8; 32],
    ) -> Arc<TeamRows> {
        let mut teams = self.teams.lock();
        let rows = teams.entry((tenant, team)).or_insert_with(|| {
            let directory = self.directory.join(tenant.0.to_string());
            let directory = directory.join(team.0.to_string());
            Arc::new(TeamRows::new(directory, self.shared.clone(), hash_key))
        });
        rows.clone()
    }
}

/// Why rows cannot be had.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum RowsError {
    #[error(transparent)]
    Open(#[from] window_index::OpenError),
    #[error(transparent)]
    Index(#[from] window_index::IndexError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no thread could be started: {0}")]
    NoThread(#[source] io::Error),
    #[error("indexes that are no longer needed cannot be removed: {0}")]
    NotRemoved(#[source] io::Error),
}

impl RowsError {
    /// Whether the same may succeed later. A damaged index is made anew.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Open(_) | Self::Index(_) | Self::NoThread(_) | Self::NotRemoved(_) => true,
        }
    }
}
