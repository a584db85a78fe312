//! What a lane has committed that the store may not show yet.
//!
//! A lane goes on at once after a commit, so what it reads of its own alerts
//! comes from here first.

use std::collections::{HashMap, VecDeque};

use domain::alert::{Alert, AlertId};

use crate::alert::AlertRecord;
use crate::store::backend::{Direction, KeyRange};
use crate::store::key::{Key, TenantId};
use crate::store::{Store, StoreError};

/// Records as a change leaves them, none where it deletes; those alone that later changes read.
pub(super) type Kept = HashMap<Key, Option<Vec<u8>>>;

/// Alerts and kept records of commits that are on their way.
#[derive(Default)]
pub(super) struct Overlay {
    alerts: HashMap<AlertId, (u64, Alert)>,
    /// Position and alert, oldest first.
    order: VecDeque<(u64, AlertId)>,
    records: HashMap<Key, (u64, Option<Vec<u8>>)>,
    /// Position and key, oldest first.
    record_order: VecDeque<(u64, Key)>,
}

impl Overlay {
    /// Keeps what was committed at a position.
    pub(super) fn keep(&mut self, position: u64, alert: Alert) {
        self.order.push_back((position, alert.id));
        self.alerts.insert(alert.id, (position, alert));
    }

    /// Forgets what is durable.
    pub(super) fn forget(&mut self, durable: u64) {
        while let Some(&(position, id)) = self.order.front() {
            if position > durable {
                break;
            }
            self.order.pop_front();
            if self.alerts.get(&id).is_some_and(|kept| kept.0 <= durable) {
                self.alerts.remove(&id);
            }
        }
        while let Some((position, _)) = self.record_order.front() {
            if *position > durable {
                break;
            }
            let forgotten = self.record_order.pop_front().map(|(_, key)| key);
            let is_durable =
                |key: &Key| self.records.get(key).is_some_and(|kept| kept.0 <= durable);
            if let Some(key) = forgotten.filter(is_durable) {
                self.records.remove(&key);
            }
        }
    }

    /// Keeps records that were committed at a position.
    pub(super) fn keep_records(&mut self, position: u64, kept: Kept) {
        for (key, value) in kept {
            self.record_order.push_back((position, key.clone()));
            self.records.insert(key, (position, value));
        }
    }

    /// A record as it is in the lane.
    pub(super) fn record(&self, store: &Store, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        match self.records.get(key) {
            Some((_, value)) => Ok(value.clone()),
            None => store.get(key),
        }
    }

    /// The alert as it is in the lane.
    pub(super) fn alert(
        &self,
        store: &Store,
        tenant: TenantId,
        id: AlertId,
    ) -> Result<Option<Alert>, StoreError> {
        match self.alerts.get(&id) {
            Some((_, alert)) => Ok(Some(alert.clone())),
            None => read_alert(store, tenant, id, u64::MAX),
        }
    }
}

/// The newest version of an alert that was committed at `position` or before.
pub(crate) fn read_alert(
    store: &Store,
    tenant: TenantId,
    id: AlertId,
    position: u64,
) -> Result<Option<Alert>, StoreError> {
    let versions = KeyRange::alert_as_of(tenant, id.into_bytes(), position);
    match store
        .range(versions, Direction::Reverse)
        .next()
        .transpose()?
    {
        None => Ok(None),
        Some((_, value)) => AlertRecord::read(&value)
            .map(Some)
            .map_err(|error| StoreError::damaged(format!("alert {id}"), error.to_string())),
    }
}
