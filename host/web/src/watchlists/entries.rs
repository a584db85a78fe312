//! The entries of a watchlist, as it is or was, and what changes them.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::{Expected, Page, PageRequest};
use app::watchlists::change::{self, WatchlistEdit};
use app::watchlists::delete as deletes;
use app::watchlists::read::{self, EntryQuery, WantedMoment};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::name::Name;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::Permission;

use super::head::{self, Tab};
use super::{ListPath, address};
use crate::browser::{Named, SignedIn, Typed, TypedOrCut};
use crate::elements::{asking, empty, pages, permitted};
use crate::failure::Failure;
use crate::once::once;
use crate::text::EN;

/// What the address says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// Only entries in which this text is.
    q: String,
    /// As it was in this version.
    version: Option<u64>,
    cursor: Option<String>,
}

/// Entries to add and to remove, as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedEdit {
    /// One on each line.
    add: String,
    /// A single one.
    remove: String,
    note: String,
    /// Of the form that deletes the watchlist.
    #[serde(skip)]
    deletion_note: String,
}

/// Why a watchlist is deleted, and which version.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedDeletion {
    version: u64,
    note: String,
}

impl Wanted {
    fn of(uri: &Uri) -> Self {
        serde_html_form::from_str(uri.query().unwrap_or_default()).unwrap_or_default()
    }

    /// The address of the first page.
    fn address(&self, list: &Name) -> String {
        let mut query = Vec::new();
        if !self.q.is_empty() {
            query.push(("q", self.q.clone()));
        }
        query.extend(self.version.map(|version| ("version", version.to_string())));
        match serde_html_form::to_string(&query).unwrap_or_default() {
            query if query.is_empty() => address(list),
            query => format!("{}?{query}", address(list)),
        }
    }
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(ListPath(list)): Named<ListPath>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let wanted = Wanted::of(&uri);
    render(&app, &caller, &list, &wanted, &TypedEdit::default(), None).await
}

/// Leads from the address of a form to the watchlist.
pub(super) async fn back(Named(ListPath(list)): Named<ListPath>) -> Redirect {
    Redirect::to(&address(&list))
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(ListPath(list)): Named<ListPath>,
    uri: Uri,
    typed: TypedOrCut<TypedEdit>,
) -> Result<Response, Failure> {
    caller.require(Permission::ListWrite)?;
    let typed = match typed {
        TypedOrCut::Whole(typed) => typed,
        TypedOrCut::Cut(typed) => {
            let detail = EN.watchlists.add_too_long;
            let failure = Failure::new(StatusCode::PAYLOAD_TOO_LARGE, detail);
            return refused(&app, &caller, &list, &typed, failure).await;
        }
    };
    let lines = typed.add.lines().map(str::to_owned);
    let edit = WatchlistEdit {
        add: lines.collect(),
        remove: Some(typed.remove.clone())
            .filter(|entry| !entry.is_empty())
            .into_iter()
            .collect(),
        note: Some(typed.note.clone()),
    };
    let wanted = Wanted::of(&uri);
    match change::edit(&app, &caller, &list, Expected::default(), edit).await {
        Ok(_) => Ok(Redirect::to(&wanted.address(&list)).into_response()),
        Err(error) => refused(&app, &caller, &list, &typed, error.into()).await,
    }
}

pub(super) async fn delete(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(ListPath(list)): Named<ListPath>,
    Typed(typed): Typed<TypedDeletion>,
) -> Result<Response, Failure> {
    let expected = Expected::version(typed.version);
    let note = Some(typed.note.clone());
    match deletes::delete(&app, &caller, &list, expected, note).await {
        Ok(()) => Ok(Redirect::to("/watchlists").into_response()),
        Err(error) => {
            let kept = TypedEdit {
                deletion_note: typed.note,
                ..TypedEdit::default()
            };
            refused(&app, &caller, &list, &kept, error.into()).await
        }
    }
}

/// The page again, with what was refused.
async fn refused(
    app: &Arc<App>,
    caller: &Caller,
    list: &Name,
    typed: &TypedEdit,
    failure: Failure,
) -> Result<Response, Failure> {
    if failure.status() == StatusCode::NOT_FOUND {
        return Err(failure);
    }
    let all = Wanted::default();
    let page = render(app, caller, list, &all, typed, Some(&failure)).await?;
    Ok((failure.status(), page).into_response())
}

async fn render(
    app: &Arc<App>,
    caller: &Caller,
    list: &Name,
    wanted: &Wanted,
    typed: &TypedEdit,
    refused: Option<&Failure>,
) -> Result<Markup, Failure> {
    let text = &EN.watchlists;
    let rows = usize::from(caller.preferences().rows.count());
    let query = EntryQuery {
        moment: WantedMoment {
            at: None,
            version: wanted.version,
        },
        prefix: None,
        q: Some(wanted.q.clone()).filter(|q| !q.is_empty()),
    };
    let page = PageRequest::new(rows, wanted.cursor.clone());
    let found = read::list_entries(app, caller, list, query, &page).await?;
    let definitions = caller.definitions();
    let newest = definitions
        .lists
        .get(list.as_str())
        .map(|list| list.version);
    let is_past = wanted
        .version
        .is_some_and(|version| Some(version) != newest);
    let content = html! {
        @if let Some(version) = wanted.version.filter(|_| is_past) {
            p { ((text.past)(version)) " " a href=(address(list)) { (text.to_now) } }
        }
        div.tools {
            (search(list, wanted))
            (download(list, wanted))
        }
        div.columns {
            div.column {
                @if found.items.is_empty() {
                    (empty(text.no_entry, text.no_entry_hint))
                } @else {
                    (table(caller, list, wanted, &found, is_past))
                }
                (pages(&wanted.address(list), wanted.cursor.is_some(), found.next_cursor.as_deref()))
            }
            aside.column aria-label=(text.add) {
                @if !is_past { (changes(caller, list, typed, newest)) }
            }
        }
    };
    Ok(head::page(caller, list, Tab::Entries, refused, &content))
}

fn search(list: &Name, wanted: &Wanted) -> Markup {
    let text = &EN.watchlists;
    html! {
        form.filters action=(address(list)) method="get" {
            @if let Some(version) = wanted.version { input type="hidden" name="version" value=(version); }
            div {
                label for="q" { (text.search) }
                input #q type="search" name="q" maxlength="500" value=(wanted.q);
            }
            button type="submit" { (text.find) }
        }
    }
}

fn download(list: &Name, wanted: &Wanted) -> Markup {
    let version = wanted.version.map(|version| format!("?version={version}"));
    html! {
        p { a.button href={ (address(list)) "/csv" (version.unwrap_or_default()) } download { (EN.watchlists.download) } }
    }
}

fn table(
    caller: &Caller,
    list: &Name,
    wanted: &Wanted,
    found: &Page<String>,
    is_past: bool,
) -> Markup {
    let text = &EN.watchlists;
    let may_remove = caller.may(Permission::ListWrite) && !is_past;
    // The entry goes; the search that found it stays.
    let here = wanted.address(list);
    let query = here.split_once('?').map(|(_, query)| format!("?{query}"));
    let to = format!("{}/entries{}", address(list), query.unwrap_or_default());
    html! {
        table.rows {
            thead {
                tr {
                    th scope="col" { (text.entry) }
                    @if may_remove { th scope="col" { span.hidden { (text.remove) } } }
                }
            }
            tbody {
                @for entry in &found.items {
                    tr {
                        td.value { code { (entry) } }
                        @if may_remove {
                            td.number {
                                form action=(once(&to)) method="post" {
                                    input type="hidden" name="remove" value=(entry);
                                    button.danger type="submit" aria-label={ (text.remove) " " (entry) } { (text.remove) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn changes(caller: &Caller, list: &Name, typed: &TypedEdit, newest: Option<u64>) -> Markup {
    let text = &EN.watchlists;
    html! {
        section.card aria-labelledby="add-entries" {
            h2 #add-entries { (text.add) }
            (permitted(caller, Permission::ListWrite, text.add, || html! {
                form.stack action=(once(&format!("{}/entries", address(list)))) method="post" {
                    label for="add" { (text.lines) }
                    textarea #add name="add" rows="5" required aria-describedby="add-hint" { (typed.add) }
                    p.note #add-hint { (text.lines_hint) }
                    label for="note" { (text.note) }
                    input #note name="note" maxlength="1000" aria-describedby="note-hint" value=(typed.note);
                    p.note #note-hint { (text.note_hint) }
                    button.primary type="submit" { (text.add) }
                }
            }))
        }
        @if let Some(version) = newest {
            (permitted(caller, Permission::ListWrite, text.delete, || asking(
                text.delete,
                text.delete_question,
                &html! {
                    form.stack action=(once(&format!("{}/delete", address(list)))) method="post" {
                        input type="hidden" name="version" value=(version);
                        label for="delete-note" { (text.note) }
                        input #delete-note name="note" maxlength="1000" value=(typed.deletion_note);
                        button.danger type="submit" { (text.delete) }
                    }
                },
            )))
        }
    }
}
