//! Reading alerts: one with its findings, and the originals of one that was merged.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::super::caller::UserCaller;
use super::super::listing::Nothing;
use super::super::problem_from::problem_from;
use super::AlertPath;
use super::body::{AlertBody, AlertSummary};
use crate::http::{ETag, List, Page, Params, Preconditions, Problem, Tagged};
use app::App;
use app::alerts::read::{self, ReadAlertError};
use app::alerts::seen::FullAlert;

problem_from!(ReadAlertError {
    Forbidden,
    NoSuchAlert,
    ForeignCursor,
    Read
});

pub(super) async fn get_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    preconditions: Preconditions,
) -> Result<Tagged<AlertBody>, Problem> {
    let full = read::read(&app, &caller, path.alert).await?;
    let etag = ETag::of_version(full.alert.version);
    Ok(Tagged::get(etag, full.into(), &preconditions))
}

/// The answer to a change of an alert.
pub(super) fn changed(full: FullAlert) -> Tagged<AlertBody> {
    let etag = ETag::of_version(full.alert.version);
    Tagged::changed(etag, full.into())
}

/// Oldest first, each as it was when it was merged.
pub(super) async fn list_originals(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<AlertSummary>>, Problem> {
    let page = read::list_originals(&app, &caller, path.alert, &page).await?;
    Ok(Json(page.map(|alert| AlertSummary::of(&alert)).into()))
}
