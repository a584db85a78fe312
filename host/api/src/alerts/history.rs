//! What became of an alert, and who did it: `/v1/alerts/{alert}/history`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::caller::UserCaller;
use super::super::listing::Nothing;
use super::AlertPath;
use crate::http::{List, Page, Params, Problem, WireTime};
use app::App;
use app::alerts::history::{self, Difference, HistoryEntry};
use engine::lane::Actor;
use json::JsonValue;

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
    changes: Vec<FieldChange>,
}

/// Which comment, task or document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertPart")]
struct PartBody {
    /// `comment`, `task` or `document`.
    kind: &'static str,
    id: String,
}

/// One field that changed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
struct FieldChange {
    field: String,
    /// What it was; left out where it is not repeated here.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<JsonValue>,
    /// What it became; left out where it is not repeated here.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<JsonValue>,
}

impl From<Difference> for FieldChange {
    fn from(difference: Difference) -> Self {
        Self {
            field: difference.field,
            from: difference.from,
            to: difference.to,
        }
    }
}

impl From<HistoryEntry> for EntryBody {
    fn from(entry: HistoryEntry) -> Self {
        Self {
            at: WireTime(entry.at),
            actor: entry.actor,
            action: entry.action,
            part: entry.part.map(|(kind, id)| PartBody {
                kind: kind.as_str(),
                id: id.to_string(),
            }),
            version: entry.version,
            changes: entry.changes.into_iter().map(FieldChange::from).collect(),
        }
    }
}

async fn read_history(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<EntryBody>>, Problem> {
    let page = history::read(&app, &caller, path.alert, &page).await?;
    Ok(Json(page.map(EntryBody::from).into()))
}
