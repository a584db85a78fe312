//! What is done with an alert on its page: forms, each answered by leading back to the page.

use std::sync::Arc;

use app::App;
use app::alerts::change::{self, AlertFields};
use app::alerts::comments;
use app::alerts::transitions::{self, MoveAlert};
use app::caller::Caller;
use app::request::{Edit, Expected, Once};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::alert::{AlertId, AlertOutcome};
use serde::Deserialize;

use super::page::{self, Notice};
use crate::browser::SignedIn;
use crate::failure::Failure;
use crate::text::EN;

/// To whom the alert is assigned.
#[derive(Debug, Deserialize)]
pub(crate) struct Assignment {
    version: u64,
    /// A user's id; empty for nobody.
    #[serde(default)]
    user: String,
}

/// A comment, as it was typed.
#[derive(Debug, Deserialize)]
pub(crate) struct TypedComment {
    text: String,
}

/// A move, as it was typed.
#[derive(Debug, Deserialize)]
pub(crate) struct TypedMove {
    version: u64,
    to: String,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    comment: String,
}

pub(crate) async fn assign(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Path(alert): Path<AlertId>,
    Form(asked): Form<Assignment>,
) -> Response {
    let user = Some(asked.user).filter(|user| !user.is_empty());
    let edit = Edit::new(move |fields: AlertFields| {
        let user_id = user.clone();
        Ok(AlertFields { user_id, ..fields })
    });
    let expected = Expected::version(asked.version);
    let done = change::change(&app, &caller, alert, expected, edit).await;
    answer(
        &app,
        &caller,
        alert,
        done.map(drop).map_err(Failure::from),
        "",
    )
    .await
}

pub(crate) async fn comment(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Path(alert): Path<AlertId>,
    Form(typed): Form<TypedComment>,
) -> Response {
    let html = html_of(&typed.text);
    let done = comments::create(&caller, alert, html, Once::unkeyed()).await;
    let done = done.map(drop).map_err(Failure::from);
    answer(&app, &caller, alert, done, &typed.text).await
}

pub(crate) async fn transition(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Path(alert): Path<AlertId>,
    Form(typed): Form<TypedMove>,
) -> Response {
    let comment = Some(typed.comment.trim()).filter(|text| !text.is_empty());
    let asked = MoveAlert {
        to: typed.to,
        comment: comment.map(html_of),
        outcome: AlertOutcome::parse(&typed.outcome),
    };
    let expected = Expected::version(typed.version);
    let once = Once::unkeyed();
    let done = transitions::transition(&app, &caller, alert, expected, asked, once).await;
    let done = done.map(drop).map_err(Failure::from);
    answer(&app, &caller, alert, done, &typed.comment).await
}

/// Leads back to the alert, or shows it as it is now with why nothing was done. What was typed is kept.
async fn answer(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    done: Result<(), Failure>,
    typed: &str,
) -> Response {
    let Err(failure) = done else {
        return Redirect::to(&format!("/alerts/{alert}")).into_response();
    };
    let detail = match failure.status() {
        StatusCode::PRECONDITION_FAILED => EN.alert.changed,
        _ => failure.detail(),
    };
    let notice = Notice { detail, typed };
    match page::render(app, caller, alert, Some(&notice), None).await {
        Ok(page) => (failure.status(), page).into_response(),
        // The alert itself cannot be shown; why nothing was done says more.
        Err(_) => failure.into_response(),
    }
}

/// A text as HTML: an empty line ends a paragraph, and every other line break stays one.
fn html_of(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let paragraphs = escaped.split("\n\n").map(str::trim);
    let paragraphs = paragraphs.filter(|paragraph| !paragraph.is_empty());
    let paragraphs =
        paragraphs.map(|paragraph| format!("<p>{}</p>", paragraph.replace('\n', "<br>")));
    paragraphs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_as_it_was_typed() {
        let check = |text: &str, expect: &str| assert_eq!(html_of(text), expect, "{text:?}");
        check("a", "<p>a</p>");
        check("a\r\nb\r\n\r\n\r\nc\n", "<p>a<br>b</p><p>c</p>");
        check("1 < 2 && <b>", "<p>1 &lt; 2 &amp;&amp; &lt;b&gt;</p>");
        check(" \n\n ", "");
    }
}
