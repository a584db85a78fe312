//! Settings → Password: one's own.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::users::passwords::{self, ChangePassword, ChangePasswordError};
use axum::extract::State;
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::browser::{Cookie, SignedIn, Typed};
use crate::failure::{Failure, failures};
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::tabs;
use crate::text::EN;

failures! {
    ChangePasswordError {
        CONFLICT: NoPassword,
        UNPROCESSABLE_ENTITY: Wrong Invalid,
        TOO_MANY_REQUESTS: Delayed,
        SERVICE_UNAVAILABLE: Hash Lane,
    }
}

/// What was typed. It is not shown again.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedPasswords {
    current: String,
    new: String,
}

pub(crate) async fn show(SignedIn { caller, .. }: SignedIn, uri: Uri) -> Markup {
    let was_changed = uri.query() == Some("changed");
    page(&caller, None, was_changed)
}

pub(crate) async fn change(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedPasswords>,
) -> Response {
    let asked = ChangePassword {
        current: typed.current.into(),
        new: typed.new.into(),
    };
    match passwords::change_own(&app, &caller, asked).await {
        Ok(credential) => {
            let done = Redirect::to("/settings/password?changed");
            match (Cookie::of(&app.config), credential) {
                (Ok(cookie), Some(credential)) => {
                    let set = [(header::SET_COOKIE, cookie.set(Some(&credential)))];
                    (set, done).into_response()
                }
                _ => done.into_response(),
            }
        }
        Err(error) => {
            let failure = Failure::from(error);
            let page = page(&caller, Some(&failure), false);
            (failure.status(), page).into_response()
        }
    }
}

fn page(caller: &Caller, refused: Option<&Failure>, was_changed: bool) -> Markup {
    let text = &EN.password;
    let content = html! {
        (tabs(caller, text.title))
        h1 { (text.title) }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        @if was_changed { p.done role="status" { (text.changed) } }
        section.card {
            p { (text.hint) }
            form.stack action=(once("/settings/password")) method="post" {
                label for="current" { (text.current) }
                input #current name="current" type="password" autocomplete="current-password" required;
                label for="new" { (text.new) }
                input #new name="new" type="password" autocomplete="new-password" required minlength="12";
                button.primary type="submit" { (text.submit) }
            }
        }
    };
    frame::page(caller, Part::Settings, text.title, &content)
}
