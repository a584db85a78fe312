//! What a lane answers.

use std::sync::Arc;

use domain::payload::Fault;
use domain::time::Timestamp;

use super::outcome::Outcome;
use super::window_rows::RowsBuilt;
use store::{CommitError, StoreError};
use tenant::Revoked;

/// What became of one posted transaction.
#[derive(Clone, Debug)]
pub enum Ingested {
    /// It is durable, with all that came of it.
    Accepted(Receipt),
    /// The same transaction was accepted before.
    Duplicate(Receipt),
    /// The team has another transaction of this `txn_id`.
    Conflict,
    /// The payload schema changed since the transaction was checked, and the new one refuses it.
    Refused(Vec<Fault>),
}

/// What is known of an accepted transaction.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its place among its team's transactions, from 1.
    pub sequence: u64,
    /// When it came.
    pub received_at: Timestamp,
    /// What came of it.
    pub outcome: Arc<Outcome>,
}

/// Why a lane did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaneError {
    /// Too much waits.
    #[error("too much is waiting for this tenant; try again in a moment")]
    Full,
    /// The store could not make it durable; nothing was changed, or it is unknown whether it was.
    #[error("the store could not make it durable: {0}")]
    NotDurable(String),
    /// The indexes of the windows of the team's rules are being made.
    #[error(
        "an index of earlier transactions that this team's rules need was missing and is being made: {} of {} transactions are in it; try again later",
        .0.done, .0.of
    )]
    WindowsMissing(RowsBuilt),
    /// The team does not exist, or no longer.
    #[error("there is no such team")]
    NoSuchTeam,
    /// Whoever asked may not any more.
    #[error(transparent)]
    Revoked(#[from] Revoked),
    /// The host is stopping.
    #[error("the host is stopping")]
    Stopping,
}

impl LaneError {
    /// Whether the same may succeed later. A turn that panics answers `Stopping`, too.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Full | Self::NotDurable(_) | Self::WindowsMissing(_) | Self::Stopping => true,
            Self::NoSuchTeam | Self::Revoked(_) => false,
        }
    }
}

impl From<CommitError> for LaneError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::QueueFull => Self::Full,
            CommitError::Closed => Self::Stopping,
            CommitError::EarlierFailed | CommitError::Store(_) => {
                Self::NotDurable(error.to_string())
            }
        }
    }
}

impl From<StoreError> for LaneError {
    fn from(error: StoreError) -> Self {
        Self::NotDurable(error.to_string())
    }
}
