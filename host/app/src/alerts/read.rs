//! Reading alerts: one with its findings, and the originals of one that was merged.

use std::sync::Arc;

use super::NoSuchAlert;
use super::meanings::Meanings;
use super::seen::{Finding, FullAlert, SeenAlert};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest};
use domain::alert::{Alert, AlertId, Viewer, is_transaction_type};
use engine::alert::{
    Disclosure, WholeAlert, read_alert, read_findings, read_originals, read_with_newest,
    with_transactions,
};
use engine::lane::{LaneError, TeamView};
use ingest::{Sensitive, render};
use store::StoreError;
use tenant::Permission;

/// An alert that is read by itself has so many of those that were merged into it.
const MERGED_IN_ALERT: usize = 100;

/// Why an alert cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadAlertError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such alert.
    #[error(transparent)]
    NoSuchAlert(#[from] NoSuchAlert),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<LaneError> for ReadAlertError {
    fn from(error: LaneError) -> Self {
        Self::Read(error.into())
    }
}

/// Reads an alert with its findings.
///
/// # Errors
/// Where the caller may not, or there is no such alert.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    id: AlertId,
) -> Result<FullAlert, ReadAlertError> {
    caller.require(Permission::AlertRead)?;
    read_now(app, caller, id).await
}

/// A page of the alerts that were merged into one, oldest first, each as it was when it was merged.
///
/// # Errors
/// Where the caller may not, there is no such alert, or the cursor is none of this list.
pub async fn list_originals(
    app: &Arc<App>,
    caller: &Caller,
    id: AlertId,
    page: &PageRequest,
) -> Result<Page<SeenAlert>, ReadAlertError> {
    caller.require(Permission::AlertRead)?;
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let list = [&*tenant.0.to_string(), "originals", &*id.to_string()];
    let after = page.position(&app.cursors, &list)?;
    let (disclosure, fetched) = (caller.disclosure(), page.limit() + 1);
    let originals = on_disk(app, move |app| {
        let store = &app.services.store;
        let Some(alert) = read_alert(store, tenant, id, position)? else {
            return Ok(None);
        };
        let mut originals = read_originals(store, tenant, &alert, position)?;
        if let Some(after) = after {
            originals.retain(|original| place(original) > after);
        }
        originals.truncate(fetched);
        Ok(Some(originals))
    });
    let originals = originals.await?.ok_or(NoSuchAlert(id))?;
    let page = Page::of(originals, page, &app.cursors, &list, place);
    Ok(page.map(|alert| SeenAlert::of(WholeAlert::of(alert, Vec::new()), &disclosure)))
}

/// Where an alert is among originals, in their order.
fn place(alert: &Alert) -> Vec<u8> {
    // No alert was made before 1970.
    let at = alert.created_at.as_micros().to_be_bytes();
    [&at[..], alert.id.as_bytes()].concat()
}

/// The alert as it is durable, for a caller who may read it, or changed it just now.
pub(super) async fn read_now(
    app: &Arc<App>,
    caller: &Caller,
    id: AlertId,
) -> Result<FullAlert, ReadAlertError> {
    let position = caller.position().await?;
    read_as_of(app, caller, id, position).await
}

/// The same as of a position.
pub(super) async fn read_as_of(
    app: &Arc<App>,
    caller: &Caller,
    id: AlertId,
    position: u64,
) -> Result<FullAlert, ReadAlertError> {
    let tenant = caller.tenant;
    let whole = on_disk(app, move |app| {
        read_with_newest(&app.services.store, tenant, id, position, MERGED_IN_ALERT)
    });
    let whole = whole.await?.ok_or(NoSuchAlert(id))?;
    let definitions = caller.definitions();
    let team = definitions.teams.get(&whole.alert.team).map(|team| team.id);
    let view = match team {
        Some(team) => Some(caller.lane.team(team).await?),
        None => None,
    };
    let disclosure = caller.disclosure();
    let full = on_disk(app, move |app| {
        let store = &app.services.store;
        let findings = read_findings(store, tenant, &whole, usize::MAX)?;
        let team = &whole.alert.team;
        let seen = findings.into_iter().map(|record| {
            let install = definitions.install(team, &record.rule, record.install);
            let configuration = install.map(|install| install.config.clone());
            Finding::of(record, team, configuration, &disclosure)
        });
        let findings = seen.collect();
        let alert = with_payloads(whole, view, &disclosure)?;
        Ok(FullAlert { alert, findings })
    });
    let mut full = full.await?;
    let team = full.alert.team.clone();
    Meanings::add(app, caller, &team, &mut full.findings).await;
    Ok(full)
}

/// The alert with what its reader may see of its transactions.
fn with_payloads(
    whole: WholeAlert,
    view: Option<Arc<TeamView>>,
    disclosure: &Disclosure,
) -> Result<SeenAlert, StoreError> {
    let mut content = whole.content(disclosure).into_owned();
    if disclosure.viewer() == Viewer::Full && is_transaction_type(&whole.alert.incident_type) {
        let mut payloads = Vec::with_capacity(whole.alert.txn_ids.len());
        for txn_id in &whole.alert.txn_ids {
            let found = view.as_ref().map(|view| view.find(txn_id)).transpose()?;
            if let Some(stored) = found.flatten() {
                payloads.push(render(&stored.transaction, Sensitive::Shown));
            }
        }
        content.info = with_transactions(&content.info, &payloads);
    }
    Ok(SeenAlert::with(whole, content))
}
