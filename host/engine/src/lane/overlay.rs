//! What a lane has committed that the store may not show yet.
//!
//! A lane goes on at once after a commit, so what it reads of its own alerts
//! comes from here first.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;

use domain::alert::{Alert, AlertId, Part, PartId, PartKind};

use crate::alert::read_alert;
use store::key::{Key, TenantId};
use store::{Store, StoreError};

/// Records as a change leaves them, none if it deletes; those alone that later changes read.
pub(super) type KeptRecords = HashMap<Key, Option<Vec<u8>>>;

/// Alerts, parts of alerts and kept records of commits that are on their way.
#[derive(Default)]
pub(super) struct Overlay {
    alerts: Kept<AlertId, Arc<Alert>>,
    parts: Kept<(AlertId, PartKind, PartId), Part>,
    records: Kept<Key, Option<Vec<u8>>>,
}

/// The newest of each, until it is durable.
struct Kept<K, V> {
    newest: HashMap<K, (u64, V)>,
    /// Position and key, oldest first.
    order: VecDeque<(u64, K)>,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self {
            newest: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<K: Clone + Eq + Hash, V> Kept<K, V> {
    fn keep(&mut self, position: u64, key: K, value: V) {
        self.order.push_back((position, key.clone()));
        self.newest.insert(key, (position, value));
    }

    fn forget(&mut self, durable: u64) {
        while let Some((_, key)) = self
            .order
            .pop_front_if(|(position, _)| *position <= durable)
        {
            if self.newest.get(&key).is_some_and(|kept| kept.0 <= durable) {
                self.newest.remove(&key);
            }
        }
    }

    fn get(&self, key: &K) -> Option<&V> {
        self.newest.get(key).map(|(_, value)| value)
    }
}

impl Overlay {
    /// Keeps what was committed at a position.
    pub(super) fn keep(&mut self, position: u64, alert: Arc<Alert>) {
        self.alerts.keep(position, alert.id, alert);
    }

    /// Keeps a part that was committed at a position.
    pub(super) fn keep_part(&mut self, position: u64, part: Part) {
        let key = (part.alert, part.content.kind(), part.id);
        self.parts.keep(position, key, part);
    }

    /// Forgets what is durable.
    pub(super) fn forget(&mut self, durable: u64) {
        self.alerts.forget(durable);
        self.parts.forget(durable);
        self.records.forget(durable);
    }

    /// Keeps records that were committed at a position.
    pub(super) fn keep_records(&mut self, position: u64, kept: KeptRecords) {
        for (key, value) in kept {
            self.records.keep(position, key, value);
        }
    }

    /// A record as it is in the lane.
    pub(super) fn record(&self, store: &Store, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        match self.records.get(key) {
            Some(value) => Ok(value.clone()),
            None => store.get(key),
        }
    }

    /// The part, where it is of a commit that is on its way.
    pub(super) fn part(&self, alert: AlertId, kind: PartKind, id: PartId) -> Option<&Part> {
        self.parts.get(&(alert, kind, id))
    }

    /// The alert's parts of a kind that are of commits on their way, in no order.
    pub(super) fn parts_of(&self, alert: AlertId, kind: PartKind) -> impl Iterator<Item = &Part> {
        let parts = self.parts.newest.iter();
        let of_kind = parts.filter(move |(key, _)| (key.0, key.1) == (alert, kind));
        of_kind.map(|(_, (_, part))| part)
    }

    /// The alert as it is in the lane.
    pub(super) fn alert(
        &self,
        store: &Store,
        tenant: TenantId,
        id: AlertId,
    ) -> Result<Option<Alert>, StoreError> {
        match self.alerts.get(&id) {
            Some(alert) => Ok(Some((**alert).clone())),
            None => read_alert(store, tenant, id, u64::MAX),
        }
    }

    /// All of them.
    pub(super) fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.newest.values().map(|(_, alert)| &**alert)
    }

    /// Whether an alert is among them.
    pub(super) fn holds(&self, id: AlertId) -> bool {
        self.alerts.newest.contains_key(&id)
    }
}
