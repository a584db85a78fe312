//! With which status the errors of backtests are shown.

use app::backtest::cancel::CancelBacktestError;
use app::backtest::compare::CompareBacktestError;
use app::backtest::delete::DeleteBacktestError;
use app::backtest::findings::ListSaidError;
use app::backtest::read::{FindBacktestError, ListBacktestsError, ReadBacktestError};
use app::backtest::start::StartBacktestError;
use app::backtest::{CancelError, DeleteError};
use app::plugin_config::ConfigError;
use axum::http::StatusCode;

use crate::failure::{Failure, failures};
use crate::rules::form::Refused;

failures! {
    FindBacktestError {
        NOT_FOUND: NoSuchTeam NoSuchBacktest,
        SERVICE_UNAVAILABLE: Read,
    }
    ListBacktestsError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam,
        BAD_REQUEST: ForeignCursor,
        SERVICE_UNAVAILABLE: Read,
    }
    CancelError {
        CONFLICT: Ended,
        SERVICE_UNAVAILABLE: Lane,
    }
    DeleteError {
        CONFLICT: UnderWay,
        SERVICE_UNAVAILABLE: Store Lane,
    }
}

impl From<ReadBacktestError> for Failure {
    fn from(error: ReadBacktestError) -> Self {
        match error {
            ReadBacktestError::Forbidden(error) => error.into(),
            ReadBacktestError::Find(error) => error.into(),
        }
    }
}

impl From<CancelBacktestError> for Failure {
    fn from(error: CancelBacktestError) -> Self {
        match error {
            CancelBacktestError::Forbidden(error) => error.into(),
            CancelBacktestError::Find(error) => error.into(),
            CancelBacktestError::Cancel(error) => error.into(),
        }
    }
}

impl From<DeleteBacktestError> for Failure {
    fn from(error: DeleteBacktestError) -> Self {
        match error {
            DeleteBacktestError::Forbidden(error) => error.into(),
            DeleteBacktestError::Find(error) => error.into(),
            DeleteBacktestError::Delete(error) => error.into(),
        }
    }
}

impl From<ListSaidError> for Failure {
    fn from(error: ListSaidError) -> Self {
        match error {
            ListSaidError::Forbidden(error) => error.into(),
            ListSaidError::Find(error) => error.into(),
            ListSaidError::Read(error) => error.into(),
            ListSaidError::ForeignCursor(error) => {
                Self::new(StatusCode::BAD_REQUEST, error.to_string())
            }
        }
    }
}

impl From<CompareBacktestError> for Failure {
    fn from(error: CompareBacktestError) -> Self {
        match error {
            CompareBacktestError::Forbidden(error) => error.into(),
            CompareBacktestError::Find(error) => error.into(),
            CompareBacktestError::Read(error) => error.into(),
            CompareBacktestError::ComparedWithNothing | CompareBacktestError::TooManySamples(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
            }
        }
    }
}

impl From<StartBacktestError> for Refused {
    fn from(error: StartBacktestError) -> Self {
        use StartBacktestError as E;
        let status = match &error {
            E::Invalid(invalid) | E::Config(ConfigError::Invalid(invalid)) => {
                return Self::invalid(invalid);
            }
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::NoSuchTeam(_) => StatusCode::NOT_FOUND,
            E::NoSchema(_) | E::Ask(_) | E::Repeat(_) => StatusCode::CONFLICT,
            E::Config(_) | E::Read(_) | E::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Failure::new(status, error.to_string()).into()
    }
}
