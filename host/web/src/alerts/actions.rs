//! What is done with an alert on its page: forms, each answered by leading back to the page.

use app::alerts::change::{self, AlertFields};
use app::alerts::transitions::{self, MoveAlert};
use app::request::{Edit, Expected, Once};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::alert::AlertOutcome;
use domain::rule::Level;
use serde::Deserialize;
use tenant::Permission;

use super::answer::{Kept, Known, OnAlert};
use super::markdown::html_of;
use crate::browser::Typed;
use crate::failure::Failure;
use crate::text::EN;
use crate::when::Zone;

/// To whom the alert is assigned.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Assignment {
    version: u64,
    /// A user's id; empty for nobody.
    user: String,
}

/// What is changed of an alert besides, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedFields {
    version: u64,
    pub(super) severity: String,
    pub(super) priority: String,
    /// Separated by commas.
    pub(super) labels: String,
    /// A date and time in the caller's zone; empty for none.
    pub(super) due: Option<String>,
}

/// A move, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedMove {
    version: u64,
    pub(super) to: String,
    pub(super) outcome: String,
    pub(super) comment: String,
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

pub(crate) async fn assign(on: OnAlert, Typed(asked): Typed<Assignment>) -> Response {
    let user = Some(asked.user).filter(|user| !user.is_empty());
    let edit = Edit::new(move |fields: AlertFields| {
        let user_id = user.clone();
        Ok(AlertFields { user_id, ..fields })
    });
    let expected = Expected::version(asked.version);
    let done = change::change(&on.app, on.caller(), on.alert, expected, edit).await;
    let kept = Kept {
        known: Known::alert(asked.version),
        ..Kept::default()
    };
    on.answer(done.map_err(Failure::from), "", kept).await
}

pub(crate) async fn fields(on: OnAlert, Typed(typed): Typed<TypedFields>) -> Response {
    let done = set_fields(&on, &typed).await;
    let kept = Kept {
        fields: Some(&typed),
        known: Known::alert(typed.version),
        ..Kept::default()
    };
    on.answer(done, "", kept).await
}

async fn set_fields(on: &OnAlert, typed: &TypedFields) -> Result<(), Failure> {
    on.caller().require(Permission::AlertWrite)?;
    let level = |text: &str| {
        Level::parse(text).ok_or_else(|| {
            let detail = EN.failure.no_such_level;
            Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        })
    };
    let (severity, priority) = (level(&typed.severity)?, level(&typed.priority)?);
    let labels = labels_of(&typed.labels);
    let (zone, due) = (Zone::of(on.caller()), typed.due.clone());
    zone.read_field(due.as_deref().unwrap_or_default(), None)?;
    let edit = Edit::new(move |fields: AlertFields| {
        Ok(AlertFields {
            severity,
            priority,
            labels: labels.clone(),
            due_date: match &due {
                Some(due) => zone
                    .read_field(due, fields.due_date)
                    .unwrap_or(fields.due_date),
                None => fields.due_date,
            },
            ..fields
        })
    });
    let expected = Expected::version(typed.version);
    change::change(&on.app, on.caller(), on.alert, expected, edit).await?;
    Ok(())
}

pub(crate) async fn transition(on: OnAlert, Typed(typed): Typed<TypedMove>) -> Response {
    // The alert may leave the queue by the move: what comes after it is known before.
    let next = match typed.then {
        Then::Same => None,
        Then::Next => {
            let beside = on.origin.neighbours(&on.app, on.caller(), on.alert);
            Some(beside.await.next)
        }
    };
    let done = make_move(&on, &typed).await;
    match (&done, next) {
        (Ok(()), Some(Some(next))) => {
            let next = on.origin.address(&format!("/alerts/{next}"));
            Redirect::to(&next).into_response()
        }
        (Ok(()), Some(None)) => Redirect::to(&on.origin.queue()).into_response(),
        (Ok(()), None) | (Err(_), _) => {
            let kept = Kept {
                moved: Some(&typed),
                known: Known::alert(typed.version),
                ..Kept::default()
            };
            on.answer(done, "", kept).await
        }
    }
}

async fn make_move(on: &OnAlert, typed: &TypedMove) -> Result<(), Failure> {
    on.caller().require(Permission::AlertTransition)?;
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
    let once = Once::unkeyed();
    transitions::transition(&on.app, on.caller(), on.alert, expected, asked, once).await?;
    Ok(())
}

/// The labels of a field, where they are separated by commas.
pub(super) fn labels_of(text: &str) -> Vec<String> {
    let labels = text.split(',').map(str::trim);
    let labels = labels.filter(|label| !label.is_empty());
    labels.map(str::to_owned).collect()
}
