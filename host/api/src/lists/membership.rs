//! What became of one entry of a list: `/v1/lists/{list}/membership`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::ListPath;
use super::versions::VersionBody;
use crate::http::{Filters, Params, Problem, WireTime};
use crate::problem_from::problem_from;
use app::App;
use app::watchlists::membership::{self, EntryMembership, ReadMembershipError};
use engine::list::Turn;

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

problem_from!(ReadMembershipError { Forbidden, Past; BadRequest: NoEntry });

async fn read_membership(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Filters(WantedEntry { entry, at }): Filters<WantedEntry>,
) -> Result<Json<MembershipBody>, Problem> {
    let at = at.map(|WireTime(at)| at);
    let EntryMembership {
        entry,
        at,
        membership: found,
    } = membership::read(&app, &caller, path.name(), &entry, at).await?;
    Ok(Json(MembershipBody {
        list: path.name().as_str().to_owned(),
        entry,
        at: WireTime(at),
        member: found.member,
        version: found.version,
        since: found.since.map(TurnBody::of),
        history: found.turns.into_iter().map(TurnBody::of).collect(),
    }))
}
