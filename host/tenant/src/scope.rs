//! Scopes that a tenant made.

use serde::{Deserialize, Serialize};

use super::Definitions;
use super::permission::{Permission, Scope};

/// A role that a tenant made: a set of permissions under a name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwnScope {
    /// As users have it, such as `Night shift`.
    pub name: String,
    /// For people.
    pub description: String,
    /// Such as `incident_case:read`.
    pub permissions: Vec<String>,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Rises with each change; the `ETag`.
    pub version: u64,
}

impl OwnScope {
    pub(super) fn definition_key(&self) -> String {
        self.name.clone()
    }
}

impl Definitions {
    /// Whether any of the scopes permits it: a default one, or one of the tenant's. A name that
    /// is no scope permits nothing.
    pub fn permit(&self, scopes: &[String], permission: Permission) -> bool {
        scopes.iter().any(|name| match Scope::find(name) {
            Some(scope) => scope.permits(permission),
            None => self.scopes.get(name).is_some_and(|own| {
                let permissions = &own.permissions;
                permissions.iter().any(|own| own == permission.as_str())
            }),
        })
    }

    /// Whether there is a scope of this name.
    pub fn has_scope(&self, name: &str) -> bool {
        Scope::find(name).is_some() || self.scopes.get(name).is_some()
    }
}
