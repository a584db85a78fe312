//! Searches while the index of a tenant's alerts is filled after a start: how long they wait, and what they say of an index
//! that is incomplete.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::blocking::blocking;
use super::caller::UserCaller;
use crate::http::Problem;
use engine::alert::AlertIndex;
use engine::lane::{IncompleteIndex, WholeIndex};

/// How long a search waits for all alerts before it looks at those that are there.
const SEARCH_PATIENCE: Duration = Duration::from_secs(1);

/// How long a request waits that cannot do with a part of the alerts.
const WHOLE_PATIENCE: Duration = Duration::from_secs(20);

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

/// Looks into the index of the tenant's alerts, off the runtime's threads, and says how far it is where it is not whole.
/// It waits for a moment until it is.
///
/// # Errors
/// Where the lane cannot be loaded.
pub(super) async fn search<T: Send + 'static>(
    caller: &UserCaller,
    search: impl FnOnce(&AlertIndex) -> T + Send + 'static,
) -> Result<(T, Option<IncompleteBody>), Problem> {
    caller.position().await?;
    let lane = caller.lane.clone();
    // An index that is incomplete even then is searched all the same, and the answer says so.
    let _ = lane.whole_index(SEARCH_PATIENCE).await;
    let look = move || {
        lane.search_now(|index, incomplete| (search(index), incomplete.map(IncompleteBody::from)))
    };
    blocking(look).await
}

/// Waits until the index of the tenant's alerts is whole.
///
/// # Errors
/// 503 where it is not in time.
pub(super) async fn whole_index(caller: &UserCaller) -> Result<WholeIndex, Problem> {
    let whole = caller.lane.whole_index(WHOLE_PATIENCE).await;
    whole.map_err(|IncompleteIndex { searched, of, is_stuck }| {
        let detail = match is_stuck {
            false => format!(
                "after a start of the host {searched} of {of} alerts can be searched so far, and this needs all of them; try again"
            ),
            true => format!(
                "{} of {of} alerts are damaged, and this needs all of them; the host's log names them",
                of - searched
            ),
        };
        Problem::unavailable(detail, RETRY_SECONDS)
    })
}
