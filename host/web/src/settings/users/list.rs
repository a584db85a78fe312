//! All users, and a form for a new one.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::PageRequest;
use app::users::{self, NewUser};
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Permission, User};

use super::choices;
use crate::browser::{SignedIn, Typed};
use crate::elements::{pages, permitted};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::tabs;
use crate::text::EN;
use crate::when::Zone;

/// Where in the list the page is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    cursor: Option<String>,
}

/// A new user, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedUser {
    login: String,
    scopes: Vec<String>,
    teams: Vec<String>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Markup, Failure> {
    let query = uri.query().unwrap_or_default();
    let place: Place = serde_html_form::from_str(query).unwrap_or_default();
    page(&app, &caller, place.cursor, None, &TypedUser::default())
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedUser>,
) -> Result<Response, Failure> {
    let new = NewUser {
        login: typed.login.trim().to_owned(),
        password: None,
        scopes: typed.scopes.clone(),
        client_id: None,
        teams: typed.teams.clone(),
    };
    match users::create(&app, &caller, new).await {
        Ok(user) => Ok(Redirect::to(&format!("/settings/users/{}", user.id)).into_response()),
        Err(error) => {
            let refused = Failure::from(error);
            let page = page(&app, &caller, None, Some(&refused), &typed)?;
            Ok((refused.status(), page).into_response())
        }
    }
}

fn page(
    app: &App,
    caller: &Caller,
    cursor: Option<String>,
    refused: Option<&Failure>,
    typed: &TypedUser,
) -> Result<Markup, Failure> {
    let text = &EN.users;
    let rows = usize::from(caller.preferences().rows.count());
    let is_later = cursor.is_some();
    let listed = users::list(app, caller, &PageRequest::new(rows, cursor))?;
    let zone = Zone::of(caller);
    let content = html! {
        (tabs(caller, text.title))
        h1 { (text.title) }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        (table(caller, &listed.items, &zone))
        (pages("/settings/users", is_later, listed.next_cursor.as_deref()))
        (permitted(caller, Permission::UserWrite, text.create, || new_user(caller, typed)))
    };
    Ok(frame::page(caller, Part::Settings, text.title, &content))
}

fn table(caller: &Caller, users: &[Arc<User>], zone: &Zone) -> Markup {
    let text = &EN.users;
    let definitions = caller.definitions();
    let title = |team: &String| definitions.teams.get(team).map(|team| team.title.clone());
    html! {
        div.wide {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (text.login) }
                        th scope="col" { (text.scopes) }
                        th scope="col" { (text.teams) }
                        th scope="col" { (text.state) }
                        th scope="col" { (text.created) }
                    }
                }
                tbody {
                    @for user in users {
                        tr {
                            th scope="row" { a href={ "/settings/users/" (user.id) } { (user.login) } }
                            td { (user.scopes.join(", ")) }
                            td { (user.teams.iter().filter_map(title).collect::<Vec<_>>().join(", ")) }
                            td {
                                @if user.disabled { span.state.closed { "● " (text.disabled) } }
                                @else { span.state { "○ " (text.enabled) } }
                            }
                            td { (zone.time(Timestamp::from_micros(user.created_at))) }
                        }
                    }
                }
            }
        }
    }
}

fn new_user(caller: &Caller, typed: &TypedUser) -> Markup {
    let text = &EN.users;
    html! {
        section.card aria-labelledby="new-user" {
            h2 #new-user { (text.new) }
            form.stack action=(once("/settings/users")) method="post" {
                label for="login" { (text.login) }
                input #login name="login" required maxlength="200" autocomplete="off" spellcheck="false"
                    aria-describedby="login-hint" value=(typed.login);
                p.note #login-hint { (text.login_hint) }
                (choices(caller, &typed.scopes, &typed.teams))
                button.primary type="submit" { (text.create) }
            }
        }
    }
}
