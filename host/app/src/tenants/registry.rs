//! The tenants that the host runs, by number and by name.

use std::collections::HashMap;
use std::sync::Arc;

use crate::App;
use engine::lane::Lane;
use store::key::TenantId;

#[derive(Default)]
pub(crate) struct Tenants {
    pub(crate) by_id: HashMap<TenantId, Arc<Lane>>,
    pub(crate) by_name: HashMap<String, TenantId>,
}

impl Tenants {
    /// All of them, by number.
    pub(crate) fn all(&self) -> Vec<(TenantId, Arc<Lane>)> {
        let lanes = self.by_id.iter().map(|(id, lane)| (*id, lane.clone()));
        let mut all: Vec<_> = lanes.collect();
        all.sort_by_key(|(id, _)| *id);
        all
    }
}

impl App {
    /// The lane of a tenant.
    pub fn lane(&self, tenant: TenantId) -> Option<Arc<Lane>> {
        self.tenants.read().by_id.get(&tenant).cloned()
    }

    /// The tenant that the administrator calls so.
    pub fn tenant_named(&self, name: &str) -> Option<TenantId> {
        self.tenants.read().by_name.get(name).copied()
    }

    /// All tenants, by number.
    pub fn tenants(&self) -> Vec<(TenantId, Arc<Lane>)> {
        self.tenants.read().all()
    }
}
