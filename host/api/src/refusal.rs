//! What the host's own errors are outside.

use crate::http::{Problem, ProblemKind};
use app::blocking::ReadError;
use app::plugin_config::ConfigError;
use base::condition::Condition;
use engine::lane::{ChangeError, LaneError};
use store::{CommitError, StoreError};
use tenant::Revoked;
use tenant::grant::GrantRefusal;
use untrusted_input::json_schema::RoomError;

/// Seconds after which a full queue is worth another try.
const RETRY_FULL_SECONDS: u64 = 1;
/// Seconds after which a store that failed is worth another try.
const RETRY_STORE_SECONDS: u64 = 10;

/// Seconds after which indexes that are being made may be whole.
const RETRY_WINDOWS_SECONDS: u64 = 10;

/// Each row of a batch may be answered so: it is logged once a minute.
static REFUSED: Condition = Condition::new("requests are refused because the store failed");

impl From<RoomError> for Problem {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::Busy => Self::unavailable(error.to_string(), RETRY_FULL_SECONDS),
            RoomError::Panicked => Self::internal(),
        }
    }
}

impl From<ConfigError> for Problem {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Invalid(error) => error.into(),
            ConfigError::TookTooLong(detail) => Self::unavailable(detail, RETRY_FULL_SECONDS),
            ConfigError::Room(error) => error.into(),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Lane(error) => error.into(),
            ReadError::Panicked(error) => error.into(),
        }
    }
}

impl From<LaneError> for Problem {
    fn from(error: LaneError) -> Self {
        match error {
            LaneError::Full => Self::unavailable(error.to_string(), RETRY_FULL_SECONDS),
            LaneError::WindowsMissing(_) => {
                Self::unavailable(error.to_string(), RETRY_WINDOWS_SECONDS)
            }
            LaneError::Stopping => Self::unavailable(error.to_string(), RETRY_STORE_SECONDS),
            LaneError::Revoked(revoked) => revoked.into(),
            LaneError::NoSuchTeam => Self::not_found("such team"),
            LaneError::NotDurable(cause) => {
                REFUSED.holds(cause);
                Self::unavailable(
                    "the store could not make it durable; it may have been done or not, so ask before you repeat what is not safe to repeat",
                    RETRY_STORE_SECONDS,
                )
            }
        }
    }
}

impl From<GrantRefusal> for Problem {
    fn from(refusal: GrantRefusal) -> Self {
        Self::new(ProblemKind::Forbidden, refusal.to_string())
    }
}

impl From<Revoked> for Problem {
    fn from(revoked: Revoked) -> Self {
        match revoked {
            Revoked::Permission(permission) => Self::forbidden(permission.as_str()),
            // As for a request that comes now, it is not said which.
            Revoked::Tenant | Revoked::Credential | Revoked::User => Self::unauthorized(),
        }
    }
}

impl From<ChangeError<Problem>> for Problem {
    fn from(error: ChangeError<Problem>) -> Self {
        match error {
            ChangeError::Refused(problem) => problem,
            ChangeError::Lane(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        LaneError::from(error).into()
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        LaneError::from(error).into()
    }
}
