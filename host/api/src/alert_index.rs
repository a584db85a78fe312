//! How far the index of alerts is after a start, as searches say it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::http::Problem;
use app::alert_index::NotWhole;
use engine::lane::IncompleteIndex;

/// Seconds after which to ask again.
const RETRY_SECONDS: u64 = 5;

/// How far the index of alerts is, after the host was started.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "IncompleteSearch")]
pub(super) struct IncompleteBody {
    /// How many alerts were searched: the newest.
    searched: u64,
    /// How many there are.
    of: u64,
}

impl From<IncompleteIndex> for IncompleteBody {
    fn from(index: IncompleteIndex) -> Self {
        Self {
            searched: index.searched,
            of: index.of,
        }
    }
}

impl From<NotWhole> for Problem {
    fn from(error: NotWhole) -> Self {
        Self::unavailable(error.to_string(), RETRY_SECONDS)
    }
}
