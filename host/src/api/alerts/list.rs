//! Searching alerts.

use std::sync::Arc;

use axum::extract::State;
use domain::alert::{Alert, AlertId};

use super::super::caller::UserCaller;
use super::body::AlertSummary;
use super::filters::AlertFilters;
use super::on_disk;
use crate::alert::AlertRecord;
use crate::app::App;
use crate::http::{List, Page, Problem};
use crate::store::backend::{Direction, KeyRange};
use crate::store::key::{Key, Record, TenantId};
use crate::store::{Store, StoreError};
use crate::tenant::Permission;

pub(super) async fn list_alerts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { filters, page }: List<AlertFilters>,
) -> Result<axum::Json<Page<AlertSummary>>, Problem> {
    caller.require(Permission::AlertRead)?;
    let named = serde_json::to_string(&filters).map_err(|_| Problem::internal())?;
    let list = [&*caller.tenant.0.to_string(), "alerts", &*named];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|bytes| AlertId::from_slice(&bytes).ok());
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let limit = page.limit() + 1;
    let found = on_disk(&app, move |app| {
        search(
            &app.services.store,
            tenant,
            position,
            after,
            limit,
            &filters,
        )
    })
    .await?;
    let page = Page::of(found, &page, &app.cursors, &list, |alert| {
        alert.id.as_bytes().to_vec()
    });
    Ok(axum::Json(page.map(|alert| AlertSummary::of(&alert))))
}

/// Alerts as they were at a position, newest first, which is the order of their ids.
fn search(
    store: &Store,
    tenant: TenantId,
    position: u64,
    after: Option<AlertId>,
    limit: usize,
    filters: &AlertFilters,
) -> Result<Vec<Alert>, StoreError> {
    let mut range = KeyRange::alerts(tenant);
    if let Some(after) = after {
        let first_version = Record::Alert {
            alert: after.into_bytes(),
            position: 0,
        };
        let key = Key::new(tenant, &first_version);
        range = range.beyond(key.as_bytes(), Direction::Reverse);
    }
    let mut found = Vec::new();
    let mut seen = None;
    for entry in store.range(range, Direction::Reverse) {
        let (key, value) = entry?;
        let Some((
            _,
            Record::Alert {
                alert,
                position: at,
            },
        )) = Key::parse(&key)
        else {
            continue;
        };
        // Versions come newest first: the first that is old enough is the one.
        if at > position || seen == Some(alert) {
            continue;
        }
        seen = Some(alert);
        let read = AlertRecord::read(&value).map_err(|error| {
            let id = AlertId::from_bytes(alert);
            StoreError::damaged(format!("alert {id}"), error.to_string())
        })?;
        if filters.pass(&read) {
            found.push(read);
            if found.len() == limit {
                break;
            }
        }
    }
    Ok(found)
}
