//! Says how much waits to be delivered, and wakes whoever delivers.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::sync::Notify;

use store::key::TenantId;

/// How many things wait in the outbox of each tenant.
#[derive(Default)]
pub struct OutboxBell {
    waiting: Mutex<HashMap<TenantId, u64>>,
    rung: Notify,
}

impl OutboxBell {
    /// So many more things of a tenant are durable.
    pub fn note(&self, tenant: TenantId, count: u64) {
        *self.waiting.lock().entry(tenant).or_default() += count;
        self.rung.notify_one();
    }

    /// So many things of a tenant have left the outbox.
    pub fn delivered(&self, tenant: TenantId, count: u64) {
        if let Some(waiting) = self.waiting.lock().get_mut(&tenant) {
            *waiting = waiting.saturating_sub(count);
        }
    }

    /// How many wait, of all tenants.
    pub fn waiting(&self) -> u64 {
        self.waiting.lock().values().sum()
    }

    /// The tenants of which anything waits, by number.
    pub fn tenants(&self) -> Vec<TenantId> {
        let waiting = self.waiting.lock();
        let some = waiting.iter().filter(|(_, count)| **count > 0);
        let mut tenants: Vec<TenantId> = some.map(|(tenant, _)| *tenant).collect();
        tenants.sort();
        tenants
    }

    /// Waits until something is noted; not at all where that was since the last wait.
    pub async fn wait(&self) {
        self.rung.notified().await;
    }
}
