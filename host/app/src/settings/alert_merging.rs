//! By which parameters new alerts join older ones.

use super::Setting;
use tenant::{ActiveMerging, MergingParameters, Permission};

impl Setting for MergingParameters {
    type Active = ActiveMerging;

    const READ: Permission = Permission::AlertRead;
    const WRITE: Permission = Permission::MergeConfigure;
    const ACTION: &'static str = "alert_merging.put";

    fn new(active: Option<ActiveMerging>, last: Option<ActiveMerging>, version: u64) -> Self {
        Self {
            active,
            last,
            version,
        }
    }

    fn active(&self) -> Option<ActiveMerging> {
        self.active
    }

    fn last(&self) -> Option<ActiveMerging> {
        self.active.or(self.last)
    }

    fn version(&self) -> u64 {
        self.version
    }
}
