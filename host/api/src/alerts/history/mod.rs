//! What became of an alert, and who did it: `/v1/alerts/{alert}/history`.
//!
//! Nothing is stored for it. The versions of the alert and of its parts say what changed, and the
//! audit at their positions says who changed it.

mod differences;
mod steps;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use domain::alert::PartKind;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::caller::UserCaller;
use super::super::listing::Nothing;
use super::parts::whose_parts;
use super::{AlertPath, no_such_alert, on_disk};
use crate::http::{List, Page, Params, Problem, WireTime};
use app::App;
pub(super) use differences::{Difference, of_alerts};
use engine::alert::read_alert;
use engine::lane::Actor;
use steps::{Place, Search, Step};
use tenant::Permission;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/alerts/{alert}/history",
        get_with(read_history, |op| {
            op.summary("Read what became of an alert, oldest first")
                .description("Every change of the alert, and of its comments, tasks and documents, as far as the caller may read those: who made it, when, and each field with what it was and what it became. Neither is repeated for texts of comments and for `info`. Long texts are cut.")
                .tag("Alerts")
        }),
    )
}

/// One change.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertHistoryEntry")]
struct EntryBody {
    at: WireTime,
    /// Who made it; null where the audit does not say.
    actor: Option<Actor>,
    /// Such as `alert.move`.
    action: Option<String>,
    /// Which comment, task or document was changed; null where the alert itself was.
    part: Option<PartBody>,
    /// The version of the alert, or of its part, that came of it.
    version: u64,
    changes: Vec<Difference>,
}

/// Which comment, task or document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertPart")]
struct PartBody {
    /// `comment`, `task` or `document`.
    kind: &'static str,
    id: String,
}

impl EntryBody {
    fn of(step: Step) -> Self {
        let (at, actor, action) = match step.audited {
            Some(entry) => (
                Timestamp::from_micros(entry.at),
                Some(entry.actor),
                Some(entry.action),
            ),
            None => (step.at, None, None),
        };
        Self {
            at: WireTime(at),
            actor,
            action,
            part: step.part.map(|(kind, id)| PartBody {
                kind: kind.as_str(),
                id: id.to_string(),
            }),
            version: step.version,
            changes: step.changes,
        }
    }
}

/// What one needs to read parts of a kind.
fn permission(kind: PartKind) -> Permission {
    match kind {
        PartKind::Comment => Permission::CommentRead,
        PartKind::Task => Permission::TaskRead,
        PartKind::Document => Permission::DocumentRead,
    }
}

async fn read_history(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<EntryBody>>, Problem> {
    caller.require(Permission::AlertRead)?;
    let list = [
        &*caller.tenant.0.to_string(),
        "history",
        &*path.alert.to_string(),
    ];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|bytes| Place::from_bytes(&bytes));
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let kinds = PartKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| caller.may(permission(*kind))).collect();
    let (limit, disclosure) = (page.limit() + 1, caller.disclosure());
    let found = on_disk(&app, move |app| {
        let store = &app.services.store;
        let Some(alert) = read_alert(store, tenant, path.alert, position)? else {
            return Ok(None);
        };
        let search = Search {
            alerts: whose_parts(store, tenant, &alert, position)?,
            kinds,
            position,
            after,
            limit,
            disclosure,
        };
        search.run(store, tenant).map(Some)
    });
    let found = found.await?.ok_or_else(|| no_such_alert(path.alert))?;
    let page = Page::of(found, &page, &app.cursors, &list, |step| {
        step.place.to_bytes()
    });
    Ok(Json(page.map(EntryBody::of)))
}
