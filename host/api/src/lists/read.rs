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

use super::super::caller::UserCaller;
use super::super::listing::{Nothing, page_of};
use super::entries::to_csv;
use super::{ListBrief, ListPath, blocking, find, on_versions};
use crate::http::{
    Accept, ETag, Filters, List as Listed, Page, Params, Preconditions, Problem, Tagged, WireTime,
    also_as, tagged_as,
};
use app::App;
use engine::list::{AsOf, Moment, Versions};
use tenant::{List, Permission};

/// The most bytes of a text by which entries are sought.
const MAX_TEXT_BYTES: usize = 2_000;

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
struct WantedMoment {
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

impl WantedMoment {
    fn moment(&self) -> Result<Option<Moment>, Problem> {
        match (self.at, self.version) {
            (None, None) => Ok(None),
            (Some(WireTime(time)), None) => Ok(Some(Moment::Time(time))),
            (None, Some(version)) => Ok(Some(Moment::Version(version))),
            (Some(_), Some(_)) => Err(Problem::bad_request(
                "query parameters at and version: say one of them, or neither",
            )),
        }
    }
}

/// The list at a moment, or as it is.
async fn list_at(
    app: &Arc<App>,
    caller: &UserCaller,
    path: ListPath,
    moment: Option<Moment>,
) -> Result<AsOf, Problem> {
    match moment {
        None => find(&caller.definitions(), &path).map(AsOf::now),
        Some(moment) => {
            let read = move |versions: &Versions<'_>| AsOf::read(versions, moment);
            on_versions(app, caller, path, read).await
        }
    }
}

async fn list_lists(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Listed { page, .. }: Listed<Nothing>,
) -> Result<Json<Page<ListBrief>>, Problem> {
    caller.require(Permission::ListRead)?;
    let definitions = caller.definitions();
    let lists = &definitions.lists;
    let all = |_: &List| true;
    page_of(
        &app,
        caller.tenant,
        &["lists"],
        &page,
        lists,
        all,
        ListBrief::of,
    )
}

async fn read_list(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Filters(wanted): Filters<WantedMoment>,
    accept: Accept,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    caller.require(Permission::ListRead)?;
    let name = path.name().to_owned();
    let list = list_at(&app, &caller, path, wanted.moment()?).await?;
    let answer = move || {
        let entries = list.entries_after(Bound::Unbounded);
        match accept.best(&["application/json", "text/plain", "text/csv"]) {
            Some("text/plain") => {
                let lines: String = entries.flat_map(|entry| [entry, "\n"]).collect();
                tagged_as("text/plain; charset=utf-8", lines.into(), &preconditions)
            }
            Some("text/csv") => {
                let csv = to_csv(entries);
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
    caller.require(Permission::ListRead)?;
    let EntryFilters {
        at,
        version,
        prefix,
        q,
    } = filters;
    for (name, text) in [("prefix", &prefix), ("q", &q)] {
        if text
            .as_ref()
            .is_some_and(|text| text.len() > MAX_TEXT_BYTES)
        {
            let detail =
                format!("query parameter {name}: must have at most {MAX_TEXT_BYTES} bytes");
            return Err(Problem::bad_request(detail));
        }
    }
    let moment = WantedMoment { at, version }.moment()?;
    let asked = format!("{moment:?} {prefix:?} {q:?}");
    let list = [
        &*caller.tenant.0.to_string(),
        "list entries",
        path.name(),
        &*asked,
    ];
    let list = list.map(str::to_owned);
    let list: Vec<&str> = list.iter().map(String::as_str).collect();
    let after = page.position(&app.cursors, &list)?;
    let after = after.map(|after| String::from_utf8_lossy(&after).into_owned());
    let was = list_at(&app, &caller, path, moment).await?;
    let limit = page.limit();
    let search = move || {
        let prefix = prefix.unwrap_or_default();
        let from = match &after {
            Some(after) => Bound::Excluded(after.as_str()),
            None => Bound::Included(prefix.as_str()),
        };
        let q = q.unwrap_or_default().to_lowercase();
        let entries = was.entries_after(from);
        let entries = entries.take_while(|entry| entry.starts_with(&prefix));
        let entries = entries.filter(|entry| q.is_empty() || entry.to_lowercase().contains(&q));
        let entries = entries.take(limit + 1).map(str::to_owned);
        entries.collect::<Vec<_>>()
    };
    let found = blocking(search).await?;
    let page = Page::of(found, &page, &app.cursors, &list, |last| {
        last.clone().into_bytes()
    });
    Ok(Json(page))
}
