//! What a shadow rule must have shown before it is promoted.

use serde::{Deserialize, Serialize};

use super::Definitions;

/// The one gate of a tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PromotionGate {
    /// None: whoever may install rules promotes as they like.
    pub active: Option<ActiveGate>,
    /// What was in force last, or was typed for the next time; none in what an earlier release stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<ActiveGate>,
    /// Rises with each change; the `ETag`.
    pub version: u64,
}

/// What a shadow rule must have shown, as the API writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActiveGate {
    /// For so long, in seconds, it must have been in shadow as it is.
    #[serde(default)]
    pub shadow_seconds: u64,
    /// So many transactions it must have judged together with the rule that it replaces.
    #[serde(default)]
    pub transactions: u64,
    /// So many alerts more than the rule that it replaces it may make of those transactions; null for any number.
    #[serde(default)]
    pub max_more: Option<u64>,
    /// So many alerts fewer; null for any number.
    #[serde(default)]
    pub max_fewer: Option<u64>,
    /// So many transactions it may have been unable to judge; none if nothing is said.
    #[serde(default)]
    pub max_failures: u64,
}

impl PromotionGate {
    /// There is one at any time.
    pub(super) const KEY: &'static str = "";

    pub(super) fn definition_key(&self) -> String {
        Self::KEY.to_owned()
    }
}

impl Definitions {
    /// What a shadow rule must have shown; none if nothing is asked.
    pub fn promotion_gate(&self) -> Option<ActiveGate> {
        self.promotion_gates.get(PromotionGate::KEY)?.active
    }
}
