//! Who may change a delivery: one at a time for each export.
//!
//! A lane goes on before a commit is durable, and its store does not show what
//! is on its way. So whoever changes deliveries of an export holds its
//! [`DeliveryGuard`] from the reading until the change is durable.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedMutexGuard};
use uuid::Uuid;

use super::record::DeliveryRecord;
use crate::record::RunRecord;
use crate::stored::{read, read_run};
use engine::lane::{Lane, Services};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};

type Lock = tokio::sync::Mutex<()>;

/// The deliveries of all exports. Clones are the same.
#[derive(Clone)]
pub struct Deliveries {
    services: Arc<Services>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    locks: Mutex<HashMap<(TenantId, String), Weak<Lock>>>,
    noticed: Mutex<HashMap<TenantId, Arc<Lane>>>,
    notify: Notify,
}

/// Held while deliveries of an export are changed.
pub struct DeliveryGuard {
    _held: OwnedMutexGuard<()>,
}

/// A tenant whose pending deliveries have changed.
pub struct Notice {
    /// Which.
    pub tenant: TenantId,
    /// Its lane.
    pub lane: Arc<Lane>,
}

impl Deliveries {
    /// The deliveries that a store holds.
    pub fn new(services: Arc<Services>) -> Self {
        Self {
            services,
            shared: Arc::default(),
        }
    }

    /// Waits until nobody else changes deliveries of the export.
    pub async fn guard(&self, tenant: TenantId, export: &str) -> DeliveryGuard {
        let lock = {
            let mut locks = self.shared.locks.lock();
            let key = (tenant, export.to_owned());
            let lock = locks.get(&key).and_then(Weak::upgrade).unwrap_or_default();
            locks.insert(key, Arc::downgrade(&lock));
            // Those that nobody holds or waits for are forgotten.
            locks.retain(|_, lock| lock.strong_count() > 0);
            lock
        };
        let _held = lock.lock_owned().await;
        DeliveryGuard { _held }
    }

    /// Says that a tenant's pending deliveries have changed.
    pub fn notice(&self, tenant: TenantId, lane: &Arc<Lane>) {
        self.shared.noticed.lock().insert(tenant, lane.clone());
        self.shared.notify.notify_one();
    }

    /// Waits for a [`notice`](Self::notice).
    pub async fn noticed(&self) {
        self.shared.notify.notified().await;
    }

    /// Takes what was noticed since the last time.
    pub fn take_noticed(&self) -> Vec<Notice> {
        let noticed = std::mem::take(&mut *self.shared.noticed.lock());
        noticed
            .into_iter()
            .map(|(tenant, lane)| Notice { tenant, lane })
            .collect()
    }

    /// A delivery as it is kept. Reads the store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn get(
        &self,
        tenant: TenantId,
        run: Uuid,
        number: u32,
    ) -> Result<Option<DeliveryRecord>, StoreError> {
        let run = run.into_bytes();
        let key = Key::new(tenant, &Record::Delivery { run, number });
        let value = self.store().get(&key)?;
        value.map(|value| DeliveryRecord::read(&value)).transpose()
    }

    /// The deliveries of a run, by number. Reads the store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn of_run(&self, tenant: TenantId, run: Uuid) -> Result<Vec<DeliveryRecord>, StoreError> {
        let range = KeyRange::deliveries(tenant, run.into_bytes());
        let entries = self.store().range(range, Direction::Forward);
        entries
            .map(|entry| entry.and_then(|(_, value)| DeliveryRecord::read(&value)))
            .collect()
    }

    /// All pending deliveries of a tenant, those of older runs first. Reads the store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn pending(&self, tenant: TenantId) -> Result<Vec<DeliveryRecord>, StoreError> {
        let range = KeyRange::undelivered(tenant);
        let mut pending = Vec::new();
        for entry in self.store().range(range, Direction::Forward) {
            let (key, _) = entry?;
            let Some((_, Record::Undelivered { run, number })) = Key::parse(&key) else {
                continue;
            };
            let record = self.get(tenant, Uuid::from_bytes(run), number)?;
            // It may have ended between the two reads.
            pending.extend(record.filter(DeliveryRecord::is_pending));
        }
        Ok(pending)
    }

    /// A run as it is kept. Reads the store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn run(
        &self,
        tenant: TenantId,
        export: &str,
        run: Uuid,
    ) -> Result<Option<RunRecord>, StoreError> {
        read(self.store(), tenant, export, run)
    }

    /// A run of the same export that is ready and whose snapshot is later. Reads the store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn newer_ready_run(
        &self,
        tenant: TenantId,
        run: &RunRecord,
    ) -> Result<Option<Uuid>, StoreError> {
        let range = KeyRange::export_runs(tenant, &run.export);
        for entry in self.store().range(range, Direction::Reverse) {
            let other = read_run(&entry?.1)?;
            // Ids are in the order of the snapshots.
            if other.id <= run.id {
                break;
            }
            if other.was_ready() && other.position > run.position {
                return Ok(Some(other.id));
            }
        }
        Ok(None)
    }

    /// Where they are kept.
    pub(crate) fn store(&self) -> &Store {
        &self.services.store
    }
}
