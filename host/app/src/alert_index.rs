//! Searches while the index of a tenant's alerts is filled after a start: how long they wait, and what they say of an index
//! that is incomplete.

use std::time::Duration;

use crate::blocking::{ReadError, blocking};
use crate::caller::Caller;
use engine::alert::AlertIndex;
use engine::lane::{IncompleteIndex, WholeIndex};

/// How long a search waits for all alerts before it looks at those that are there.
const SEARCH_PATIENCE: Duration = Duration::from_secs(1);

/// How long a request waits that cannot do with a part of the alerts.
const WHOLE_PATIENCE: Duration = Duration::from_secs(20);

/// The index of the tenant's alerts did not become whole in time, and a request cannot do with a part of them.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum NotWhole {
    /// It is still being filled.
    #[error(
        "after a start of the host {searched} of {of} alerts can be searched so far, and this needs all of them; try again"
    )]
    Filling {
        /// How many can be searched.
        searched: u64,
        /// How many there are.
        of: u64,
    },
    /// Some alerts cannot be read.
    #[error(
        "{damaged} of {of} alerts are damaged, and this needs all of them; the host's log names them"
    )]
    Damaged {
        /// How many cannot be read.
        damaged: u64,
        /// How many there are.
        of: u64,
    },
}

/// Looks into the index of the tenant's alerts, off the runtime's threads, and says how far it is where it is not whole.
/// It waits for a moment until it is.
///
/// # Errors
/// Where the lane cannot be loaded.
pub async fn search<T: Send + 'static>(
    caller: &Caller,
    search: impl FnOnce(&AlertIndex) -> T + Send + 'static,
) -> Result<(T, Option<IncompleteIndex>), ReadError> {
    caller.position().await?;
    let lane = caller.lane.clone();
    // An index that is incomplete even then is searched all the same, and the answer says so.
    let _ = lane.whole_index(SEARCH_PATIENCE).await;
    let look = move || lane.search_now(|index, incomplete| (search(index), incomplete));
    Ok(blocking(look).await?)
}

/// Waits until the index of the tenant's alerts is whole.
///
/// # Errors
/// Where it is not in time.
pub async fn whole_index(caller: &Caller) -> Result<WholeIndex, NotWhole> {
    let whole = caller.lane.whole_index(WHOLE_PATIENCE).await;
    whole.map_err(|index| match index.is_stuck {
        false => NotWhole::Filling {
            searched: index.searched,
            of: index.of,
        },
        true => NotWhole::Damaged {
            damaged: index.of - index.searched,
            of: index.of,
        },
    })
}
