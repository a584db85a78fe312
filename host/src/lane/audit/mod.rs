//! Who did what when.
//!
//! - [`record`]: the entries of one commit, as the store keeps them, each record with the hash of the one before;
//! - [`chain`]: whether any of them was removed, altered or put in since.

mod chain;
mod record;

use serde::{Deserialize, Serialize};

pub use chain::{ChainFault, ChainHead, ChainReport, VerifyError, read_head, verify_chain};
pub(super) use record::ChainEnd;
pub use record::{AuditRecord, ChainHash};

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
