//! A list, as it is and as it was.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::super::listing::Nothing;
use super::{ListBrief, ListPath};
use crate::http::{
    Accept, ETag, Filters, List as Listed, Page, Params, Preconditions, Problem, Tagged, WireTime,
    also_as, tagged_as,
};
use crate::problem_from::{problem_from, problem_kind};
use app::App;
use app::watchlists::csv::write_column;
use app::watchlists::read::{
    self, EntryQuery, ListEntriesError, ListWatchlistsError, ReadWatchlistError, TwoMoments,
    WantedMoment,
};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/lists",
            get_with(list_lists, |op| op.summary("List the lists").tag("Lists")),
        )
        .api_route(
            "/v1/lists/{list}",
            get_with(read_list, |op| {
                op.summary("Read a list, as it is or as it was")
                    .description("As text/plain it has one entry a line; as text/csv, too, under the header `entry`, each exactly as it is.")
                    .tag("Lists")
                    .response::<200, Json<ListBody>>()
                    .with(also_as("text/plain"))
                    .with(also_as("text/csv"))
            }),
        )
        .api_route(
            "/v1/lists/{list}/entries",
            get_with(list_entries, |op| {
                op.summary("List the entries of a list, as it is or as it was")
                    .description("In the order of their bytes.")
                    .tag("Lists")
            }),
        )
}

/// A list with its entries.
#[derive(Debug, Serialize, JsonSchema)]
struct ListBody {
    name: String,
    /// Rises with each change; evidence names it.
    version: u64,
    updated_at: WireTime,
    /// In the order of their bytes.
    entries: BTreeSet<String>,
}

/// When; as it is now where neither is said.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "WantedMoment")]
struct MomentBody {
    /// As the list was at this time.
    at: Option<WireTime>,
    /// As the list was in this version.
    version: Option<u64>,
}

/// Which entries, and when; as the list is now where no moment is said.
#[derive(Debug, Deserialize, JsonSchema)]
struct EntryFilters {
    /// As the list was at this time.
    at: Option<WireTime>,
    /// As the list was in this version.
    version: Option<u64>,
    /// Only entries that begin with exactly this text.
    prefix: Option<String>,
    /// Only entries in which this text is, whatever the case of its letters.
    q: Option<String>,
}

impl From<MomentBody> for WantedMoment {
    fn from(body: MomentBody) -> Self {
        Self {
            at: body.at.map(|WireTime(at)| at),
            version: body.version,
        }
    }
}

impl From<EntryFilters> for EntryQuery {
    fn from(filters: EntryFilters) -> Self {
        let EntryFilters {
            at,
            version,
            prefix,
            q,
        } = filters;
        Self {
            moment: MomentBody { at, version }.into(),
            prefix,
            q,
        }
    }
}

problem_kind!(TwoMoments: BadRequest);
problem_from!(ListWatchlistsError {
    Forbidden,
    ForeignCursor
});
problem_from!(ReadWatchlistError {
    Forbidden,
    TwoMoments,
    Past
});
problem_from!(ListEntriesError {
    Forbidden, TwoMoments, ForeignCursor, Past, Panicked;
    BadRequest: TextTooLong
});

async fn list_lists(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Listed { page, .. }: Listed<Nothing>,
) -> Result<Json<Page<ListBrief>>, Problem> {
    let page = read::list(&app.cursors, &caller, &page)?;
    Ok(Json(page.map(|list| ListBrief::of(&list)).into()))
}

async fn read_list(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Filters(wanted): Filters<MomentBody>,
    accept: Accept,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    let list = read::read(&app, &caller, path.name(), wanted.into()).await?;
    let name = path.name().as_str().to_owned();
    let answer = move || {
        let entries = list.entries_after(Bound::Unbounded);
        match accept.best(&["application/json", "text/plain", "text/csv"]) {
            Some("text/plain") => {
                let lines: String = entries.flat_map(|entry| [entry, "\n"]).collect();
                tagged_as("text/plain; charset=utf-8", lines.into(), &preconditions)
            }
            Some("text/csv") => {
                let csv = write_column(entries);
                let media_type = "text/csv; charset=utf-8; header=present";
                tagged_as(media_type, csv.into(), &preconditions)
            }
            _ => {
                let body = ListBody {
                    name,
                    version: list.version,
                    updated_at: WireTime(list.at),
                    entries: list.entries(),
                };
                Tagged::get(ETag::of_version(list.version), body, &preconditions).into_response()
            }
        }
    };
    Ok(blocking(answer).await?)
}

async fn list_entries(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Listed { filters, page }: Listed<EntryFilters>,
) -> Result<Json<Page<String>>, Problem> {
    let page = read::list_entries(&app, &caller, path.name(), filters.into(), &page).await?;
    Ok(Json(page.into()))
}
