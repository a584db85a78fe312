//! Exports: the list, one of them with its runs and deliveries, and the form that defines it.

mod edit;
mod fields;
mod form;
mod list;
mod load;
mod page;
mod place_fields;
mod places;
mod run;
mod runs;
mod words;

use std::sync::Arc;

use app::App;
use app::exports::change::ChangeExportError;
use app::exports::delete::DeleteExportError;
use app::exports::deliveries::RetryDeliveryError;
use app::exports::load::LoadScriptError;
use app::exports::read::{ListExportsError, ReadExportError};
use app::exports::runs::file::{FetchFileError, OpenFileError};
use app::exports::runs::{ListRunsError, ReadRunError, StartRunError};
use app::exports::webhook_secret::RotateSecretError;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use domain::name::Name;
use export::RetryError;

use crate::failure::{Failure, failures};
use crate::text::EN;

/// The pages of exports.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/exports", get(list::show))
        .route("/new-export", get(edit::show_new).post(edit::create))
        .route("/exports/{export}", get(page::show))
        .route(
            "/exports/{export}/change",
            get(edit::show_change).post(edit::change),
        )
        .route("/exports/{export}/pause", get(page::back).post(page::pause))
        .route(
            "/exports/{export}/delete",
            get(page::back).post(page::delete),
        )
        .route(
            "/exports/{export}/secret",
            get(page::back).post(page::new_secret),
        )
        .route("/exports/{export}/load", get(load::show))
        .route("/exports/{export}/load/{to}", get(load::download))
        .route("/exports/{export}/run", get(page::back).post(page::run))
        .route("/exports/{export}/runs/{run}", get(run::show))
        .route("/exports/{export}/runs/{run}/file", get(run::download))
        .route(
            "/exports/{export}/runs/{run}/retry/{number}",
            get(run::back).post(run::retry),
        )
}

/// The name in an address. A text that is none names nothing.
fn name_of(text: &str) -> Result<Name, Failure> {
    let no_page = |_| Failure::new(StatusCode::NOT_FOUND, EN.failure.no_page);
    Name::new(text).map_err(no_page)
}

failures! {
    ListExportsError {
        FORBIDDEN: Forbidden,
        BAD_REQUEST: ForeignCursor,
        SERVICE_UNAVAILABLE: Read,
    }
    ReadExportError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchExport,
        SERVICE_UNAVAILABLE: Read,
    }
    ChangeExportError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchExport,
        PRECONDITION_FAILED: Stale,
        UNPROCESSABLE_ENTITY: Invalid,
        SERVICE_UNAVAILABLE: Lane Read,
    }
    DeleteExportError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchExport,
        PRECONDITION_FAILED: Stale,
        SERVICE_UNAVAILABLE: Lane,
    }
    ListRunsError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchExport,
        BAD_REQUEST: ForeignCursor,
        SERVICE_UNAVAILABLE: Read,
    }
    ReadRunError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchRun,
        SERVICE_UNAVAILABLE: Read,
    }
    FetchFileError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchRun NoSuchExport NoneReady Removed,
        CONFLICT: Failed NotReady,
        INTERNAL_SERVER_ERROR: Damaged,
        SERVICE_UNAVAILABLE: Read,
    }
    OpenFileError {
        NOT_FOUND: Removed,
        INTERNAL_SERVER_ERROR: Files,
    }
    RotateSecretError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchExport,
        UNPROCESSABLE_ENTITY: Invalid,
        CONFLICT: ManyFormer Repeat,
        SERVICE_UNAVAILABLE: Lane,
    }
    LoadScriptError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchExport,
        CONFLICT: Formatter NoScript,
        INTERNAL_SERVER_ERROR: Panicked,
    }
}

impl From<StartRunError> for Failure {
    fn from(error: StartRunError) -> Self {
        use export::StartRunError as E;
        let status = match &error {
            StartRunError::Forbidden(_) => StatusCode::FORBIDDEN,
            StartRunError::Start(E::NoSuchExport(_)) => StatusCode::NOT_FOUND,
            StartRunError::Start(E::Formatter(_) | E::ManyWaiting(_)) => StatusCode::CONFLICT,
            StartRunError::Start(E::Lane(_)) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

impl From<RetryDeliveryError> for Failure {
    fn from(error: RetryDeliveryError) -> Self {
        use RetryDeliveryError as E;
        let status = match &error {
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::NoSuchExport(_) | E::Retry(RetryError::NoSuchDelivery { .. }) => {
                StatusCode::NOT_FOUND
            }
            E::Retry(
                RetryError::Delivered | RetryError::Superseded { .. } | RetryError::NoFile,
            ) => StatusCode::CONFLICT,
            E::Retry(RetryError::Store(_) | RetryError::Lane(_)) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}
