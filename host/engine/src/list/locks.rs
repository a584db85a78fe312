//! Who may change which list.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::RwLock;

use store::key::TenantId;

/// A lock for each list that is being changed.
///
/// Short changes share the lock of their list. A change that is prepared beside the lane holds it alone: otherwise each
/// short change meanwhile would make it necessary to prepare it again.
#[derive(Default)]
pub struct ListLocks(Mutex<HashMap<(TenantId, String), Weak<ListLock>>>);

/// The lock of a list.
pub type ListLock = RwLock<()>;

impl ListLocks {
    /// The lock of a list.
    pub fn of(&self, tenant: TenantId, list: &str) -> Arc<ListLock> {
        let mut locks = self.0.lock();
        let key = (tenant, list.to_owned());
        if let Some(lock) = locks.get(&key).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        locks.insert(key, Arc::downgrade(&lock));
        lock
    }
}
