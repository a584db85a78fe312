//! The versions of a list: `/v1/lists/{list}/versions`.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::super::listing::Nothing;
use super::ListPath;
use crate::http::{
    ETag, List as Listed, Page, Params, Preconditions, Problem, Tagged, WireName, WireTime,
};
use crate::problem_from::problem_from;
use app::App;
use app::watchlists::versions::{self, ListVersionsError, ReadVersionError, VersionChanges};
use engine::lane::Actor;
use engine::list::ListVersion;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/lists/{list}/versions",
            get_with(list_versions, |op| {
                op.summary("List the versions of a list, newest first")
                    .description("Who changed it when and why, and how much. A list that was deleted has them still.")
                    .tag("Lists")
            }),
        )
        .api_route(
            "/v1/lists/{list}/versions/{version}",
            get_with(read_version, |op| {
                op.summary("Read what a version of a list added and removed")
                    .description("`GET /v1/lists/{list}?version=` answers the whole list as it was.")
                    .tag("Lists")
            }),
        )
}

/// A version of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "VersionOfList")]
pub(super) struct VersionBody {
    /// Rises with each change; evidence names it.
    version: u64,
    at: WireTime,
    /// Who made it; null for what the list held before its changes were kept.
    by: Option<Actor>,
    /// Why, in the words of whoever made it.
    note: Option<String>,
    /// Whether the list was deleted.
    deleted: bool,
    /// How many entries it has.
    count: u64,
    /// How many entries were added.
    added: u64,
    /// How many entries were removed.
    removed: u64,
}

impl VersionBody {
    pub(super) fn of(version: &ListVersion) -> Self {
        Self {
            version: version.version,
            at: WireTime(Timestamp::from_micros(version.at)),
            by: version.by.clone(),
            note: version.note.clone(),
            deleted: version.deleted,
            count: version.count,
            added: version.added,
            removed: version.removed,
        }
    }
}

/// A version of a list, and what it changed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WholeVersionOfList")]
struct WholeVersionBody {
    #[serde(flatten)]
    version: VersionBody,
    /// By team: the sequence number of the first transaction that is judged with this version, or would be. Teams
    /// that were made later see it from their first on, and are not named.
    seen_from: BTreeMap<String, u64>,
    /// The entries that were not there before, in the order of their bytes.
    added_entries: Vec<String>,
    /// The entries that were there before.
    removed_entries: Vec<String>,
}

/// The path of a version.
#[derive(Debug, Deserialize, JsonSchema)]
struct VersionPath {
    /// The list's name.
    list: WireName,
    /// The version.
    version: u64,
}

problem_from!(ListVersionsError {
    Forbidden,
    ForeignCursor,
    Past
});
problem_from!(ReadVersionError { Forbidden, Past });

async fn list_versions(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Listed { page, .. }: Listed<Nothing>,
) -> Result<Json<Page<VersionBody>>, Problem> {
    let page = versions::list(&app, &caller, path.name(), &page).await?;
    Ok(Json(page.map(|version| VersionBody::of(&version)).into()))
}

async fn read_version(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(VersionPath { list, version }): Params<VersionPath>,
    preconditions: Preconditions,
) -> Result<Tagged<WholeVersionBody>, Problem> {
    let VersionChanges {
        version,
        diff,
        seen_from,
    } = versions::read(&app, &caller, &list.0, version).await?;
    let body = WholeVersionBody {
        seen_from,
        version: VersionBody::of(&version),
        added_entries: diff.added,
        removed_entries: diff.removed,
    };
    let etag = ETag::of_version(version.version);
    Ok(Tagged::get(etag, body, &preconditions))
}
