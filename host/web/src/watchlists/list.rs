//! All watchlists, and the form that makes one.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::{Expected, PageRequest};
use app::watchlists::change::{self, NewWatchlist, PutWatchlistError};
use app::watchlists::entries::SentEntries;
use app::watchlists::read;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::name::Name;
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{List, Permission};

use super::address;
use crate::browser::{SignedIn, TypedOrCut};
use crate::elements::{cursor_of, empty, pages, permitted};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::text::{EN, grouped};
use crate::when::Zone;

/// A watchlist to make, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedList {
    name: String,
    entries: String,
    note: String,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Markup, Failure> {
    let typed = TypedList::default();
    render(&app, &caller, cursor_of(&uri), &typed, None)
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    typed: TypedOrCut<TypedList>,
) -> Result<Response, Failure> {
    caller.require(Permission::ListWrite)?;
    let (made, typed) = match typed {
        TypedOrCut::Whole(typed) => (make(&app, &caller, &typed).await, typed),
        TypedOrCut::Cut(typed) => {
            let detail = EN.watchlists.new_too_long;
            let failure = Failure::new(StatusCode::PAYLOAD_TOO_LARGE, detail);
            (Err(failure), typed)
        }
    };
    match made {
        Ok(list) => Ok(Redirect::to(&address(&list)).into_response()),
        Err(failure) => {
            let page = render(&app, &caller, None, &typed, Some(&failure))?;
            Ok((failure.status(), page).into_response())
        }
    }
}

async fn make(app: &Arc<App>, caller: &Caller, typed: &TypedList) -> Result<Name, Failure> {
    let name = Name::new(typed.name.trim())
        .map_err(|error| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    let new = NewWatchlist {
        note: Some(typed.note.clone()),
        may_be_empty: true,
    };
    let lines = typed.entries.clone().into_bytes().into();
    let decode = move || Ok::<_, Failed>(SentEntries::Lines(lines));
    let made = change::put(app, caller, &name, Expected::absent(), new, decode).await;
    match made {
        Ok(_) => Ok(name),
        Err(Failed(failure)) => Err(failure),
    }
}

/// Why a watchlist was not made.
struct Failed(Failure);

impl From<PutWatchlistError> for Failed {
    fn from(error: PutWatchlistError) -> Self {
        use change::ChangeWatchlistError as E;
        Self(match error {
            // There is one of this name.
            PutWatchlistError::Change(E::Stale(error)) => {
                Failure::new(StatusCode::CONFLICT, error.to_string())
            }
            error => error.into(),
        })
    }
}

fn render(
    app: &App,
    caller: &Caller,
    cursor: Option<String>,
    typed: &TypedList,
    refused: Option<&Failure>,
) -> Result<Markup, Failure> {
    let text = &EN.watchlists;
    let rows = usize::from(caller.preferences().rows.count());
    let is_later = cursor.is_some();
    let found = read::list(&app.cursors, caller, &PageRequest::new(rows, cursor))?;
    let content = html! {
        h1 { (text.title) }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        @if found.items.is_empty() {
            (empty(text.none, text.none_hint))
        } @else {
            (table(&found.items, &Zone::of(caller)))
        }
        (pages("/watchlists", is_later, found.next_cursor.as_deref()))
        section.card aria-labelledby="new" {
            h2 #new { (text.new) }
            (permitted(caller, Permission::ListWrite, text.create, || form(typed)))
        }
    };
    Ok(frame::page(caller, Part::Watchlists, text.title, &content))
}

fn table(lists: &[Arc<List>], zone: &Zone) -> Markup {
    let text = &EN.watchlists;
    html! {
        div.wide tabindex="0" {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (text.list) }
                        th.number scope="col" { (text.entries) }
                        th.number scope="col" { (text.version) }
                        th scope="col" { (text.changed) }
                    }
                }
                tbody {
                    @for list in lists {
                        tr {
                            th scope="row" { a href={ "/watchlists/" (list.name) } { (list.name) } }
                            td.number { (grouped(list.entries.len() as u64)) }
                            td.number { (list.version) }
                            td { (zone.time(Timestamp::from_micros(list.updated_at))) }
                        }
                    }
                }
            }
        }
    }
}

fn form(typed: &TypedList) -> Markup {
    let text = &EN.watchlists;
    html! {
        form.stack action=(once("/watchlists")) method="post" {
            label for="name" { (text.name) }
            input #name name="name" required maxlength="64" pattern="[a-z0-9][a-z0-9_\\-]*"
                aria-describedby="name-hint" value=(typed.name);
            p.note #name-hint { (EN.teams.name_hint) }
            label for="entries" { (text.lines) }
            textarea #entries name="entries" rows="6" aria-describedby="entries-hint" { (typed.entries) }
            p.note #entries-hint { (text.lines_hint) }
            label for="note" { (text.note) }
            input #note name="note" maxlength="1000" aria-describedby="note-hint" value=(typed.note);
            p.note #note-hint { (text.note_hint) }
            button.primary type="submit" { (text.create) }
        }
    }
}
