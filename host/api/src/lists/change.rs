//! Changes of lists.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{post_with, put_with};
use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::entries::{EntriesBody, SentHow};
use super::{ListBrief, ListPath, etag};
use crate::http::{
    Filters, JsonBody, Params, Preconditions, Problem, ProblemKind, Put, Tagged, problems,
};
use crate::problem_from::problem_from;
use app::App;
use app::watchlists::change::{
    self, ChangeWatchlistError, ChangedWatchlist, NewWatchlist, PutWatchlistError, WatchlistEdit,
};
use app::watchlists::delete::{self, DeleteWatchlistError};

/// What is said of the forms in which entries are sent.
const FORMS: &str = "One entry a line, a JSON array, or CSV in UTF-8 with a header, of which one column has the entries. White space and invisible characters at the ends of an entry are removed, empty entries dropped, and each is taken once. One that cannot be taken, or a row of CSV that cannot be read, means that nothing is changed, and the answer names its line.";

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/lists/{list}",
            put_with(put_list, |op| {
                op.summary("Create or replace a list")
                    .description(&format!("{FORMS} A body without entries is refused unless `?empty=true` says that the list is to be empty, or the body is the JSON array `[]`."))
                    .tag("Lists")
            })
            .patch_with(change_list, |op| {
                op.summary("Add entries to a list, and remove entries")
                    .tag("Lists")
            })
            .delete_with(delete_list, |op| {
                op.summary("Delete a list")
                    .description("Refused while an installed rule reads it. Its versions stay.")
                    .tag("Lists")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/lists/{list}/entries",
            post_with(add_entries, |op| {
                op.summary("Add entries to a list")
                    .description(FORMS)
                    .tag("Lists")
            }),
        )
}

/// What to change of a list. What is both added and removed is removed.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ListChange")]
struct ListChangeBody {
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
    /// Why the list is changed, in at most 1000 characters; kept with the version.
    #[serde(default)]
    note: Option<String>,
}

/// Why a list is deleted.
#[derive(Debug, Deserialize, JsonSchema)]
struct DeletedHow {
    /// Why the list is deleted, in at most 1000 characters; kept with the version.
    note: Option<String>,
}

/// A list after a change, without its entries.
#[derive(Debug, Serialize, JsonSchema)]
struct ListChanged {
    #[serde(flatten)]
    list: ListBrief,
    /// How many entries were added.
    added: usize,
    /// How many were removed. Where none was added or removed, there is no new version.
    removed: usize,
    /// The column that had the entries, where they were sent as CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
}

impl From<ListChangeBody> for WatchlistEdit {
    fn from(body: ListChangeBody) -> Self {
        Self {
            add: body.add,
            remove: body.remove,
            note: body.note,
        }
    }
}

impl ListChanged {
    fn of(changed: ChangedWatchlist) -> Self {
        Self {
            list: ListBrief::of(&changed.list),
            added: changed.added,
            removed: changed.removed,
            column: changed.column,
        }
    }

    fn tagged(changed: ChangedWatchlist) -> Tagged<Self> {
        Tagged::changed(etag(&changed.list), Self::of(changed))
    }
}

problem_from!(ChangeWatchlistError {
    Forbidden,
    Invalid,
    Entries,
    NoSuchWatchlist,
    Stale,
    Change,
    Panicked,
    Lane
});
problem_from!(DeleteWatchlistError {
    Forbidden, Invalid, NoSuchWatchlist, Stale, Plans, Change, Panicked, Lane;
    Conflict: ReadByRule
});

impl From<PutWatchlistError> for Problem {
    fn from(error: PutWatchlistError) -> Self {
        match error {
            PutWatchlistError::Empty => {
                let detail = format!("{error}; send ?empty=true if it is to be");
                Self::unprocessable(detail, Vec::new())
            }
            PutWatchlistError::Change(error) => error.into(),
        }
    }
}

async fn put_list(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Filters(mut how): Filters<SentHow>,
    preconditions: Preconditions,
    body: EntriesBody,
) -> Result<Put<ListChanged>, Problem> {
    let new = NewWatchlist {
        note: how.note.take(),
        may_be_empty: how.empty.unwrap_or_default(),
    };
    let (name, expected) = (path.name(), preconditions.expected());
    let decode = move || body.decode(how);
    let put: Result<_, Problem> = change::put(&app, &caller, name, expected, new, decode).await;
    let put = put?;
    let (etag, is_new) = (etag(&put.list), put.is_new);
    let body = ListChanged::of(put);
    Ok(match is_new {
        true => Put::Created(etag, body),
        false => Put::Replaced(etag, body),
    })
}

async fn change_list(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    preconditions: Preconditions,
    JsonBody(body): JsonBody<ListChangeBody>,
) -> Result<Tagged<ListChanged>, Problem> {
    let (name, expected) = (path.name(), preconditions.expected());
    let changed = change::edit(&app, &caller, name, expected, body.into()).await?;
    Ok(ListChanged::tagged(changed))
}

async fn add_entries(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Filters(mut how): Filters<SentHow>,
    preconditions: Preconditions,
    body: EntriesBody,
) -> Result<Tagged<ListChanged>, Problem> {
    let (name, expected, note) = (path.name(), preconditions.expected(), how.note.take());
    let decode = move || body.decode(how);
    let added: Result<_, Problem> = change::add(&app, &caller, name, expected, note, decode).await;
    added.map(ListChanged::tagged)
}

async fn delete_list(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ListPath>,
    Filters(how): Filters<DeletedHow>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    let (name, expected) = (path.name(), preconditions.expected());
    delete::delete(&app, &caller, name, expected, how.note).await?;
    Ok(NoContent)
}
