//! Settings → Scopes: which roles there are, and what each may do.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::Expected;
use app::users::scopes::{
    self, AnyScope, DeleteScopeError, NewScope, PutScopeError, ReadScopeError,
};
use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{OwnScope, Permission};

use crate::browser::{SignedIn, Typed};
use crate::elements::{Choice, asking, permitted, ticks};
use crate::failure::{Failure, failures};
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::tabs;
use crate::text::EN;

failures! {
    ReadScopeError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchScope,
    }
    PutScopeError {
        FORBIDDEN: Forbidden Grant,
        CONFLICT: Default NameTaken TooMany,
        UNPROCESSABLE_ENTITY: Invalid,
        PRECONDITION_FAILED: Stale,
        SERVICE_UNAVAILABLE: Lane,
    }
    DeleteScopeError {
        FORBIDDEN: Forbidden Grant,
        NOT_FOUND: NoSuchScope,
        CONFLICT: Default InUse,
        PRECONDITION_FAILED: Stale,
        SERVICE_UNAVAILABLE: Lane,
    }
}

/// The page of scopes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/settings/scopes", get(show).post(put))
        .route("/settings/scopes/delete", get(back).post(delete))
}

/// The scope to change; a new one if none is named.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    change: Option<String>,
}

/// A scope, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TypedScope {
    /// The version that is changed; 0 of a new scope.
    version: u64,
    name: String,
    description: String,
    permissions: Vec<String>,
}

impl TypedScope {
    fn of(scope: &OwnScope) -> Self {
        Self {
            version: scope.version,
            name: scope.name.clone(),
            description: scope.description.clone(),
            permissions: scope.permissions.clone(),
        }
    }
}

/// A scope to delete.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Doomed {
    name: String,
    version: u64,
}

async fn show(SignedIn { caller, .. }: SignedIn, uri: Uri) -> Result<Markup, Failure> {
    let query = uri.query().unwrap_or_default();
    let chosen: Chosen = serde_html_form::from_str(query).unwrap_or_default();
    let typed = match &chosen.change {
        None => TypedScope::default(),
        Some(name) => match scopes::read(&caller, name)? {
            AnyScope::Own(scope) => TypedScope::of(&scope),
            AnyScope::Default(_) => TypedScope::default(),
        },
    };
    page(&caller, &typed, None)
}

async fn put(
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedScope>,
) -> Result<Response, Failure> {
    let expected = match typed.version {
        0 => Expected::absent(),
        version => Expected::version(version),
    };
    let new = NewScope {
        description: typed.description.trim().to_owned(),
        permissions: typed.permissions.clone(),
    };
    let name = typed.name.trim().to_owned();
    match scopes::put(&caller, name, expected, new).await {
        Ok(_) => Ok(back().await.into_response()),
        Err(error) => {
            let refused = Failure::from(error);
            Ok((refused.status(), page(&caller, &typed, Some(&refused))?).into_response())
        }
    }
}

async fn delete(
    SignedIn { caller, .. }: SignedIn,
    Typed(doomed): Typed<Doomed>,
) -> Result<Response, Failure> {
    let expected = Expected::version(doomed.version);
    match scopes::delete(&caller, doomed.name, expected).await {
        Ok(()) => Ok(back().await.into_response()),
        Err(error) => {
            let refused = Failure::from(error);
            let page = page(&caller, &TypedScope::default(), Some(&refused))?;
            Ok((refused.status(), page).into_response())
        }
    }
}

/// Leads from the address of a form to the page.
async fn back() -> Redirect {
    Redirect::to("/settings/scopes")
}

fn page(caller: &Caller, typed: &TypedScope, refused: Option<&Failure>) -> Result<Markup, Failure> {
    let text = &EN.scopes;
    let listed = scopes::list(caller)?;
    let detail = refused.map(|refused| match refused.status() {
        StatusCode::PRECONDITION_FAILED => EN.elements.changed,
        _ => refused.detail(),
    });
    let content = html! {
        (tabs(caller, text.title))
        h1 { (text.title) }
        p.note { (text.hint) }
        @if let Some(detail) = detail { (frame::alarm(detail)) }
        @for scope in &listed { (section(caller, scope)) }
        (permitted(caller, Permission::UserWrite, text.make, || form(typed)))
    };
    Ok(frame::page(caller, Part::Settings, text.title, &content))
}

fn section(caller: &Caller, scope: &AnyScope) -> Markup {
    let text = &EN.scopes;
    let (name, note, permissions): (&str, &str, Vec<String>) = match scope {
        AnyScope::Default(scope) => {
            let permitted = Permission::ALL.iter().filter(|one| scope.permits(**one));
            let permitted = permitted.map(|one| one.as_str().to_owned());
            (scope.name, text.of_every_tenant, permitted.collect())
        }
        AnyScope::Own(scope) => (&*scope.name, text.own, scope.permissions.clone()),
    };
    html! {
        section.card {
            h2 { (name) }
            p.note { (note) }
            @if let AnyScope::Own(scope) = scope { @if !scope.description.is_empty() { p { (scope.description) } } }
            details {
                summary { ((text.count)(permissions.len())) }
                ul.ids { @for permission in &permissions { li { code { (permission) } } } }
            }
            @if let AnyScope::Own(scope) = scope {
                @if caller.may(Permission::UserWrite) { (own_buttons(scope)) }
            }
        }
    }
}

fn own_buttons(scope: &OwnScope) -> Markup {
    let text = &EN.scopes;
    let change = serde_html_form::to_string([("change", &scope.name)]).unwrap_or_default();
    html! {
        p { a href={ "/settings/scopes?" (change) "#form" } { (text.change) } }
        (asking(text.delete, text.delete_question, &html! {
            form action=(once("/settings/scopes/delete")) method="post" {
                input type="hidden" name="name" value=(scope.name);
                input type="hidden" name="version" value=(scope.version);
                button.danger type="submit" { (text.delete) }
            }
        }))
    }
}

fn form(typed: &TypedScope) -> Markup {
    let text = &EN.scopes;
    let is_new = typed.version == 0;
    let permissions = Permission::ALL.iter().map(|one| Choice {
        value: one.as_str(),
        title: one.as_str(),
        is_ticked: typed.permissions.iter().any(|name| name == one.as_str()),
    });
    html! {
        section.card aria-labelledby="form" {
            h2 #form { @if is_new { (text.new) } @else { (text.change) } }
            form.stack action=(once("/settings/scopes")) method="post" {
                input type="hidden" name="version" value=(typed.version);
                label for="name" { (text.name) }
                input #name name="name" required maxlength="40" readonly[!is_new] aria-describedby="name-hint" value=(typed.name);
                p.note #name-hint { (text.name_hint) }
                label for="description" { (text.description) }
                input #description name="description" maxlength="500" value=(typed.description);
                (ticks("permissions", text.permissions, permissions))
                button.primary type="submit" { @if is_new { (text.make) } @else { (EN.elements.save) } }
                @if !is_new { p { a href="/settings/scopes#form" { (text.new) } } }
            }
        }
    }
}
