//! One export: what it is, when it runs, where its files go, and its runs.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::exports::change::{self, ExportFields};
use app::exports::delete;
use app::exports::read::{self, ExportView};
use app::exports::runs;
use app::exports::webhook_secret::{self, RotateSecret};
use app::request::{Edit, Expected, Once, PageRequest};
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Compression, Permission, SensitiveOutput};

use super::{name_of, places, words};
use crate::browser::{Named, SignedIn, Typed};
use crate::elements::{asking, copied, cursor_of, denied, live, pages};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::text::EN;
use crate::when::Zone;

/// So many of the schedule's next moments are shown.
const NEXT_RUNS: usize = 3;

/// What the page shows besides the export.
#[derive(Default)]
pub(super) struct Beside {
    /// Why what was asked was not done.
    pub(super) refused: Option<Failure>,
    /// Secrets that were made just now: they are shown this once.
    pub(super) secrets: Vec<ShownSecret>,
}

/// A webhook's new secret.
pub(super) struct ShownSecret {
    pub(super) url: String,
    pub(super) secret: String,
    /// Until then the former one signs, too.
    pub(super) former_until: Option<Timestamp>,
}

/// Which version the button was meant for, and what it is to become.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedPause {
    version: u64,
    paused: bool,
}

/// Which version is deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedDelete {
    version: u64,
}

/// Of which webhook a new secret is made.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedSecret {
    url: String,
    /// For how many hours the present one goes on signing.
    hours: u64,
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(name): Named<String>,
    uri: Uri,
) -> Result<Markup, Failure> {
    render(&app, &caller, &name, cursor_of(&uri), &Beside::default()).await
}

/// Leads from the address of a form, as when its answer is reloaded, to the page.
pub(crate) async fn back(Named(name): Named<String>) -> Result<Redirect, Failure> {
    let name = name_of(&name)?;
    Ok(Redirect::to(&format!("/exports/{name}")))
}

pub(crate) async fn run(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(name): Named<String>,
) -> Result<Response, Failure> {
    match runs::start(&app, &caller, &name).await {
        Ok(view) => {
            let to = format!("/exports/{name}/runs/{}", view.run.id);
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => refuse(&app, &caller, &name, error.into()).await,
    }
}

pub(crate) async fn pause(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(name): Named<String>,
    Typed(TypedPause { version, paused }): Typed<TypedPause>,
) -> Result<Response, Failure> {
    let edit = Edit::new(move |fields: ExportFields| Ok(ExportFields { paused, ..fields }));
    let expected = Expected::version(version);
    match change::change(&app, &caller, name_of(&name)?, expected, edit).await {
        Ok(_) => Ok(back(Named(name)).await?.into_response()),
        Err(error) => refuse(&app, &caller, &name, error.into()).await,
    }
}

pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(name): Named<String>,
    Typed(TypedDelete { version }): Typed<TypedDelete>,
) -> Result<Response, Failure> {
    let expected = Expected::version(version);
    match delete::delete(&app, &caller, name_of(&name)?, expected).await {
        Ok(()) => Ok(Redirect::to("/exports").into_response()),
        Err(error) => refuse(&app, &caller, &name, error.into()).await,
    }
}

/// Answers the page with the secret in it: it is shown this once, so nothing leads on from here.
pub(crate) async fn new_secret(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(name): Named<String>,
    Typed(typed): Typed<TypedSecret>,
) -> Result<Response, Failure> {
    // Those who may not see the page would never see the secret.
    read::read(&app, &caller, &name).await?;
    let request = RotateSecret {
        url: Some(typed.url),
        overlap_seconds: typed.hours.saturating_mul(60 * 60),
    };
    let made = webhook_secret::rotate(&caller, name_of(&name)?, request, Once::unkeyed()).await;
    let made = match made {
        Ok(made) => made,
        Err(error) => return refuse(&app, &caller, &name, error.into()).await,
    };
    let secrets = made.secret.into_iter().map(|secret| ShownSecret {
        url: made.url.clone(),
        secret,
        former_until: made.former_until,
    });
    let beside = Beside {
        secrets: secrets.collect(),
        ..Beside::default()
    };
    let page = render(&app, &caller, &name, None, &beside).await?;
    Ok(page.into_response())
}

/// The page with why nothing was done, or that alone where the page cannot be shown.
pub(super) async fn refuse(
    app: &Arc<App>,
    caller: &Caller,
    name: &str,
    failure: Failure,
) -> Result<Response, Failure> {
    let beside = Beside {
        refused: Some(failure.clone()),
        ..Beside::default()
    };
    match render(app, caller, name, None, &beside).await {
        Ok(page) => Ok((failure.status(), page).into_response()),
        Err(_) => Err(failure),
    }
}

/// The page of an export as it is now; `cursor` says which page of its runs.
pub(super) async fn render(
    app: &Arc<App>,
    caller: &Caller,
    name: &str,
    cursor: Option<String>,
    beside: &Beside,
) -> Result<Markup, Failure> {
    let text = &EN.exports;
    let view = read::read(app, caller, name).await?;
    let is_later = cursor.is_some();
    let rows = usize::from(caller.preferences().rows.count());
    let listed = runs::list(app, caller, name, &PageRequest::new(rows, cursor)).await?;
    // What places got is seen from the newest runs, whichever page of runs is open.
    let newest = match is_later {
        true => Some(
            runs::list(app, caller, name, &PageRequest::new(rows, None))
                .await?
                .items,
        ),
        false => None,
    };
    let newest = newest.as_deref().unwrap_or(&listed.items);
    let zone = Zone::of(caller);
    let address = format!("/exports/{name}");
    let is_moving = !is_later && newest.iter().any(super::runs::is_moving);
    let content = html! {
        p.crumbs { a href="/exports" { (text.back) } }
        div.headed { h1 { (view.export.name) } (buttons(caller, &view)) }
        @if let Some(refused) = &beside.refused { (frame::alarm(refused.detail())) }
        @if !beside.secrets.is_empty() { (secrets(&beside.secrets, &zone)) }
        @if !view.unknown.is_empty() {
            div.alarm role="status" {
                strong { (text.unknown) }
                ul.ids { @for value in &view.unknown { li { (value) } } }
            }
        }
        (definition(app, caller, &view, &zone))
        (live("runs", &address, is_moving, &html! {
            (places::section(caller, &view.export, newest, &zone))
            section.card aria-labelledby="runs-title" {
                h2 #runs-title { (text.runs) }
                (super::runs::table(caller, &listed.items, &zone))
                (pages(&address, is_later, listed.next_cursor.as_deref()))
            }
        }))
        @if caller.may(Permission::ExportWrite) {
            (asking(text.delete, text.delete_question, &html! {
                form action=(once(&format!("{address}/delete"))) method="post" {
                    input type="hidden" name="version" value=(view.export.version);
                    button.danger type="submit" { (text.delete) }
                }
            }))
        }
    };
    Ok(frame::page(caller, Part::Exports, name, &content))
}

fn buttons(caller: &Caller, view: &ExportView) -> Markup {
    let text = &EN.exports;
    let export = &view.export;
    let to = |form: &str| once(&format!("/exports/{}/{form}", export.name));
    html! {
        @if !caller.may(Permission::ExportWrite) {
            (denied(text.run_now, &(EN.elements.needs)(Permission::ExportWrite.as_str())))
        } @else {
            div.buttons {
                form action=(to("run")) method="post" { button.primary type="submit" { (text.run_now) } }
                a.button href={ "/exports/" (export.name) "/change" } { (text.edit) }
                @if export.schedule.is_some() {
                    form action=(to("pause")) method="post" {
                        input type="hidden" name="version" value=(export.version);
                        input type="hidden" name="paused" value=(!export.paused);
                        button type="submit" { @if export.paused { (text.resume) } @else { (text.pause) } }
                    }
                }
            }
        }
    }
}

fn secrets(secrets: &[ShownSecret], zone: &Zone) -> Markup {
    let text = &EN.exports;
    html! {
        section.made aria-labelledby="made" {
            h2 #made tabindex="-1" autofocus { (text.secret_made) }
            p { (text.secret_once) }
            @for (at, shown) in secrets.iter().enumerate() {
                (copied(&format!("secret-{at}"), &(text.secret_of)(&shown.url), &shown.secret))
                @if let Some(until) = shown.former_until { p.note { (text.former_until) " " (zone.time(until)) } }
            }
        }
    }
}

fn definition(app: &App, caller: &Caller, view: &ExportView, zone: &Zone) -> Markup {
    let text = &EN.exports;
    let export = &view.export;
    let next = read::next_runs(app, caller, export, NEXT_RUNS);
    html! {
        section.card aria-labelledby="definition" {
            h2 #definition { (text.definition) }
            dl.terms {
                dt { (text.schedule) }
                dd {
                    (words::schedule(export.schedule.as_ref()))
                    @if export.paused { " · " strong { (text.paused) } }
                }
                @if export.schedule.is_some() {
                    dt { (text.next_runs) }
                    dd {
                        @if next.is_empty() { (text.no_next) }
                        @for (at, moment) in next.iter().enumerate() { @if at > 0 { " · " } (zone.time(*moment)) }
                    }
                }
                dt { (text.alerts) }
                dd { (words::filter(&export.filter, &caller.definitions(), zone)) }
                dt { (text.formatter) }
                dd {
                    (export.formatter.plugin) " " (export.formatter.version)
                    " · " a href={ "/exports/" (export.name) "/load" } { (text.load) }
                    @if export.formatter.config.as_object().is_none_or(|config| !config.is_empty()) {
                        details { summary { (text.configuration) } pre tabindex="0" { (export.formatter.config.pretty()) } }
                    }
                }
                dt { (text.compression) }
                dd {
                    @match export.compression { Compression::None => (text.uncompressed), Compression::Gzip => (text.gzip) }
                }
                dt { (text.sensitive) }
                dd {
                    @match export.sensitive {
                        Some(SensitiveOutput::Mask) => (text.masked),
                        Some(SensitiveOutput::Show) => (text.shown),
                        None => (text.shown_before),
                    }
                }
                dt { (text.retention) }
                dd { ((text.days)(export.retention.days)) }
            }
        }
    }
}
