//! What the host's own errors are outside.

use crate::http::{Problem, ProblemError, ProblemKind};
use base::condition::Condition;
use engine::lane::{ChangeError, LaneError};
use store::{CommitError, StoreError};
use tenant::Revoked;
use tenant::grant::GrantRefusal;
use untrusted_input::json_schema::{Refusal, RoomError};

/// Seconds after which a full queue is worth another try.
const RETRY_FULL_SECONDS: u64 = 1;
/// Seconds after which a store that failed is worth another try.
const RETRY_STORE_SECONDS: u64 = 10;

/// Seconds after which indexes that are being made may be whole.
const RETRY_WINDOWS_SECONDS: u64 = 10;

/// Each row of a batch may be answered so: it is logged once a minute.
static REFUSED: Condition = Condition::new("requests are refused because the store failed");

/// 503 where nothing could be validated.
pub(super) fn room_error(error: RoomError) -> Problem {
    match error {
        RoomError::Busy => Problem::unavailable(error.to_string(), RETRY_FULL_SECONDS),
        RoomError::Panicked => Problem::internal(),
    }
}

/// 422 of a configuration that is not what a plugin's schema asks for; `field` is the member that holds it.
pub(super) fn config_refused(field: &str, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Faults(faults) => {
            let errors = faults.into_iter().map(|fault| ProblemError {
                field: format!("{field}{}", fault.pointer),
                reason: "invalid".to_owned(),
                detail: fault.message,
            });
            let detail = format!("'{field}' is not what the plugin's config_schema asks for");
            Problem::unprocessable(detail, errors.collect())
        }
        Refusal::Exhausted(exhausted) => {
            let detail = format!(
                "validating '{field}' against the plugin's config_schema {exhausted}; simplify the schema or the configuration"
            );
            if exhausted.depends_on_the_machine() {
                return Problem::unavailable(detail, RETRY_FULL_SECONDS);
            }
            let error = ProblemError {
                field: field.to_owned(),
                reason: "too_complex".to_owned(),
                detail: detail.clone(),
            };
            Problem::unprocessable(detail, vec![error])
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
