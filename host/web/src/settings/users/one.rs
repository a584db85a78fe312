//! One user: scopes, teams, and the link with which the user sets a password.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::{Edit, Expected, Once};
use app::users::password_link::{self, PasswordLink};
use app::users::{self, UserFields};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Permission, User};
use uuid::Uuid;

use super::choices;
use crate::browser::{Named, SignedIn, Typed};
use crate::elements::{copied, permitted};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::tabs;
use crate::text::EN;
use crate::when::Zone;

/// What a user is to be, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedFields {
    version: u64,
    scopes: Vec<String>,
    teams: Vec<String>,
    client_id: String,
    /// Browsers leave out what is not ticked.
    disabled: Option<String>,
}

impl TypedFields {
    fn of(user: &User) -> Self {
        Self {
            version: user.version,
            scopes: user.scopes.clone(),
            teams: user.teams.clone(),
            client_id: user.client_id.clone().unwrap_or_default(),
            disabled: user.disabled.then(|| "on".to_owned()),
        }
    }
}

/// What the page shows besides the user.
enum Beside<'b> {
    Nothing,
    Changed,
    Refused(&'b str),
    Link(&'b PasswordLink),
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(user): Named<Uuid>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let user = users::read(&caller, user)?;
    let beside = match uri.query() {
        Some("changed") => Beside::Changed,
        _ => Beside::Nothing,
    };
    Ok(page(&app, &caller, &user, &TypedFields::of(&user), &beside))
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(id): Named<Uuid>,
    Typed(typed): Typed<TypedFields>,
) -> Result<Response, Failure> {
    let client_id = Some(typed.client_id.trim().to_owned()).filter(|id| !id.is_empty());
    let fields = UserFields {
        scopes: typed.scopes.clone(),
        client_id,
        teams: typed.teams.clone(),
        disabled: typed.disabled.is_some(),
    };
    let edit = Edit::new(move |_| Ok(fields.clone()));
    let expected = Expected::version(typed.version);
    let Err(error) = users::change(&caller, id, expected, edit).await else {
        let to = format!("/settings/users/{id}?changed");
        return Ok(Redirect::to(&to).into_response());
    };
    let refused = Failure::from(error);
    let detail = match refused.status() {
        StatusCode::PRECONDITION_FAILED => EN.elements.changed,
        _ => refused.detail(),
    };
    let user = users::read(&caller, id)?;
    let typed = TypedFields {
        version: user.version,
        ..typed
    };
    let page = page(&app, &caller, &user, &typed, &Beside::Refused(detail));
    Ok((refused.status(), page).into_response())
}

/// Answers the page with the link in it, which is shown this once.
pub(super) async fn make_link(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(id): Named<Uuid>,
) -> Result<Response, Failure> {
    let made = password_link::make(&caller, id, Once::unkeyed()).await;
    let user = users::read(&caller, id)?;
    let typed = TypedFields::of(&user);
    let show = |beside: &Beside<'_>| page(&app, &caller, &user, &typed, beside);
    Ok(match made {
        Ok(link) => show(&Beside::Link(&link)).into_response(),
        Err(error) => {
            let refused = Failure::from(error);
            (refused.status(), show(&Beside::Refused(refused.detail()))).into_response()
        }
    })
}

/// Leads from the address of a form to the page.
pub(super) async fn back(Named(user): Named<Uuid>) -> Redirect {
    Redirect::to(&format!("/settings/users/{user}"))
}

fn page(
    app: &App,
    caller: &Caller,
    user: &User,
    typed: &TypedFields,
    beside: &Beside<'_>,
) -> Markup {
    let (text, zone) = (&EN.users, Zone::of(caller));
    let content = html! {
        (tabs(caller, text.title))
        p.crumbs { a href="/settings/users" { (text.back) } }
        h1 { (user.login) }
        p.facts {
            span { (text.created) " " (zone.time(Timestamp::from_micros(user.created_at))) }
            span { @if user.disabled { (text.disabled) } @else { (text.enabled) } }
            span { @if user.password.is_some() { (text.has_password) } @else { (text.no_password) } }
        }
        @match beside {
            Beside::Nothing => {}
            Beside::Changed => p.done role="status" { (text.changed) },
            Beside::Refused(detail) => (frame::alarm(detail)),
            Beside::Link(link) => (made_link(app, link, &zone)),
        }
        section.card aria-labelledby="fields" {
            h2 #fields { (text.change) }
            (permitted(caller, Permission::UserWrite, EN.elements.save, || fields(caller, user, typed)))
        }
        section.card aria-labelledby="sign-in" {
            h2 #sign-in { (text.sign_in) }
            p.note { (text.link_hint) }
            (permitted(caller, Permission::UserWrite, text.make_link, || html! {
                form action=(once(&format!("/settings/users/{}/password-link", user.id))) method="post" {
                    button type="submit" { (text.make_link) }
                }
            }))
        }
    };
    frame::page(caller, Part::Settings, &user.login, &content)
}

fn fields(caller: &Caller, user: &User, typed: &TypedFields) -> Markup {
    let text = &EN.users;
    html! {
        form.stack action=(once(&format!("/settings/users/{}", user.id))) method="post" {
            input type="hidden" name="version" value=(typed.version);
            (choices(caller, &typed.scopes, &typed.teams))
            label for="client-id" { (text.client_id) }
            input #client-id name="client_id" maxlength="100" spellcheck="false"
                aria-describedby="client-id-hint" value=(typed.client_id);
            p.note #client-id-hint { (text.client_id_hint) }
            label.tick {
                input type="checkbox" name="disabled" checked[typed.disabled.is_some()];
                " " (text.disable)
            }
            button.primary type="submit" { (EN.elements.save) }
        }
    }
}

fn made_link(app: &App, link: &PasswordLink, zone: &Zone) -> Markup {
    let text = &EN.users;
    html! {
        section.made aria-labelledby="made" {
            h2 #made tabindex="-1" autofocus { (text.made_link) }
            p { (text.link_once) }
            @if let Some(code) = &link.code {
                (copied("made-link", text.the_link, &format!("{}/set-password#{code}", app.config.url())))
            }
            p.note { (text.good_until) " " (zone.time(link.expires_at)) }
        }
    }
}
