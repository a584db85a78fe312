//! Wakes whoever prepares rules.

use std::collections::BTreeSet;

use parking_lot::Mutex;
use tokio::sync::Notify;

use store::key::TenantId;

/// Tells of which tenants the rules that are being prepared have changed.
#[derive(Default)]
pub struct PreparingBell {
    tenants: Mutex<BTreeSet<TenantId>>,
    rung: Notify,
}

impl PreparingBell {
    /// Notes that a tenant's preparing installs were read from the store, or that a change of them is durable.
    pub(super) fn ring(&self, tenant: TenantId) {
        self.tenants.lock().insert(tenant);
        self.rung.notify_one();
    }

    /// Waits until it rings, and returns the tenants for which it has rung since the last call.
    pub async fn wait(&self) -> BTreeSet<TenantId> {
        self.rung.notified().await;
        std::mem::take(&mut self.tenants.lock())
    }
}
