//! Alerts: the queue, one of them, and what is done with it.

mod actions;
mod bulk;
mod evidence;
mod export;
mod filter;
mod filter_failures;
mod info_form;
mod new;
mod order;
mod origin;
mod page;
mod queue;
mod saved;
mod seen_before;
mod shapes;
mod side;
mod story;
mod table;
mod tools;
mod view;

use std::sync::Arc;

use app::App;
use app::alerts::change::ChangeAlertError;
use app::alerts::comments::CommentError;
use app::alerts::comments::WriteCommentError;
use app::alerts::read::ReadAlertError;
use app::alerts::take_next::TakeNextError;
use app::alerts::transitions::{MoveAlertError, MoveRefused};
use app::alerts::{NewPartError, PartError, TargetError};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

use crate::failure::{Failure, failures};

/// The pages of alerts.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/alerts", get(queue::show))
        .route("/alerts/export", get(export::download))
        .route("/parts/new-alerts", get(queue::fresh))
        .route("/alerts/views", get(queue::back).post(saved::save))
        .route(
            "/alerts/views/{view}/delete",
            get(queue::back).post(saved::delete),
        )
        .route("/alerts/take-next", get(queue::back).post(queue::take))
        .route("/alerts/new", get(new::show).post(new::create))
        .route("/alerts/{alert}", get(page::show))
        .route(
            "/alerts/{alert}/assign",
            get(page::back).post(actions::assign),
        )
        .route(
            "/alerts/{alert}/fields",
            get(page::back).post(actions::fields),
        )
        .route(
            "/alerts/{alert}/comment",
            get(page::back).post(actions::comment),
        )
        .route(
            "/alerts/{alert}/move",
            get(page::back).post(actions::transition),
        )
        .merge(bulk::routes())
}

failures! {
    ReadAlertError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchAlert,
        BAD_REQUEST: ForeignCursor,
        SERVICE_UNAVAILABLE: Read,
    }
    TargetError {
        NOT_FOUND: NoSuchAlert,
        CONFLICT: MergedAway,
        PRECONDITION_FAILED: Stale,
        SERVICE_UNAVAILABLE: Lane,
    }
    NewPartError {
        NOT_FOUND: NoSuchAlert,
        CONFLICT: MergedAway TooMany,
        SERVICE_UNAVAILABLE: Lane,
    }
    PartError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchAlert NoSuchPart,
        PRECONDITION_FAILED: Stale,
        CONFLICT: New TooManyVersions Repeat,
        UNPROCESSABLE_ENTITY: Invalid,
        BAD_REQUEST: ForeignCursor,
        SERVICE_UNAVAILABLE: Read Lane,
    }
    CommentError {
        UNPROCESSABLE_ENTITY: Invalid,
        SERVICE_UNAVAILABLE: Panicked,
    }
    MoveRefused {
        CONFLICT: NoTransition,
        FORBIDDEN: Denied,
        UNPROCESSABLE_ENTITY: Outcome NotClosed,
        SERVICE_UNAVAILABLE: Lane,
    }
}

impl From<MoveAlertError> for Failure {
    fn from(error: MoveAlertError) -> Self {
        match error {
            MoveAlertError::Target(error) => error.into(),
            MoveAlertError::Comment(error) => error.into(),
            MoveAlertError::NewPart(error) => error.into(),
            MoveAlertError::Refused(error) => error.into(),
            MoveAlertError::Read(error) => error.into(),
            MoveAlertError::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, error.to_string()),
            MoveAlertError::Repeat(_) => Self::new(StatusCode::CONFLICT, error.to_string()),
            MoveAlertError::Lane(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
        }
    }
}

impl From<ChangeAlertError> for Failure {
    fn from(error: ChangeAlertError) -> Self {
        match error {
            ChangeAlertError::Target(error) => error.into(),
            ChangeAlertError::Read(error) => error.into(),
            ChangeAlertError::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, error.to_string()),
            ChangeAlertError::Invalid(_)
            | ChangeAlertError::Info(_)
            | ChangeAlertError::NotClosed(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
            }
            ChangeAlertError::Damaged => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
            }
            ChangeAlertError::Lane(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
        }
    }
}

impl From<TakeNextError> for Failure {
    fn from(error: TakeNextError) -> Self {
        match error {
            TakeNextError::Filter(error) => error.into(),
            TakeNextError::Read(error) => error.into(),
            TakeNextError::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, error.to_string()),
            TakeNextError::Repeat(_) => Self::new(StatusCode::CONFLICT, error.to_string()),
            TakeNextError::Search(_) | TakeNextError::Lane(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
        }
    }
}

impl From<WriteCommentError> for Failure {
    fn from(error: WriteCommentError) -> Self {
        match error {
            WriteCommentError::Text(error) => error.into(),
            WriteCommentError::Part(error) => error.into(),
            WriteCommentError::NotTheAuthor(_) => {
                Self::new(StatusCode::FORBIDDEN, error.to_string())
            }
        }
    }
}
