//! Wakes whoever delivers, when there is something durable to deliver.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::store::key::TenantId;

/// Which tenants have new things in their outboxes, and how many.
#[derive(Default)]
pub struct OutboxBell {
    new: Mutex<HashMap<TenantId, u64>>,
    rung: Notify,
}

impl OutboxBell {
    /// So many more things of a tenant are durable.
    pub fn note(&self, tenant: TenantId, count: u64) {
        *self.new.lock().entry(tenant).or_default() += count;
        self.rung.notify_one();
    }

    /// What was noted since the last call.
    pub fn take(&self) -> HashMap<TenantId, u64> {
        std::mem::take(&mut self.new.lock())
    }

    /// Waits until something is noted; not at all where that was since the last wait.
    pub async fn wait(&self) {
        self.rung.notified().await;
    }
}
