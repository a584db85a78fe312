//! Memory for instances that serve publishing and installing: however many people do so at once, their instances
//! together have a budget.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a permit of the semaphore stands for.
const UNIT: usize = 1 << 20;

/// The budget. Who comes first is served first, so that a large plugin is never passed over by small ones.
pub(crate) struct SetupRoom {
    units: u32,
    free: Arc<Semaphore>,
}

/// A share of the budget, given back when dropped.
#[must_use = "the share is given back when this is dropped"]
pub struct SetupShare {
    _permit: OwnedSemaphorePermit,
}

impl SetupRoom {
    pub(crate) fn new(bytes: usize) -> Self {
        let units = units(bytes);
        Self {
            units,
            free: Arc::new(Semaphore::new(units as usize)),
        }
    }

    /// Waits for room for an instance of this size; one that is larger than the whole budget has it alone.
    pub(crate) async fn share(&self, bytes: usize) -> SetupShare {
        let free = self.free.clone();
        let permit = free.acquire_many_owned(units(bytes).min(self.units));
        SetupShare {
            _permit: permit.await.expect("the semaphore is never closed"),
        }
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT).max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn instances_share_the_budget() {
        let room = SetupRoom::new(192 * UNIT);
        let share = |mib: usize| room.share(mib * UNIT).now_or_never();
        let first = share(128).expect("there is room");
        let _second = share(64).expect("there is room");
        assert!(share(64).is_none(), "all is taken");
        drop(first);
        assert!(share(128).is_some());
    }

    #[test]
    fn what_is_larger_than_the_budget_has_it_alone() {
        let room = SetupRoom::new(64 * UNIT);
        let all = room.share(usize::MAX).now_or_never();
        assert!(all.is_some());
        assert!(room.share(1).now_or_never().is_none());
    }
}
