//! With which status the errors of watchlists are shown.

use app::watchlists::PastError;
use app::watchlists::change::{ChangeWatchlistError, PutWatchlistError};
use app::watchlists::delete::DeleteWatchlistError;
use app::watchlists::entries::EntriesError;
use app::watchlists::read::{ListEntriesError, ListWatchlistsError, ReadWatchlistError};
use app::watchlists::versions::{ListVersionsError, ReadVersionError};
use axum::http::StatusCode;
use engine::list::ListChangeError;

use crate::failure::{Failure, failures};
use crate::text::EN;

failures! {
    PastError {
        NOT_FOUND: NoSuchWatchlist NoSuchVersion NotYet NotKept Deleted,
        SERVICE_UNAVAILABLE: Read,
    }
    ListWatchlistsError {
        FORBIDDEN: Forbidden,
        BAD_REQUEST: ForeignCursor,
    }
    EntriesError {
        UNPROCESSABLE_ENTITY: NotUtf8 Column Invalid TooMany,
    }
    DeleteWatchlistError {
        FORBIDDEN: Forbidden,
        UNPROCESSABLE_ENTITY: Invalid,
        NOT_FOUND: NoSuchWatchlist,
        PRECONDITION_FAILED: Stale,
        CONFLICT: ReadByRule,
        SERVICE_UNAVAILABLE: Plans Change Panicked Lane,
    }
}

impl From<ReadWatchlistError> for Failure {
    fn from(error: ReadWatchlistError) -> Self {
        match error {
            ReadWatchlistError::Forbidden(error) => error.into(),
            ReadWatchlistError::Past(error) => error.into(),
            ReadWatchlistError::TwoMoments(error) => {
                Self::new(StatusCode::BAD_REQUEST, error.to_string())
            }
        }
    }
}

impl From<ListEntriesError> for Failure {
    fn from(error: ListEntriesError) -> Self {
        match error {
            ListEntriesError::Forbidden(error) => error.into(),
            ListEntriesError::Past(error) => error.into(),
            ListEntriesError::Panicked(error) => error.into(),
            ListEntriesError::TextTooLong(_)
            | ListEntriesError::TwoMoments(_)
            | ListEntriesError::ForeignCursor(_) => {
                Self::new(StatusCode::BAD_REQUEST, error.to_string())
            }
        }
    }
}

impl From<ListVersionsError> for Failure {
    fn from(error: ListVersionsError) -> Self {
        match error {
            ListVersionsError::Forbidden(error) => error.into(),
            ListVersionsError::Past(error) => error.into(),
            ListVersionsError::ForeignCursor(error) => {
                Self::new(StatusCode::BAD_REQUEST, error.to_string())
            }
        }
    }
}

impl From<ReadVersionError> for Failure {
    fn from(error: ReadVersionError) -> Self {
        match error {
            ReadVersionError::Forbidden(error) => error.into(),
            ReadVersionError::Past(error) => error.into(),
        }
    }
}

impl From<ChangeWatchlistError> for Failure {
    fn from(error: ChangeWatchlistError) -> Self {
        use ChangeWatchlistError as E;
        let status = match &error {
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::Stale(_) => return Self::new(StatusCode::PRECONDITION_FAILED, EN.watchlists.stale),
            E::NoSuchWatchlist(_) => StatusCode::NOT_FOUND,
            E::Invalid(_) | E::Entries(_) => StatusCode::UNPROCESSABLE_ENTITY,
            E::Change(ListChangeError::TooManyEntries) => StatusCode::UNPROCESSABLE_ENTITY,
            E::Change(_) | E::Panicked(_) | E::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

impl From<PutWatchlistError> for Failure {
    fn from(error: PutWatchlistError) -> Self {
        match error {
            PutWatchlistError::Change(error) => error.into(),
            PutWatchlistError::Empty => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
            }
        }
    }
}
