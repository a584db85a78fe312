//! Who did what when.

use serde::{Deserialize, Serialize};

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A user or a service of the tenant.
    User {
        /// The user's id.
        id: String,
        /// The user's login.
        login: String,
    },
    /// A rule.
    Rule {
        /// The team's name.
        team: String,
        /// The rule's name.
        rule: String,
    },
    /// The host's administrator.
    Administrator,
    /// The host itself.
    Host,
}

/// One entry of the audit. Times are microseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: i64,
    /// Who.
    pub actor: Actor,
    /// What, such as `rule.install`.
    pub action: String,
    /// To which thing, such as `fraud/large-amount`.
    pub subject: String,
}

impl AuditEntry {
    /// The bytes of the entries of one commit.
    pub fn write(entries: &[Self]) -> Vec<u8> {
        serde_json::to_vec(entries).expect("an audit entry has only string keys")
    }

    /// Reads what [`write`](Self::write) wrote.
    pub fn read(bytes: &[u8]) -> Result<Vec<Self>, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}
