//! What a change may read of many alerts, and of their findings.

use std::collections::HashMap;

use domain::alert::{Alert, AlertId};

use super::change::Change;
use super::searchable::WholeIndex;
use crate::alert::{FindingRecord, WholeAlert, read_findings};
use store::StoreError;

impl Change<'_> {
    /// The alerts that are in a state, as they are in the lane, oldest first; those that were merged into others, too.
    pub fn alerts_in_state(&self, whole: &WholeIndex, state: &str) -> Vec<AlertId> {
        let newer: HashMap<AlertId, &Alert> =
            self.in_flight().map(|alert| (alert.id, alert)).collect();
        let of_state = newer.values().filter(|alert| alert.state == state);
        let mut found: Vec<AlertId> = of_state.map(|alert| alert.id).collect();
        self.search(whole, |index| {
            found.extend(index.in_state(state).filter(|id| !newer.contains_key(id)));
        });
        found.sort_unstable();
        found
    }

    /// The findings of an alert, and of what is merged into it, so many at most, in the order in which they were made.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn findings(
        &self,
        alert: &WholeAlert,
        limit: usize,
    ) -> Result<Vec<FindingRecord>, StoreError> {
        read_findings(self.store, self.tenant, alert, limit)
    }
}
