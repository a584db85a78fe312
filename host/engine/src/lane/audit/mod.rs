//! Who did what when.
//!
//! - [`action`]: what can be done;
//! - [`record`]: the entries of one commit, as the store keeps them, each record with the hash of the one before;
//! - [`changed`]: what became of definitions;
//! - [`chain`]: whether any of them was removed, altered or put in since.

mod action;
mod chain;
mod changed;
mod record;

use serde::{Deserialize, Serialize};

use tenant::{Authority, PermissionSet};

pub use action::ACTIONS;
pub(super) use action::is_action;
pub use chain::{ChainFault, ChainHead, ChainReport, VerifyError, read_head, verify_chain};
pub(super) use changed::Changes;
pub use changed::DefinitionChange;
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

impl Actor {
    /// On whose authority work goes on that the actor asked for, and that was admitted for these permissions.
    pub fn authority(&self, needs: PermissionSet) -> Authority {
        match self {
            Self::User { id, .. } => Authority::User {
                id: id.as_str().into(),
                needs,
            },
            Self::Rule { .. } | Self::Administrator | Self::Host => Authority::Host,
        }
    }
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
    /// What became of definitions; none in entries of releases that did not keep it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<DefinitionChange>,
    /// How many more definitions were changed, of which it is not kept how.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_changes: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
