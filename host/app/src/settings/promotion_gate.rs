//! What a shadow rule must have shown before it is promoted.

use super::Setting;
use tenant::{ActiveGate, Permission, PromotionGate};

impl Setting for PromotionGate {
    type Active = ActiveGate;

    const READ: Permission = Permission::RuleRead;
    const WRITE: Permission = Permission::RuleConfigure;
    const ACTION: &'static str = "promotion_gate.put";

    fn new(active: Option<ActiveGate>, last: Option<ActiveGate>, version: u64) -> Self {
        Self {
            active,
            last,
            version,
        }
    }

    fn active(&self) -> Option<ActiveGate> {
        self.active
    }

    fn last(&self) -> Option<ActiveGate> {
        self.active.or(self.last)
    }

    fn version(&self) -> u64 {
        self.version
    }
}
