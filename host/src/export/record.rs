//! The record of a run.

use serde::{Deserialize, Serialize};

use crate::store::StoreError;
use crate::tenant::FormatterChoice;

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// It waits for its turn.
    Queued,
    /// It is being written.
    Running {
        /// Alerts so far.
        rows: u64,
    },
    /// Its file is there.
    Ready {
        /// Alerts.
        rows: u64,
        /// Length of the file.
        bytes: u64,
        /// SHA-256 of the file, in hex.
        sha256: String,
    },
    /// There is no file.
    Failed {
        /// Why.
        reason: String,
    },
}

/// One file made for an export. Times are microseconds since the epoch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunRecord {
    /// UUIDv7.
    pub id: uuid::Uuid,
    /// The export's name.
    pub export: String,
    /// How far it is.
    pub state: RunState,
    /// What wrote it, as the export had it when the run began.
    pub formatter: FormatterChoice,
    /// SHA-256 of the formatter's component, in hex.
    pub digest: String,
    /// Of the file.
    pub media_type: String,
    /// Of the file, without the dot.
    pub file_extension: String,
    /// The moment whose alerts it holds.
    pub snapshot_at: i64,
    /// The position of that moment in the tenant's order.
    pub position: u64,
    /// When it was asked for.
    pub queued_at: i64,
    /// When it was ready or had failed.
    pub finished_at: Option<i64>,
}

impl RunRecord {
    /// Reads a stored record.
    ///
    /// # Errors
    /// Where it is damaged.
    pub(super) fn read(value: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(value)
            .map_err(|error| StoreError::damaged("the record of a run", error.to_string()))
    }

    /// Whether it has, or had, a file.
    pub fn was_ready(&self) -> bool {
        !matches!(
            self.state,
            RunState::Queued | RunState::Running { .. } | RunState::Failed { .. }
        )
    }
}
