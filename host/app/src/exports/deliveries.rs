//! The deliveries of runs: how far they are, and another try.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::runs::ListRunsError;
use super::{NoSuchExport, find};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::{Page, PageRequest};
use export::{DeliveryRecord, DeliveryState, RetryError};
use store::StoreError;
use store::key::TenantId;
use tenant::Permission;

/// Runs that are read at once where deliveries are listed.
const RUNS_AT_ONCE: usize = 100;

/// How far deliveries are that a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStateFilter {
    /// Tried until they succeed.
    Pending,
    /// The receiver has them.
    Delivered,
    /// Not tried any more.
    Failed,
    /// A newer run took their place.
    Superseded,
    /// Not wanted any more.
    Stopped,
}

/// Why a delivery is not tried again.
#[derive(Debug, thiserror::Error)]
pub enum RetryDeliveryError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such export.
    #[error(transparent)]
    NoSuchExport(#[from] NoSuchExport),
    /// The delivery cannot be tried again.
    #[error(transparent)]
    Retry(#[from] RetryError),
}

impl DeliveryStateFilter {
    fn has(self, state: &DeliveryState) -> bool {
        match state {
            DeliveryState::Pending => self == Self::Pending,
            DeliveryState::Delivered => self == Self::Delivered,
            DeliveryState::Failed { .. } => self == Self::Failed,
            DeliveryState::Superseded { .. } => self == Self::Superseded,
            DeliveryState::Stopped { .. } => self == Self::Stopped,
        }
    }

    /// As cursors name it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
            Self::Stopped => "stopped",
        }
    }
}

/// A page of the deliveries of an export, those of the newest run first, and those of a run by number.
///
/// # Errors
/// Where the caller may not, there is no such export, or the cursor is none of this list.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    export: &str,
    state: Option<DeliveryStateFilter>,
    page: &PageRequest,
) -> Result<Page<DeliveryRecord>, ListRunsError> {
    caller.require(Permission::ExportRead)?;
    find(&caller.definitions(), export)?;
    let tenant = caller.tenant;
    let list = [
        &*tenant.0.to_string(),
        "deliveries",
        export,
        state.map_or("", DeliveryStateFilter::as_str),
    ];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|position| position_of(&position));
    let (name, limit) = (export.to_owned(), page.limit() + 1);
    let read = on_disk(app, move |app| {
        newest_first(app, tenant, &name, state, after, limit)
    });
    let found = read.await?;
    Ok(Page::of(found, page, &app.cursors, &list, |delivery| {
        [&delivery.run.as_bytes()[..], &delivery.number.to_be_bytes()].concat()
    }))
}

/// Makes a delivery due at once, under the same id.
///
/// # Errors
/// Where the caller may not, there is no such delivery, it has arrived, a newer run is ready, or the file is gone.
pub async fn retry(
    app: &App,
    caller: &Caller,
    export: &str,
    run: Uuid,
    number: u32,
) -> Result<DeliveryRecord, RetryDeliveryError> {
    caller.require(Permission::ExportWrite)?;
    find(&caller.definitions(), export)?;
    let (lane, tenant) = (&caller.lane, caller.tenant);
    let by = (caller.actor(), caller.authority());
    let retried = app.deliveries.retry(lane, tenant, export, run, number, by);
    Ok(retried.await?)
}

/// The deliveries of runs, by run.
pub(super) async fn of_runs(
    app: &Arc<App>,
    tenant: TenantId,
    runs: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<DeliveryRecord>>, ReadError> {
    let read = on_disk(app, move |app| {
        let of_run = |run| Ok((run, app.deliveries.of_run(tenant, run)?));
        runs.into_iter().map(of_run).collect()
    });
    read.await
}

fn position_of(bytes: &[u8]) -> Option<(Uuid, u32)> {
    let (run, number) = bytes.split_at_checked(16)?;
    Some((
        Uuid::from_slice(run).ok()?,
        u32::from_be_bytes(number.try_into().ok()?),
    ))
}

/// Deliveries of an export behind a position: newer runs first, those of a run by number.
fn newest_first(
    app: &App,
    tenant: TenantId,
    export: &str,
    state: Option<DeliveryStateFilter>,
    after: Option<(Uuid, u32)>,
    limit: usize,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    let mut found = Vec::new();
    let runs = |before| {
        app.runs
            .list(&app.services, tenant, export, before, RUNS_AT_ONCE)
    };
    let is_behind = |delivery: &DeliveryRecord| {
        after.is_none_or(|(last, number)| delivery.run < last || delivery.number > number)
    };
    let is_wanted =
        |delivery: &DeliveryRecord| state.is_none_or(|state| state.has(&delivery.state));
    // The run that the page before ended in may have more.
    let mut next = after.map(|(last, _)| Uuid::from_u128(last.as_u128().saturating_add(1)));
    loop {
        let page = runs(next)?;
        let Some(last_of_page) = page.last().map(|run| run.id) else {
            return Ok(found);
        };
        for run in page {
            let of_run = app.deliveries.of_run(tenant, run.id)?.into_iter();
            found.extend(of_run.filter(|delivery| is_behind(delivery) && is_wanted(delivery)));
            if found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
        }
        next = Some(last_of_page);
    }
}
