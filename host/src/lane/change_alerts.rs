//! What a change may read of many alerts, and of their findings.

use std::collections::HashMap;

use domain::alert::{Alert, AlertId};

use super::change::Change;
use crate::alert::{AlertRecord, FindingRecord, read_findings};
use crate::store::StoreError;
use crate::store::backend::{Direction, KeyRange};
use crate::store::key::{Key, Record};

impl Change<'_> {
    /// The alerts that are in a state, as they are in the lane, oldest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn alerts_in_state(&self, state: &str) -> Result<Vec<AlertId>, StoreError> {
        let on_their_way = self.overlay.alerts().chain(&self.alerts);
        let newer: HashMap<AlertId, &Alert> = on_their_way.map(|alert| (alert.id, alert)).collect();
        let mut found: Vec<AlertId> = newer
            .values()
            .filter(|alert| alert.state == state)
            .map(|alert| alert.id)
            .collect();
        // Versions of an alert are neighbours; read in reverse, the newest comes first.
        let versions = self
            .store
            .range(KeyRange::alerts(self.tenant), Direction::Reverse);
        let mut last = None;
        for version in versions {
            let (key, value) = version?;
            let Some((_, Record::Alert { alert, .. })) = Key::parse(&key) else {
                continue;
            };
            let id = AlertId::from_bytes(alert);
            if last.replace(id) == Some(id) || newer.contains_key(&id) {
                continue;
            }
            let alert = AlertRecord::read(&value)
                .map_err(|error| StoreError::damaged(format!("alert {id}"), error.to_string()))?;
            if alert.state == state {
                found.push(id);
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The findings of an alert, so many at most, in the order in which they were made.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn findings(&self, alert: &Alert, limit: usize) -> Result<Vec<FindingRecord>, StoreError> {
        read_findings(self.store, self.tenant, alert, limit)
    }
}
