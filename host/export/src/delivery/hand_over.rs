//! The deliveries of a run, made in the commit that makes it ready.

use std::sync::Arc;

use uuid::Uuid;

use super::ledger::{Deliveries, DeliveryGuard};
use super::record::{DeliveryRecord, DeliveryState};
use crate::record::RunRecord;
use engine::lane::{Actor, Change, Lane};
use store::StoreError;
use store::key::TenantId;

/// What a run that ends must know of the deliveries of its export. While it
/// exists, nobody else changes them: it is held until the end is durable.
pub struct HandOver {
    deliveries: Deliveries,
    tenant: TenantId,
    pending: Vec<DeliveryRecord>,
    /// A run of a later snapshot that is ready already.
    newer: Option<Uuid>,
    _guard: DeliveryGuard,
}

impl HandOver {
    /// Waits for its turn, and reads what is pending of the export.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn begin(
        deliveries: &Deliveries,
        tenant: TenantId,
        run: &RunRecord,
    ) -> Result<Self, StoreError> {
        let guard = deliveries.guard(tenant, &run.export).await;
        let (reading, run) = (deliveries.clone(), run.clone());
        let read = move || {
            let mut pending = reading.pending(tenant)?;
            pending.retain(|delivery| delivery.export == run.export);
            let newer = reading.newer_ready_run(tenant, &run)?;
            Ok::<_, StoreError>((pending, newer))
        };
        let read = tokio::task::spawn_blocking(read).await;
        let (pending, newer) =
            read.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        Ok(Self {
            deliveries: deliveries.clone(),
            tenant,
            pending,
            newer,
            _guard: guard,
        })
    }

    /// Puts the deliveries of a run that is ready, to where its export says now, and ends those of older runs.
    pub fn put(&self, change: &mut Change<'_>, run: &RunRecord) {
        let export = change.definitions().exports.get(&run.export).cloned();
        let places = export.iter().flat_map(|export| &export.deliveries);
        for (number, to) in (0..).zip(places) {
            let at = change.at().as_micros();
            let mut made = DeliveryRecord::new(&run.export, run.id, number, run.position, to, at);
            if let Some(by) = self.newer {
                made.become_state(DeliveryState::Superseded { by });
            }
            made.put(change);
        }
        for older in &self.pending {
            if older.position < run.position {
                supersede(change, older.clone(), run.id);
            }
        }
    }

    /// After the commit: tells who delivers.
    pub fn done(self, lane: &Arc<Lane>) {
        self.deliveries.notice(self.tenant, lane);
    }
}

fn supersede(change: &mut Change<'_>, mut older: DeliveryRecord, by: Uuid) {
    older.become_state(DeliveryState::Superseded { by });
    change.audit(&Actor::Host, "delivery.superseded", older.subject());
    older.put(change);
}
