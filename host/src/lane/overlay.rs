//! What a lane has committed that the store may not show yet.
//!
//! A lane goes on at once after a commit, so what it reads of its own alerts
//! comes from here first.

use std::collections::{HashMap, VecDeque};

use domain::alert::{Alert, AlertId};

use crate::alert::AlertRecord;
use crate::store::backend::{Direction, KeyRange};
use crate::store::key::TenantId;
use crate::store::{Store, StoreError};

/// Alerts of commits that are on their way.
#[derive(Default)]
pub(super) struct Overlay {
    alerts: HashMap<AlertId, (u64, Alert)>,
    /// Position and alert, oldest first.
    order: VecDeque<(u64, AlertId)>,
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
