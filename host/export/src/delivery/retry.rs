//! A delivery that somebody asks for again.

use std::sync::Arc;

use uuid::Uuid;

use super::ledger::Deliveries;
use super::record::{DeliveryRecord, DeliveryState};
use engine::lane::{Actor, Change, ChangeError, Lane, LaneError};
use store::StoreError;
use store::key::TenantId;
use tenant::Authority;

/// Why a delivery is not tried again.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum RetryError {
    #[error("there is no delivery {number} of run {run}")]
    NoSuchDelivery { run: Uuid, number: u32 },
    #[error("the delivery has arrived; to send the alerts as they are now, make another run")]
    Delivered,
    #[error(
        "run {newer} is ready and holds a later snapshot, which an older one must not follow; retry the deliveries of that run"
    )]
    Superseded { newer: Uuid },
    #[error("the file of the run is not kept any more; make another run")]
    NoFile,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lane(#[from] LaneError),
}

impl Deliveries {
    /// Makes a delivery due at once, with all steps of the ladder before it, and under the same id.
    ///
    /// # Errors
    /// Where it has arrived, a newer run is ready, or the file is gone.
    pub async fn retry(
        &self,
        lane: &Arc<Lane>,
        tenant: TenantId,
        export: &str,
        run: Uuid,
        number: u32,
        (actor, by): (Actor, Authority),
    ) -> Result<DeliveryRecord, RetryError> {
        let guard = self.guard(tenant, export).await;
        let (reading, export) = (self.clone(), export.to_owned());
        let read = move || reading.read_to_retry(tenant, &export, run, number);
        let read = tokio::task::spawn_blocking(read).await;
        let mut record =
            read.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        let again = move |change: &mut Change<'_>| {
            record.become_state(DeliveryState::Pending);
            record.rung = 0;
            record.next_try_at = Some(change.at().as_micros());
            change.audit(&actor, "delivery.retry", record.subject());
            record.put(change);
            Ok::<_, std::convert::Infallible>(record)
        };
        let record = match lane.change_as(by, again).await {
            Ok(record) => record,
            Err(ChangeError::Lane(error)) => return Err(error.into()),
            Err(ChangeError::Refused(never)) => match never {},
        };
        drop(guard);
        self.notice(tenant, lane);
        Ok(record)
    }

    fn read_to_retry(
        &self,
        tenant: TenantId,
        export: &str,
        run: Uuid,
        number: u32,
    ) -> Result<DeliveryRecord, RetryError> {
        let none = RetryError::NoSuchDelivery { run, number };
        let Some(made) = self.run(tenant, export, run)? else {
            return Err(none);
        };
        let record = self.get(tenant, run, number)?.ok_or(none)?;
        if record.state == DeliveryState::Delivered {
            return Err(RetryError::Delivered);
        }
        if let Some(newer) = self.newer_ready_run(tenant, &made)? {
            return Err(RetryError::Superseded { newer });
        }
        if made.state.file().is_none() {
            return Err(RetryError::NoFile);
        }
        Ok(record)
    }
}
