//! What is done with an alert on its page: forms, each answered by leading back to the page.

use std::sync::Arc;

use app::App;
use app::alerts::change::{self, AlertFields};
use app::alerts::comments;
use app::alerts::transitions::{self, MoveAlert};
use app::caller::Caller;
use app::request::{Edit, Expected, Once};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::alert::{AlertId, AlertOutcome};
use domain::rule::Level;
use serde::Deserialize;

use super::origin::Origin;
use super::page::{self, Kept, Notice};
use crate::browser::{Named, SignedIn, Typed};
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

/// What is changed of an alert besides, as it was typed.
#[derive(Debug, Deserialize)]
pub(crate) struct TypedFields {
    version: u64,
    pub(super) severity: String,
    pub(super) priority: String,
    /// Separated by commas.
    #[serde(default)]
    pub(super) labels: String,
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
    pub(super) to: String,
    #[serde(default)]
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) comment: String,
    #[serde(default)]
    then: Then,
}

/// What is shown after an alert was moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Then {
    /// The alert.
    #[default]
    Same,
    /// The next alert of the queue, or the queue after its last alert.
    Next,
}

pub(crate) async fn assign(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(alert): Named<AlertId>,
    uri: Uri,
    Typed(asked): Typed<Assignment>,
) -> Response {
    let user = Some(asked.user).filter(|user| !user.is_empty());
    let edit = Edit::new(move |fields: AlertFields| {
        let user_id = user.clone();
        Ok(AlertFields { user_id, ..fields })
    });
    let expected = Expected::version(asked.version);
    let done = change::change(&app, &caller, alert, expected, edit).await;
    let done = done.map(drop).map_err(Failure::from);
    let origin = Origin::of(&uri, &caller);
    answer(&app, &caller, alert, &origin, done, Kept::default()).await
}

pub(crate) async fn fields(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(alert): Named<AlertId>,
    uri: Uri,
    Typed(typed): Typed<TypedFields>,
) -> Response {
    let done = set_fields(&app, &caller, alert, &typed).await;
    let kept = Kept {
        fields: Some(&typed),
        ..Kept::default()
    };
    let origin = Origin::of(&uri, &caller);
    answer(&app, &caller, alert, &origin, done, kept).await
}

async fn set_fields(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    typed: &TypedFields,
) -> Result<(), Failure> {
    let level = |text: &str| {
        Level::parse(text).ok_or_else(|| {
            let detail = EN.failure.no_such_level;
            Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        })
    };
    let (severity, priority) = (level(&typed.severity)?, level(&typed.priority)?);
    let labels = labels_of(&typed.labels);
    let edit = Edit::new(move |fields: AlertFields| {
        Ok(AlertFields {
            severity,
            priority,
            labels: labels.clone(),
            ..fields
        })
    });
    let expected = Expected::version(typed.version);
    change::change(app, caller, alert, expected, edit).await?;
    Ok(())
}

pub(crate) async fn comment(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(alert): Named<AlertId>,
    uri: Uri,
    Typed(typed): Typed<TypedComment>,
) -> Response {
    let html = html_of(&typed.text);
    let done = comments::create(&caller, alert, html, Once::unkeyed()).await;
    let done = done.map(drop).map_err(Failure::from);
    let kept = Kept {
        comment: &typed.text,
        ..Kept::default()
    };
    let origin = Origin::of(&uri, &caller);
    answer(&app, &caller, alert, &origin, done, kept).await
}

pub(crate) async fn transition(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(alert): Named<AlertId>,
    uri: Uri,
    Typed(typed): Typed<TypedMove>,
) -> Response {
    let origin = Origin::of(&uri, &caller);
    // The alert may leave the queue by the move: what comes after it is known before.
    let next = match typed.then {
        Then::Same => None,
        Then::Next => Some(origin.neighbours(&app, &caller, alert).await.next),
    };
    let done = make_move(&app, &caller, alert, &typed).await;
    match (&done, next) {
        (Ok(()), Some(Some(next))) => {
            let next = origin.address(&format!("/alerts/{next}"));
            Redirect::to(&next).into_response()
        }
        (Ok(()), Some(None)) => Redirect::to(&origin.queue()).into_response(),
        (Ok(()), None) | (Err(_), _) => {
            let kept = Kept {
                moved: Some(&typed),
                ..Kept::default()
            };
            answer(&app, &caller, alert, &origin, done, kept).await
        }
    }
}

async fn make_move(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    typed: &TypedMove,
) -> Result<(), Failure> {
    let comment = Some(typed.comment.trim()).filter(|text| !text.is_empty());
    let outcome = match typed.outcome.as_str() {
        "" => None,
        text => Some(AlertOutcome::parse(text).ok_or_else(|| {
            let detail = EN.failure.no_such_outcome;
            Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        })?),
    };
    let asked = MoveAlert {
        to: typed.to.clone(),
        comment: comment.map(html_of),
        outcome,
    };
    let expected = Expected::version(typed.version);
    transitions::transition(app, caller, alert, expected, asked, Once::unkeyed()).await?;
    Ok(())
}

/// Leads back to the alert, or shows it as it is now with why nothing was done. What was typed is kept.
async fn answer(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    origin: &Origin,
    done: Result<(), Failure>,
    kept: Kept<'_>,
) -> Response {
    let Err(failure) = done else {
        let to = origin.address(&format!("/alerts/{alert}"));
        return Redirect::to(&to).into_response();
    };
    let detail = match failure.status() {
        StatusCode::PRECONDITION_FAILED => EN.alert.changed,
        _ => failure.detail(),
    };
    let notice = Notice { detail, kept };
    match page::render(app, caller, alert, Some(&notice), origin).await {
        Ok(page) => (failure.status(), page).into_response(),
        // The alert itself cannot be shown; why nothing was done says more.
        Err(_) => failure.into_response(),
    }
}

/// The labels of a field, where they are separated by commas.
pub(super) fn labels_of(text: &str) -> Vec<String> {
    let labels = text.split(',').map(str::trim);
    let labels = labels.filter(|label| !label.is_empty());
    labels.map(str::to_owned).collect()
}

/// A text as HTML: an empty line ends a paragraph, and every other line break stays one.
pub(super) fn html_of(text: &str) -> String {
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
