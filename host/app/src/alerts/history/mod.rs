//! What became of an alert, and who did it.
//!
//! Nothing is stored for it. The versions of the alert and of its parts say what changed, and the
//! audit at their positions says who changed it.

mod differences;
mod steps;

use std::sync::Arc;

use super::NoSuchAlert;
use super::parts::whose_parts;
use super::read::ReadAlertError;
use crate::App;
use crate::blocking::on_disk;
use crate::caller::Caller;
use crate::request::{Page, PageRequest};
use domain::alert::{AlertId, PartId, PartKind};
use domain::time::Timestamp;
use engine::alert::read_alert;
use engine::lane::Actor;
use steps::{Place, Search, Step};
use tenant::Permission;

pub(super) use differences::differences_of_alerts;
pub use differences::{Difference, fields};

/// One change.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// The alert that was changed, or whose part was: the one that was asked for, or one that was merged into it.
    pub alert: AlertId,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it; none if the audit does not say.
    pub actor: Option<Actor>,
    /// Such as `alert.move`; none if the audit does not say.
    pub action: Option<String>,
    /// Which comment, task or document was changed; none if the alert itself was.
    pub part: Option<(PartKind, PartId)>,
    /// The version of the alert, or of its part, that came of it.
    pub version: u64,
    /// Each field that changed.
    pub changes: Vec<Difference>,
}

impl HistoryEntry {
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
            alert: step.alert,
            at,
            actor,
            action,
            part: step.part,
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

/// A page of what became of an alert, oldest first: every change of it, and of its comments, tasks and documents, as far
/// as the caller may read those.
///
/// # Errors
/// Where the caller may not, there is no such alert, or the cursor is none of this list.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    id: AlertId,
    page: &PageRequest,
) -> Result<Page<HistoryEntry>, ReadAlertError> {
    caller.require(Permission::AlertRead)?;
    let list = [&*caller.tenant.0.to_string(), "history", &*id.to_string()];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|bytes| Place::from_bytes(&bytes));
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let kinds = PartKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| caller.may(permission(*kind))).collect();
    let (limit, disclosure) = (page.limit() + 1, caller.disclosure());
    let found = on_disk(app, move |app| {
        let store = &app.services.store;
        let Some(alert) = read_alert(store, tenant, id, position)? else {
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
    let found = found.await?.ok_or(NoSuchAlert(id))?;
    let page = Page::of(found, page, &app.cursors, &list, |step| {
        step.place.to_bytes()
    });
    Ok(page.map(HistoryEntry::of))
}
