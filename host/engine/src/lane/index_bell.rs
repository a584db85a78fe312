//! Wakes lanes whose transactions wait until an index has caught up.

use std::sync::Arc;

use parking_lot::Mutex;

use super::Lane;

/// The lanes that wait. None of them has a worker meanwhile.
#[derive(Default)]
pub struct IndexBell(Mutex<Vec<Arc<Lane>>>);

impl IndexBell {
    /// Wakes a lane with the next progress.
    pub(super) fn wake(&self, lane: Arc<Lane>) {
        self.0.lock().push(lane);
    }

    /// Some index has got further, or cannot.
    pub(super) fn ring(&self) {
        let lanes = std::mem::take(&mut *self.0.lock());
        lanes.iter().for_each(Lane::go_on);
    }
}
