//! What became of one entry of a list: `/v1/lists/{list}/membership`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use domain::text::trimmed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::versions::VersionBody;
use super::{ListPath, on_versions};
use crate::http::{Filters, Params, Problem, WireTime};
use app::App;
use engine::list::{Turn, Versions, membership};
use tenant::Permission;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/lists/{list}/membership",
        get_with(read_membership, |op| {
            op.summary("Read whether an entry is or was in a list, and since when")
                .description("White space and invisible characters at the ends of the entry are removed, and it is compared exactly, as rules do it. Where there was no list, nothing was in it. Where it is not known what was in it, the answer is 404 and says from when on it is.")
                .tag("Lists")
        }),
    )
}

/// Which entry, and when.
#[derive(Debug, Deserialize, JsonSchema)]
struct WantedEntry {
    /// The entry, exactly; white space and invisible characters around it do not count. It must be said.
    #[serde(default)]
    entry: String,
    /// At this time; now where it is not said.
    at: Option<WireTime>,
}

/// Whether an entry was in a list, and what became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListMembership")]
struct MembershipBody {
    /// The name of the list.
    list: String,
    entry: String,
    at: WireTime,
    /// Whether it was in the list then.
    member: bool,
    /// The version of the list then; null where there was no list.
    version: Option<u64>,
    /// The change by which it was so; null where the entry had never been in the list.
    since: Option<TurnBody>,
    /// The last 500 changes that added or removed it, newest first, those after the moment, too.
    history: Vec<TurnBody>,
}

/// A change that added an entry to a list, or removed it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListMembershipChange")]
struct TurnBody {
    /// Whether the entry is in the list from then on.
    member: bool,
    #[serde(flatten)]
    version: VersionBody,
}

impl TurnBody {
    fn of(turn: Turn) -> Self {
        Self {
            member: turn.member,
            version: VersionBody::of(&turn.version),
        }
    }
}

async fn read_membership(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Filters(WantedEntry { entry, at }): Filters<WantedEntry>,
) -> Result<Json<MembershipBody>, Problem> {
    caller.require(Permission::ListRead)?;
    let (entry, visible) = (entry.trim().to_owned(), trimmed(&entry).to_owned());
    if visible.is_empty() {
        return Err(Problem::bad_request(
            "query parameter entry: must not be empty",
        ));
    }
    let at = at.map_or_else(|| app.services.clock.now(), |WireTime(at)| at);
    let list = path.name().to_owned();
    let read = move |versions: &Versions<'_>| {
        // An entry of an earlier release may have invisible characters around it, as rules know, too.
        let found = membership(versions, &entry, at)?;
        if entry == visible || found.member || !found.turns.is_empty() {
            return Ok((entry, found));
        }
        let found = membership(versions, &visible, at)?;
        Ok((visible, found))
    };
    let (entry, found) = on_versions(&app, &caller, path, read).await?;
    Ok(Json(MembershipBody {
        list,
        entry,
        at: WireTime(at),
        member: found.member,
        version: found.version,
        since: found.since.map(TurnBody::of),
        history: found.turns.into_iter().map(TurnBody::of).collect(),
    }))
}
