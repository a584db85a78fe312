//! Setting a password with a link that an administrator made.

use std::net::SocketAddr;
use std::sync::Arc;

use app::App;
use app::users::password_link::{self, SetPassword, SetPasswordError};
use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::assets;
use crate::browser::{Cookie, Typed};
use crate::failure::{Failure, failures};
use crate::frame;
use crate::sign_in::{not_safe, organisation};
use crate::text::EN;

failures! {
    SetPasswordError {
        UNPROCESSABLE_ENTITY: Refused Invalid,
        TOO_MANY_REQUESTS: Delayed,
        SERVICE_UNAVAILABLE: Hash Lane,
    }
}

/// What was typed. The password is not shown again.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedPassword {
    organisation: String,
    login: String,
    code: String,
    password: String,
}

pub(crate) async fn show(State(app): State<Arc<App>>) -> Markup {
    form(&app, None)
}

pub(crate) async fn set(
    State(app): State<Arc<App>>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    Typed(typed): Typed<TypedPassword>,
) -> Response {
    let Ok(cookie) = Cookie::of(&app.config) else {
        return (StatusCode::FORBIDDEN, form(&app, None)).into_response();
    };
    // Behind a proxy everybody has the proxy's address.
    let peer = peer.filter(|_| cookie == Cookie::Loopback);
    let asked = SetPassword {
        organisation: Some(typed.organisation.clone()),
        login: typed.login.clone(),
        code: typed.code.clone().into(),
        password: typed.password.clone().into(),
        address: peer.map(|Extension(ConnectInfo(peer))| peer.ip()),
    };
    match password_link::set(&app, asked).await {
        Ok(credential) => {
            let set = [(header::SET_COOKIE, cookie.set(Some(&credential)))];
            (set, Redirect::to("/")).into_response()
        }
        Err(error) => {
            let failure = Failure::from(error);
            let page = form(&app, Some((&typed, &failure)));
            (failure.status(), page).into_response()
        }
    }
}

fn form(app: &App, refused: Option<(&TypedPassword, &Failure)>) -> Markup {
    let text = &EN.set_password;
    if let Some(not_safe) = not_safe(app, text.title) {
        return not_safe;
    }
    let typed = refused.map(|(typed, _)| typed);
    let content = html! {
        p.brand { "Vervet" }
        h1 { (text.title) }
        @if let Some((_, failure)) = refused { (frame::alarm(failure.detail())) }
        form.stack action="/set-password" method="post" {
            (organisation(app, typed.map(|typed| &*typed.organisation)))
            label for="login" { (EN.sign_in.login) }
            input #login name="login" autocomplete="username" autocapitalize="none" spellcheck="false"
                required value=[typed.map(|typed| &typed.login)];
            label for="code" { (text.code) }
            input #code name="code" autocomplete="off" autocapitalize="none" spellcheck="false" required
                aria-describedby="code-hint" value=[typed.map(|typed| &typed.code)];
            p.note #code-hint { (text.code_hint) }
            label for="password" { (EN.password.new) }
            input #password name="password" type="password" autocomplete="new-password" required minlength="12";
            button.primary type="submit" { (text.submit) }
        }
        script type="module" src=(assets::CODE.address()) {}
    };
    frame::bare(text.title, &content)
}
