//! How far an install is with being prepared.

use base::background::BackgroundError;
use engine::lane::{LaneError, LoadPluginError, RowsBuilt, RowsError};

/// How far an install is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many stored transactions the indexes of its windows hold; each counts once for each index.
    pub done: u64,
    /// How many they will hold.
    pub of: u64,
    /// Why the last attempt failed, for users, until an attempt gets further. It is tried again.
    pub last_failure: Option<String>,
}

impl Progress {
    /// Before anything was done: so many transactions are to be read.
    pub fn beginning(rows: u64) -> Self {
        Self {
            of: rows,
            ..Self::default()
        }
    }

    /// Takes over how far the indexes are.
    pub(super) fn advance(&mut self, built: RowsBuilt) {
        if built.done > self.done {
            self.last_failure = None;
        }
        (self.done, self.of) = (built.done, built.of);
    }
}

/// Why an attempt did not put an install in force. All of it is tried again.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum PrepareError {
    #[error("rule '{rule}' of team '{team}': {error}")]
    Plugin {
        team: String,
        rule: String,
        error: LoadPluginError,
    },
    #[error("rule '{rule}' of team '{team}': {reason}")]
    Plan {
        team: String,
        rule: String,
        reason: String,
    },
    #[error(transparent)]
    Rows(#[from] RowsError),
    #[error(transparent)]
    Lane(#[from] LaneError),
    #[error(transparent)]
    Background(#[from] BackgroundError),
}

impl PrepareError {
    /// What users are told; the log has the rest, which names files of the host.
    pub(super) fn for_users(&self) -> String {
        match self {
            Self::Plugin { .. } => "the plugin cannot be loaded".to_owned(),
            Self::Plan { reason, .. } => reason.clone(),
            Self::Rows(RowsError::Store(_)) => "the stored transactions cannot be read".to_owned(),
            Self::Rows(_) => "the index of the windows cannot be written".to_owned(),
            Self::Lane(_) => "the rule cannot be put in force".to_owned(),
            Self::Background(_) => "the index of the windows cannot be made".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_until_an_attempt_gets_further() {
        let mut progress = Progress::beginning(9_000);
        progress.advance(RowsBuilt { done: 10, of: 100 });
        progress.last_failure = Some("no".to_owned());
        progress.advance(RowsBuilt { done: 10, of: 100 });
        assert_eq!(progress.last_failure.as_deref(), Some("no"));
        progress.advance(RowsBuilt { done: 20, of: 110 });
        let expect = Progress {
            done: 20,
            of: 110,
            last_failure: None,
        };
        assert_eq!(progress, expect);
    }
}
