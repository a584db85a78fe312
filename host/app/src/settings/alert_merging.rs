//! By which parameters new alerts join older ones.

use super::Setting;
use tenant::{ActiveMerging, MergingParameters, Permission};

impl Setting for MergingParameters {
    type Active = ActiveMerging;

    const READ: Permission = Permission::AlertRead;
    const WRITE: Permission = Permission::MergeConfigure;
    const ACTION: &'static str = "alert_merging.put";

    fn new(active: Option<ActiveMerging>, version: u64) -> Self {
        Self { active, version }
    }

    fn active(&self) -> Option<ActiveMerging> {
        self.active
    }

    fn version(&self) -> u64 {
        self.version
    }
}
