//! Reading alerts: one with its findings, and the originals of one that was merged.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::alert::Alert;

use super::super::caller::UserCaller;
use super::super::listing::Nothing;
use super::body::{AlertBody, AlertSummary, MERGED_IN_ALERT};
use super::{AlertPath, no_such_alert, on_disk};
use crate::http::{ETag, List, Page, Params, Preconditions, Problem, Tagged};
use app::App;
use engine::alert::{WholeAlert, read_originals, read_with_newest};
use tenant::Permission;

pub(super) async fn get_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    preconditions: Preconditions,
) -> Result<Tagged<AlertBody>, Problem> {
    caller.require(Permission::AlertRead)?;
    let alert = read(&app, &caller, path.alert).await?;
    let etag = ETag::of_version(alert.alert.version);
    let body = body(&app, &caller, alert).await?;
    Ok(Tagged::get(etag, body, &preconditions))
}

/// The alert as it is durable.
async fn read(app: &Arc<App>, caller: &UserCaller, id: uuid::Uuid) -> Result<WholeAlert, Problem> {
    let position = caller.position().await?;
    read_as_of(app, caller, id, position).await
}

async fn read_as_of(
    app: &Arc<App>,
    caller: &UserCaller,
    id: uuid::Uuid,
    position: u64,
) -> Result<WholeAlert, Problem> {
    let tenant = caller.tenant;
    let read = move |app: &App| {
        let store = &app.services.store;
        read_with_newest(store, tenant, id, position, MERGED_IN_ALERT)
    };
    on_disk(app, read).await?.ok_or_else(|| no_such_alert(id))
}

/// The alert with its findings, and with what this caller may see of its transactions.
async fn body(
    app: &Arc<App>,
    caller: &UserCaller,
    alert: WholeAlert,
) -> Result<AlertBody, Problem> {
    let definitions = caller.definitions();
    let team = definitions.teams.get(&alert.alert.team).map(|team| team.id);
    let view = match team {
        Some(team) => Some(caller.lane.team(team).await?),
        None => None,
    };
    let tenant = caller.tenant;
    let disclosure = caller.disclosure();
    on_disk(app, move |app| {
        AlertBody::whole(
            &app.services.store,
            tenant,
            &definitions,
            view,
            alert,
            &disclosure,
        )
    })
    .await
}

/// The answer to a change of an alert, which is durable now.
pub(super) async fn changed(
    app: &Arc<App>,
    caller: &UserCaller,
    id: uuid::Uuid,
) -> Result<Tagged<AlertBody>, Problem> {
    let position = caller.position().await?;
    as_of(app, caller, id, position).await
}

/// The answer to a change that was made at a position.
pub(super) async fn as_of(
    app: &Arc<App>,
    caller: &UserCaller,
    id: uuid::Uuid,
    position: u64,
) -> Result<Tagged<AlertBody>, Problem> {
    let alert = read_as_of(app, caller, id, position).await?;
    let etag = ETag::of_version(alert.alert.version);
    Ok(Tagged::changed(etag, body(app, caller, alert).await?))
}

/// Oldest first, each as it was when it was merged.
pub(super) async fn list_originals(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<AlertSummary>>, Problem> {
    caller.require(Permission::AlertRead)?;
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let list = [
        &*tenant.0.to_string(),
        "originals",
        &*path.alert.to_string(),
    ];
    let after = page.position(&app.cursors, &list)?;
    let (disclosure, fetched) = (caller.disclosure(), page.limit() + 1);
    let originals = on_disk(&app, move |app| {
        let store = &app.services.store;
        let Some(alert) = engine::alert::read_alert(store, tenant, path.alert, position)? else {
            return Ok(None);
        };
        let mut originals = read_originals(store, tenant, &alert, position)?;
        if let Some(after) = after {
            originals.retain(|original| place(original) > after);
        }
        originals.truncate(fetched);
        Ok(Some(originals))
    });
    let originals = originals.await?.ok_or_else(|| no_such_alert(path.alert))?;
    let page = Page::of(originals, &page, &app.cursors, &list, place);
    Ok(Json(page.map(|alert| {
        AlertSummary::of(&WholeAlert::of(alert, Vec::new()), &disclosure)
    })))
}

/// Where an alert is among originals, in their order.
fn place(alert: &Alert) -> Vec<u8> {
    // No alert was made before 1970.
    let at = alert.created_at.as_micros().to_be_bytes();
    [&at[..], alert.id.as_bytes()].concat()
}
