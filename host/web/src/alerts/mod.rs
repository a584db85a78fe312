//! Alerts: the queue, one of them, and what is done with it.

mod actions;
mod amounts;
mod answer;
mod bulk;
mod comments;
mod details;
mod documents;
pub(crate) mod evidence;
mod export;
mod filter;
mod filter_failures;
mod history;
mod info_form;
mod markdown;
mod merge;
mod merged;
mod new;
mod order;
mod origin;
mod page;
mod queue;
mod replay;
mod saved;
mod seen_before;
pub(crate) mod shapes;
mod shown;
mod side;
mod table;
mod tasks;
mod tools;
mod view;

use std::sync::Arc;

use app::App;
use app::alerts::InfoError;
use app::alerts::change::ChangeAlertError;
use app::alerts::comments::CommentError;
use app::alerts::comments::WriteCommentError;
use app::alerts::read::ReadAlertError;
use app::alerts::take_next::TakeNextError;
use app::alerts::transitions::{MoveAlertError, MoveRefused};
use app::alerts::{NewPartError, PartError, TargetError};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, post};

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
        .route(
            "/alerts/views/{view}/rename",
            get(queue::back).post(saved::rename),
        )
        .route("/alerts/take-next", get(queue::back).post(queue::take))
        .route("/alerts/new", get(new::show).post(new::create))
        .merge(of_one())
}

/// The pages of one alert, and its forms: an address of a form leads back to the alert.
fn of_one() -> Router<Arc<App>> {
    let form = |handler: MethodRouter<Arc<App>>| handler.get(page::back);
    // The use case says how long a document may be.
    let upload = post(documents::upload).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/alerts/{alert}", get(page::show))
        .route("/alerts/{alert}/assign", form(post(actions::assign)))
        .route("/alerts/{alert}/fields", form(post(actions::fields)))
        .route("/alerts/{alert}/info", form(post(details::change)))
        .route("/alerts/{alert}/move", form(post(actions::transition)))
        .route("/alerts/{alert}/comment", form(post(comments::create)))
        .route(
            "/alerts/{alert}/comment/preview",
            form(post(comments::preview)),
        )
        .route(
            "/alerts/{alert}/comments/{part}",
            form(post(comments::change)),
        )
        .route(
            "/alerts/{alert}/comments/{part}/delete",
            form(post(comments::delete)),
        )
        .route("/alerts/{alert}/tasks", form(post(tasks::create)))
        .route("/alerts/{alert}/tasks/{part}", form(post(tasks::change)))
        .route("/alerts/{alert}/tasks/{part}/done", form(post(tasks::tick)))
        .route(
            "/alerts/{alert}/tasks/{part}/delete",
            form(post(tasks::delete)),
        )
        .route("/alerts/{alert}/documents", form(upload))
        .route("/alerts/{alert}/documents/{part}", get(documents::content))
        .route(
            "/alerts/{alert}/documents/{part}/preview",
            get(documents::preview),
        )
        .route(
            "/alerts/{alert}/documents/{part}/delete",
            form(post(documents::delete)),
        )
        .route("/alerts/{alert}/merge", get(merge::show).post(merge::merge))
        .route("/alerts/{alert}/unmerge", form(post(merged::unmerge)))
        .route("/alerts/{alert}/replay", get(replay::show))
        .route("/parts/alerts/{alert}/amounts", get(amounts::show))
        .route(
            comments::PREVIEW,
            get(queue::back).post(comments::preview_part),
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

impl From<PartError> for Failure {
    fn from(error: PartError) -> Self {
        let detail = error.to_string();
        let status = match error {
            PartError::New(error) => return error.into(),
            PartError::Forbidden(_) => StatusCode::FORBIDDEN,
            PartError::NoSuchAlert(_) | PartError::NoSuchPart(_) => StatusCode::NOT_FOUND,
            PartError::Stale(_) => StatusCode::PRECONDITION_FAILED,
            PartError::TooManyVersions(_) | PartError::Repeat(_) => StatusCode::CONFLICT,
            PartError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            PartError::ForeignCursor(_) => StatusCode::BAD_REQUEST,
            PartError::Read(_) | PartError::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, detail)
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
            ChangeAlertError::Invalid(invalid)
            | ChangeAlertError::Info(InfoError::Invalid(invalid)) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, invalid.in_full())
            }
            ChangeAlertError::Info(_) | ChangeAlertError::NotClosed(_) => {
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
