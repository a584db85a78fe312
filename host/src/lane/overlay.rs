//! What a lane has committed that the store may not show yet.
//!
//! A lane goes on at once after a commit, so what it reads of its own alerts
//! comes from here first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use domain::alert::{Alert, AlertId};

use crate::alert::read_alert;
use crate::store::key::TenantId;
use crate::store::{Store, StoreError};

/// Alerts of commits that are on their way.
#[derive(Default)]
pub(super) struct Overlay {
    alerts: HashMap<AlertId, (u64, Arc<Alert>)>,
    /// Position and alert, oldest first.
    order: VecDeque<(u64, AlertId)>,
}

impl Overlay {
    /// Keeps what was committed at a position.
    pub(super) fn keep(&mut self, position: u64, alert: Arc<Alert>) {
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
            Some((_, alert)) => Ok(Some((**alert).clone())),
            None => read_alert(store, tenant, id, u64::MAX),
        }
    }

    /// All of them.
    pub(super) fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values().map(|(_, alert)| &**alert)
    }

    /// Whether an alert is among them.
    pub(super) fn holds(&self, id: AlertId) -> bool {
        self.alerts.contains_key(&id)
    }
}
