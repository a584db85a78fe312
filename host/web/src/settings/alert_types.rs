//! Settings → Alert types: what alerts can be about, and what is asked of each.

use std::sync::Arc;

use app::App;
use app::alert_types::{
    self, DeleteAlertTypeError, NewAlertType, PutAlertTypeError, ReadAlertTypeError,
};
use app::caller::Caller;
use app::request::Expected;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::alert::default_type;
use domain::name::Name;
use domain::rule::Level;
use json::JsonObject;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{AlertType, Permission};

use crate::browser::{Named, SignedIn, Typed};
use crate::elements::{asking, permitted};
use crate::failure::{Failure, failures};
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::tabs;
use crate::text::EN;

failures! {
    ReadAlertTypeError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchType,
    }
    PutAlertTypeError {
        FORBIDDEN: Forbidden,
        UNPROCESSABLE_ENTITY: Invalid,
        PRECONDITION_FAILED: Stale,
        CONFLICT: TooMany SchemasTooLarge,
        SERVICE_UNAVAILABLE: Room Lane,
    }
    DeleteAlertTypeError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchType,
        PRECONDITION_FAILED: Stale,
        CONFLICT: MadeByRule HasAlerts,
        SERVICE_UNAVAILABLE: NotWhole Lane,
    }
}

/// The pages of alert types.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/settings/alert-types", get(list).post(create))
        .route("/settings/alert-types/{type}", get(show).post(change))
        .route(
            "/settings/alert-types/{type}/delete",
            get(back).post(delete),
        )
}

/// A type, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct TypedType {
    version: u64,
    name: String,
    title: String,
    description: String,
    severity: String,
    priority: String,
    due_in: String,
    info_schema: String,
}

/// The version that is deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Doomed {
    version: u64,
}

impl TypedType {
    fn of(kind: &AlertType) -> Self {
        let schema = kind.info_schema.as_ref();
        let indented = schema.and_then(|schema| serde_json::to_string_pretty(schema).ok());
        Self {
            version: kind.version,
            name: kind.name.clone(),
            title: kind.title.clone(),
            description: kind.description.clone(),
            severity: kind.severity.clone().unwrap_or_default(),
            priority: kind.priority.clone().unwrap_or_default(),
            due_in: kind.due_in.clone().unwrap_or_default(),
            info_schema: indented.unwrap_or_default(),
        }
    }

    /// The type that was typed.
    fn read(&self) -> Result<NewAlertType, Failure> {
        let refuse = |detail: &str| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        let level = |text: &str| match text {
            "" => Ok(None),
            text => match Level::parse(text) {
                Some(level) => Ok(Some(level)),
                None => Err(refuse(EN.failure.no_such_level)),
            },
        };
        let info_schema = match self.info_schema.trim() {
            "" => None,
            text => {
                let read = JsonObject::read(text);
                Some(read.map_err(|fault| refuse(&format!("{}: {fault}", EN.alert_types.no_json)))?)
            }
        };
        Ok(NewAlertType {
            title: self.title.trim().to_owned(),
            description: self.description.trim().to_owned(),
            severity: level(&self.severity)?,
            priority: level(&self.priority)?,
            due_in: Some(self.due_in.trim().to_owned()).filter(|text| !text.is_empty()),
            info_schema,
        })
    }
}

async fn list(SignedIn { caller, .. }: SignedIn) -> Result<Markup, Failure> {
    list_page(&caller, &TypedType::default(), None)
}

async fn create(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedType>,
) -> Result<Response, Failure> {
    let done = put(&app, &caller, typed.name.trim(), Expected::absent(), &typed).await;
    Ok(match done {
        Ok(()) => Redirect::to("/settings/alert-types").into_response(),
        Err(refused) => {
            let page = list_page(&caller, &typed, Some(&refused))?;
            (refused.status(), page).into_response()
        }
    })
}

async fn show(
    SignedIn { caller, .. }: SignedIn,
    Named(kind): Named<String>,
) -> Result<Markup, Failure> {
    let kind = read(&caller, &kind)?;
    Ok(page(&caller, &kind, &TypedType::of(&kind), None))
}

async fn change(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(name): Named<String>,
    Typed(typed): Typed<TypedType>,
) -> Result<Response, Failure> {
    let expected = Expected::version(typed.version);
    let Err(refused) = put(&app, &caller, &name, expected, &typed).await else {
        return Ok(Redirect::to("/settings/alert-types").into_response());
    };
    let kind = read(&caller, &name)?;
    let typed = TypedType {
        version: kind.version,
        ..typed
    };
    let page = page(&caller, &kind, &typed, Some(&refused));
    Ok((refused.status(), page).into_response())
}

async fn delete(
    SignedIn { caller, .. }: SignedIn,
    Named(name): Named<String>,
    Typed(doomed): Typed<Doomed>,
) -> Result<Response, Failure> {
    let kind = read(&caller, &name)?;
    let expected = Expected::version(doomed.version);
    let deleted = alert_types::delete(&caller, named(&name)?, expected).await;
    Ok(match deleted.map_err(Failure::from) {
        Ok(()) => Redirect::to("/settings/alert-types").into_response(),
        Err(refused) => {
            let page = page(&caller, &kind, &TypedType::of(&kind), Some(&refused));
            (refused.status(), page).into_response()
        }
    })
}

/// Leads from the address of a form to the page.
async fn back(Named(kind): Named<String>) -> Redirect {
    Redirect::to(&format!("/settings/alert-types/{kind}"))
}

fn named(name: &str) -> Result<Name, Failure> {
    Name::new(name).map_err(|_| Failure::new(StatusCode::NOT_FOUND, EN.failure.no_page))
}

fn read(caller: &Caller, name: &str) -> Result<AlertType, Failure> {
    Ok(alert_types::read(caller, &named(name)?)?)
}

async fn put(
    app: &App,
    caller: &Caller,
    name: &str,
    expected: Expected,
    typed: &TypedType,
) -> Result<(), Failure> {
    caller.require(Permission::AlertConfigure)?;
    let name = Name::new(name).map_err(|error| {
        let detail = format!("'{}': {error}", EN.alert_types.name);
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    })?;
    alert_types::put(app, caller, name, expected, typed.read()?).await?;
    Ok(())
}

/// Why nothing was done, as people read it.
fn detail(refused: &Failure) -> &str {
    match refused.status() {
        StatusCode::PRECONDITION_FAILED => EN.elements.changed,
        _ => refused.detail(),
    }
}

fn list_page(
    caller: &Caller,
    typed: &TypedType,
    refused: Option<&Failure>,
) -> Result<Markup, Failure> {
    let text = &EN.alert_types;
    let content = html! {
        (tabs(caller, text.title))
        h1 { (text.title) }
        p.note { (text.hint) }
        @if let Some(refused) = refused { (frame::alarm(detail(refused))) }
        (table(&alert_types::list(caller)?))
        (permitted(caller, Permission::AlertConfigure, text.create, || html! {
            section.card aria-labelledby="new-type" {
                h2 #new-type { (text.new) }
                form.stack action=(once("/settings/alert-types")) method="post" {
                    label for="name" { (text.name) }
                    input #name name="name" required maxlength="64" pattern="[a-z0-9][a-z0-9_\\-]*"
                        aria-describedby="name-hint" value=(typed.name);
                    p.note #name-hint { (text.name_hint) }
                    (fields(typed))
                    button.primary type="submit" { (text.create) }
                }
            }
        }))
    };
    Ok(frame::page(caller, Part::Settings, text.title, &content))
}

fn table(types: &[AlertType]) -> Markup {
    let text = &EN.alert_types;
    html! {
        div.wide {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (text.type_title) }
                        th scope="col" { (text.name) }
                        th scope="col" { (text.severity) }
                        th scope="col" { (text.priority) }
                        th scope="col" { (text.due_in) }
                        th scope="col" { (text.schema) }
                    }
                }
                tbody {
                    @for kind in types {
                        tr {
                            th scope="row" {
                                a href={ "/settings/alert-types/" (kind.name) } { (kind.title) }
                            }
                            td { code { (kind.name) } }
                            td { (kind.severity.as_deref().unwrap_or("–")) }
                            td { (kind.priority.as_deref().unwrap_or("–")) }
                            td { (kind.due_in.as_deref().unwrap_or("–")) }
                            td { @if kind.info_schema.is_some() { (text.has_schema) } @else { "–" } }
                        }
                    }
                }
            }
        }
    }
}

fn page(caller: &Caller, kind: &AlertType, typed: &TypedType, refused: Option<&Failure>) -> Markup {
    let text = &EN.alert_types;
    let is_default = default_type(&kind.name).is_some();
    // What every organisation has can be set back once it was set.
    let may_go = !is_default || kind.version > 0;
    let (go, question) = match is_default {
        true => (text.reset, text.reset_question),
        false => (text.delete, text.delete_question),
    };
    let address = format!("/settings/alert-types/{}", kind.name);
    let content = html! {
        (tabs(caller, text.title))
        p.crumbs { a href="/settings/alert-types" { (text.back) } }
        h1 { (kind.title) }
        p.facts { code { (kind.name) } }
        @if let Some(refused) = refused { (frame::alarm(detail(refused))) }
        (permitted(caller, Permission::AlertConfigure, EN.elements.save, || html! {
            form.stack.card action=(once(&address)) method="post" {
                input type="hidden" name="version" value=(typed.version);
                (fields(typed))
                button.primary type="submit" { (EN.elements.save) }
            }
            @if may_go {
                (asking(go, question, &html! {
                    form action=(once(&format!("{address}/delete"))) method="post" {
                        input type="hidden" name="version" value=(kind.version);
                        button.danger type="submit" { (go) }
                    }
                }))
            }
        }))
    };
    frame::page(caller, Part::Settings, &kind.title, &content)
}

fn fields(typed: &TypedType) -> Markup {
    let text = &EN.alert_types;
    let level = |name: &str, title: &str, current: &str| {
        html! {
            label for=(name) { (title) }
            select id=(name) name=(name) {
                option value="" { (text.unsaid) }
                @for one in [Level::High, Level::Medium, Level::Low] {
                    option value=(one.as_str()) selected[one.as_str() == current] { (one.as_str()) }
                }
            }
        }
    };
    html! {
        label for="title" { (text.type_title) }
        input #title name="title" required maxlength="200" value=(typed.title);
        label for="description" { (text.description) }
        textarea #description name="description" rows="2" maxlength="2000" { (typed.description) }
        (level("severity", text.severity, &typed.severity))
        (level("priority", text.priority, &typed.priority))
        label for="due-in" { (text.due_in) }
        input #due-in name="due_in" spellcheck="false" aria-describedby="due-in-hint" value=(typed.due_in);
        p.note #due-in-hint { (text.due_in_hint) }
        label for="info-schema" { (text.schema) }
        textarea #info-schema name="info_schema" rows="8" spellcheck="false" aria-describedby="info-schema-hint" { (typed.info_schema) }
        p.note #info-schema-hint { (text.schema_hint) }
    }
}
