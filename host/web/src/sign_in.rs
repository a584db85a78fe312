//! Signing in and out.

use std::net::SocketAddr;
use std::sync::Arc;

use app::App;
use app::users::sign_in::{self, SignInError, SignInRequest};
use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::browser::{Cookie, NotSafe, Typed, signed_in};
use crate::failure::{Failure, failures};
use crate::frame;
use crate::text::EN;

/// Where one goes who is signed in.
const HOME: &str = "/";

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    next: Option<String>,
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedLogin {
    organisation: String,
    login: String,
    password: String,
    next: String,
}

failures! {
    SignInError {
        UNPROCESSABLE_ENTITY: Refused,
        TOO_MANY_REQUESTS: Delayed,
        SERVICE_UNAVAILABLE: Hash Lane,
    }
}

/// The address of the page, from which one goes on to a page that one wanted.
pub(crate) fn address(wanted: Option<&str>) -> String {
    let wanted = wanted.filter(|wanted| is_own(wanted) && *wanted != HOME);
    match wanted.map(|wanted| serde_html_form::to_string([("next", wanted)])) {
        Some(Ok(query)) => format!("/sign-in?{query}"),
        _ => "/sign-in".to_owned(),
    }
}

/// Whether an address is one of this host's pages: nobody is led elsewhere.
fn is_own(address: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_graphic() && letter != '\\';
    address.starts_with('/') && !address.starts_with("//") && address.chars().all(is_plain)
}

pub(crate) async fn show(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Response {
    let wanted = serde_html_form::from_str::<Wanted>(uri.query().unwrap_or_default());
    let next = wanted.unwrap_or_default().next.unwrap_or_default();
    if signed_in(&app, &headers).is_some() {
        return Redirect::to(if is_own(&next) { &next } else { HOME }).into_response();
    }
    form(&app, None, &next).into_response()
}

pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Typed(typed): Typed<TypedLogin>,
) -> Response {
    let Ok(cookie) = Cookie::of(&app.config) else {
        return (StatusCode::FORBIDDEN, form(&app, None, "")).into_response();
    };
    let next = match is_own(&typed.next) {
        true => typed.next.clone(),
        false => HOME.to_owned(),
    };
    // Behind a proxy everybody has the proxy's address.
    let peer = peer.filter(|_| cookie == Cookie::Loopback);
    let request = SignInRequest {
        organisation: Some(typed.organisation.clone()),
        login: typed.login.clone(),
        password: typed.password.clone().into(),
        address: peer.map(|Extension(ConnectInfo(peer))| peer.ip()),
    };
    match sign_in::sign_in(&app, request).await {
        Ok(credential) => {
            // The browser forgets what it had.
            if let Some(former) = signed_in(&app, &headers)
                && let Err(error) = sign_in::sign_out(&former).await
            {
                tracing::warn!(%error, "a former sign-in of a browser goes on");
            }
            let set = [(header::SET_COOKIE, cookie.set(Some(&credential)))];
            (set, Redirect::to(&next)).into_response()
        }
        Err(error) => {
            let wait = match &error {
                SignInError::Delayed(delay) => Some(delay.seconds),
                SignInError::Refused | SignInError::Hash(_) | SignInError::Lane(_) => None,
            };
            let failure = Failure::from(error);
            let page = form(&app, Some((&typed, &failure)), &typed.next);
            let mut response = (failure.status(), page).into_response();
            if let Some(seconds) = wait {
                let headers = response.headers_mut();
                headers.insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
    }
}

pub(crate) async fn sign_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if let Some(caller) = signed_in(&app, &headers)
        && let Err(error) = sign_in::sign_out(&caller).await
    {
        return Failure::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response();
    }
    let Ok(cookie) = Cookie::of(&app.config) else {
        return Redirect::to("/sign-in").into_response();
    };
    let end = [(header::SET_COOKIE, cookie.set(None))];
    (end, Redirect::to("/sign-in")).into_response()
}

/// The form, with what was typed before and why it was refused.
fn form(app: &App, refused: Option<(&TypedLogin, &Failure)>, next: &str) -> Markup {
    let text = &EN.sign_in;
    if let Some(not_safe) = not_safe(app, text.title) {
        return not_safe;
    }
    let typed = refused.map(|(typed, _)| typed);
    let content = html! {
        p.brand { "Vervet" }
        h1 { (text.title) }
        @if let Some((_, failure)) = refused { (frame::alarm(failure.detail())) }
        form.stack action="/sign-in" method="post" {
            input type="hidden" name="next" value=(next);
            (organisation(app, typed.map(|typed| &*typed.organisation)))
            label for="login" { (text.login) }
            input #login name="login" autocomplete="username" autocapitalize="none" spellcheck="false"
                required autofocus[refused.is_none()] value=[typed.map(|typed| &typed.login)];
            label for="password" { (text.password) }
            input #password name="password" type="password" autocomplete="current-password" required;
            button.primary type="submit" { (text.submit) }
        }
    };
    frame::bare(text.title, &content)
}

/// What is shown instead of a form that asks for a password, where what one types could be read on the way.
pub(crate) fn not_safe(app: &App, title: &str) -> Option<Markup> {
    let Err(NotSafe) = Cookie::of(&app.config) else {
        return None;
    };
    let content = html! {
        h1 { (title) }
        p role="alert" { (EN.sign_in.not_safe) }
    };
    Some(frame::bare(title, &content))
}

/// The field that asks for the organisation, where the host has several.
pub(crate) fn organisation(app: &App, typed: Option<&str>) -> Markup {
    html! {
        @if app.tenants().len() != 1 {
            label for="organisation" { (EN.sign_in.organisation) }
            input #organisation name="organisation" autocomplete="organization" required value=[typed];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_host() {
        for own in ["/alerts", "/alerts?view=mine&q=a%20b", "/settings/teams"] {
            assert!(is_own(own), "{own}");
        }
        for other in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a b",
            "\t/a",
        ] {
            assert!(!is_own(other), "{other}");
        }
        assert_eq!(address(Some("/")), "/sign-in");
        assert_eq!(address(Some("//evil.example")), "/sign-in");
        assert_eq!(
            address(Some("/settings/teams")),
            "/sign-in?next=%2Fsettings%2Fteams"
        );
    }
}
