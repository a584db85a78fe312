//! CSV into a watchlist: counted first, then taken.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::Expected;
use app::watchlists::change::{self, ChangeWatchlistError, NewWatchlist, PutWatchlistError};
use app::watchlists::csv::Delimiter;
use app::watchlists::entries::SentEntries;
use app::watchlists::preview::{self, ChangePreview, Effect};
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::name::Name;
use maud::{Markup, html};
use tenant::Permission;

use super::head::{self, Tab};
use super::{ListPath, address};
use crate::browser::{Named, SignedIn};
use crate::elements::permitted;
use crate::failure::Failure;
use crate::text::EN;

/// The longest CSV that the page keeps between the preview and the change, in bytes.
const KEPT_BYTES: usize = 256 << 10;

/// What was typed, and the file.
#[derive(Clone, Debug, Default)]
struct TypedImport {
    file: Bytes,
    text: String,
    column: String,
    delimiter: String,
    effect: String,
    note: String,
    /// The version that the preview was made of; empty without a preview.
    version: String,
    /// Which button was pressed.
    button: String,
}

/// Why a change was not made, or not counted.
struct Refused(Failure);

impl From<PutWatchlistError> for Refused {
    fn from(error: PutWatchlistError) -> Self {
        Self(error.into())
    }
}

impl From<ChangeWatchlistError> for Refused {
    fn from(error: ChangeWatchlistError) -> Self {
        Self(error.into())
    }
}

pub(super) async fn show(
    SignedIn { caller, .. }: SignedIn,
    Named(ListPath(list)): Named<ListPath>,
) -> Result<Markup, Failure> {
    caller.require(Permission::ListRead)?;
    if caller.definitions().lists.get(list.as_str()).is_none() {
        return Err(Failure::new(StatusCode::NOT_FOUND, EN.failure.no_page));
    }
    Ok(page(&caller, &list, &TypedImport::default(), None, None))
}

pub(super) async fn import(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(ListPath(list)): Named<ListPath>,
    request: Request,
) -> Result<Response, Failure> {
    // Nobody uploads in vain.
    caller.require(Permission::ListWrite)?;
    let mut typed = TypedImport::read(request, &app).await?;
    let done = match &*typed.button {
        "apply" => apply(&app, &caller, &list, &typed).await.map(|()| None),
        _ => count(&caller, &list, &typed).await.map(Some),
    };
    match done {
        Ok(None) => Ok(Redirect::to(&address(&list)).into_response()),
        Ok(Some(counted)) => {
            typed.version = counted.version.to_string();
            typed.keep();
            Ok(page(&caller, &list, &typed, Some(&counted), None).into_response())
        }
        Err(Refused(failure)) if failure.status() == StatusCode::NOT_FOUND => Err(failure),
        Err(Refused(failure)) => {
            typed.keep();
            let page = page(&caller, &list, &typed, None, Some(&failure));
            Ok((failure.status(), page).into_response())
        }
    }
}

async fn count(
    caller: &Caller,
    list: &Name,
    typed: &TypedImport,
) -> Result<ChangePreview, Refused> {
    let sent = typed.sent()?;
    let decode = move || Ok::<_, Refused>(sent);
    preview::preview(caller, list, typed.effect()?, decode).await
}

async fn apply(
    app: &Arc<App>,
    caller: &Caller,
    list: &Name,
    typed: &TypedImport,
) -> Result<(), Refused> {
    let sent = typed.sent()?;
    let effect = typed.effect()?;
    let expected = match typed.version.as_str() {
        // Without a preview it is meant for whatever is there.
        "" => Expected::default(),
        text => Expected::version(text.parse().map_err(|_| {
            let detail = EN.failure.no_version;
            Refused(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
        })?),
    };
    let note = Some(typed.note.clone());
    let decode = move || Ok::<_, Refused>(sent);
    match effect {
        Effect::Add => change::add(app, caller, list, expected, note, decode).await?,
        Effect::Replace => {
            let new = NewWatchlist {
                note,
                may_be_empty: false,
            };
            change::put(app, caller, list, expected, new, decode).await?
        }
    };
    Ok(())
}

impl TypedImport {
    async fn read(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let unread = |status: StatusCode| Failure::new(status, EN.watchlists.unread);
        let mut form = Multipart::from_request(request, app)
            .await
            .map_err(|rejection| unread(rejection.status()))?;
        let mut typed = Self::default();
        while let Some(field) = form
            .next_field()
            .await
            .map_err(|error| unread(error.status()))?
        {
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field
                .bytes()
                .await
                .map_err(|error| unread(error.status()))?;
            if name == "file" {
                typed.file = bytes;
                continue;
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            match &*name {
                "text" => typed.text = text,
                "column" => typed.column = text,
                "delimiter" => typed.delimiter = text,
                "effect" => typed.effect = text,
                "note" => typed.note = text,
                "version" => typed.version = text,
                "button" => typed.button = text,
                _ => {}
            }
        }
        Ok(typed)
    }

    /// The entries that were sent: those of the file, else those of the text.
    fn sent(&self) -> Result<SentEntries, Refused> {
        let file = match (self.file.is_empty(), self.text.trim().is_empty()) {
            (false, _) => self.file.clone(),
            (true, false) => Bytes::from(self.text.clone().into_bytes()),
            (true, true) => {
                let detail = EN.watchlists.nothing_sent;
                return Err(Refused(Failure::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    detail,
                )));
            }
        };
        let column = self.column.trim();
        Ok(SentEntries::Csv {
            file,
            column: (!column.is_empty()).then(|| column.to_owned()),
            delimiter: match &*self.delimiter {
                "semicolon" => Delimiter::Semicolon,
                "tab" => Delimiter::Tab,
                "" | "comma" => Delimiter::Comma,
                delimiter => {
                    let title = EN.watchlists.delimiter;
                    return Err(Refused(Failure::no_choice(title, delimiter)));
                }
            },
        })
    }

    fn effect(&self) -> Result<Effect, Refused> {
        match &*self.effect {
            "replace" => Ok(Effect::Replace),
            "" | "add" => Ok(Effect::Add),
            effect => Err(Refused(Failure::no_choice(EN.watchlists.effect, effect))),
        }
    }

    /// Keeps a file as text, if the page can carry it: a page cannot fill in a file again.
    fn keep(&mut self) {
        if !self.file.is_empty() && self.file.len() <= KEPT_BYTES {
            self.text = String::from_utf8_lossy(&self.file).into_owned();
            self.file = Bytes::new();
        } else if !self.file.is_empty() {
            self.text.clear();
        }
    }
}

fn page(
    caller: &Caller,
    list: &Name,
    typed: &TypedImport,
    counted: Option<&ChangePreview>,
    refused: Option<&Failure>,
) -> Markup {
    let text = &EN.watchlists;
    let content = html! {
        section.card {
            p.note { (text.import_hint) }
            (permitted(caller, Permission::ListWrite, text.import, || form(list, typed, counted)))
        }
    };
    head::page(caller, list, Tab::Import, refused, &content)
}

fn form(list: &Name, typed: &TypedImport, counted: Option<&ChangePreview>) -> Markup {
    let text = &EN.watchlists;
    let delimiters = [
        ("comma", text.comma),
        ("semicolon", text.semicolon),
        ("tab", text.tab),
    ];
    let effects = [("add", text.add_them), ("replace", text.replace_all)];
    html! {
        form.stack action=(Tab::Import.address(list)) method="post" enctype="multipart/form-data" {
            label for="file" { (text.file) }
            input #file type="file" name="file" accept=".csv,text/csv";
            label for="text" { (text.text) }
            textarea #text.code name="text" rows="6" spellcheck="false" aria-describedby="text-hint" { (typed.text) }
            p.note #text-hint { (text.text_hint) }
            label for="column" { (text.column) }
            input #column name="column" maxlength="200" aria-describedby="column-hint" value=(typed.column);
            p.note #column-hint { (text.column_hint) }
            label for="delimiter" { (text.delimiter) }
            select #delimiter name="delimiter" {
                @for (value, title) in delimiters { option value=(value) selected[value == typed.delimiter] { (title) } }
            }
            label for="effect" { (text.effect) }
            select #effect name="effect" {
                @for (value, title) in effects { option value=(value) selected[value == typed.effect] { (title) } }
            }
            label for="note" { (text.note) }
            input #note name="note" maxlength="1000" aria-describedby="note-hint" value=(typed.note);
            p.note #note-hint { (text.note_hint) }
            @if let Some(counted) = counted {
                input type="hidden" name="version" value=(counted.version);
                div.made role="status" {
                    h2 { (text.preview_title) }
                    p { ((text.preview_counts)(counted.sent, counted.added, counted.removed, counted.count)) }
                    @if let Some(column) = &counted.column { p.note { (text.column) ": " code { (column) } } }
                    @if !typed.file.is_empty() { p.note { (text.choose_again) } }
                }
            }
            div.buttons {
                button type="submit" name="button" value="preview" { (text.preview) }
                @if counted.is_some() { button.primary type="submit" name="button" value="apply" { (text.apply) } }
            }
        }
    }
}
