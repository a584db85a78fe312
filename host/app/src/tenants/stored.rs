//! The tenants that a store has.

use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};

/// Under which tenants are listed among the host's records.
pub(super) const TENANT_PREFIX: &str = "tenant/";

/// All tenants that a store has, with their names.
pub fn stored_tenants(store: &Store) -> Result<Vec<(TenantId, String)>, StoreError> {
    let mut tenants = Vec::new();
    for entry in store.range(KeyRange::tenant(TenantId::HOST), Direction::Forward) {
        let (key, value) = entry?;
        let Some((_, Record::Host { name })) = Key::parse(&key) else {
            continue;
        };
        let Some(id) = name.strip_prefix(TENANT_PREFIX) else {
            continue;
        };
        let (Ok(id), Ok(name)) = (id.parse(), String::from_utf8(value)) else {
            return Err(StoreError::damaged("the list of tenants", name));
        };
        tenants.push((TenantId(id), name));
    }
    Ok(tenants)
}
