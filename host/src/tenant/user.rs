//! Tenants and their users.

use serde::{Deserialize, Serialize};

/// An organisation; owns everything else that is defined.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tenant {
    /// Rising; the first part of each of its keys in the store.
    pub id: u64,
    /// By which the administrator calls it.
    pub name: String,
    /// For people.
    pub title: String,
    /// IANA name.
    pub timezone: String,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// A suspended tenant's credentials are refused; nothing of it is lost.
    pub suspended: bool,
    /// Random, for the keyed hashes of sensitive fields; never shown.
    pub hash_key: [u8; 32],
}

impl Tenant {
    pub(super) fn definition_key(&self) -> String {
        self.name.clone()
    }
}

/// A person or a service of the tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// UUIDv7.
    pub id: String,
    /// Unique within the tenant.
    pub login: String,
    /// argon2id in PHC form; none for a service.
    pub password: Option<String>,
    /// Roles such as `AML Analyst`.
    pub scopes: Vec<String>,
    /// The `api-clientId` under which the user's calls of sessions are; nobody can claim another.
    #[serde(default)]
    pub client_id: Option<String>,
    /// A disabled user's tokens are refused.
    pub disabled: bool,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Rises with each change; the `ETag`.
    pub version: u64,
}

impl User {
    pub(super) fn definition_key(&self) -> String {
        self.id.clone()
    }
}
