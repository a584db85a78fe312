//! With which status the errors of rules are shown.

use app::catch_up::AskError;
use app::plugin_config::ConfigError;
use app::request::Stale;
use app::rules::NoSuchRule;
use app::rules::catch_up::{CancelCatchUpError, ReadCatchUpError, StartCatchUpError};
use app::rules::compare::CompareRulesError;
use app::rules::failures::ListFailuresError;
use app::rules::install::InstallRuleError;
use app::rules::promote::PromoteRuleError;
use app::rules::read::{ListRulesError, ReadRuleError};
use app::rules::remove::RemoveRuleError;
use app::rules::roll_back::RollBackRuleError;
use app::rules::set_mode::SetModeError;
use app::rules::stats::ReadStatsError;
use axum::http::StatusCode;

use crate::failure::{Failure, failures};
use crate::text::EN;

failures! {
    NoSuchRule {
        NOT_FOUND: Team Rule,
        CONFLICT: NotInForce,
    }
    ListRulesError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam,
        BAD_REQUEST: ForeignCursor,
    }
    AskError {
        CONFLICT: UnderWay TooMany Off Preparing,
    }
    ListFailuresError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam,
        BAD_REQUEST: ForeignCursor,
        SERVICE_UNAVAILABLE: Read,
    }
}

/// A change that was meant for another install.
fn stale() -> Failure {
    Failure::new(StatusCode::PRECONDITION_FAILED, EN.rules.stale)
}

/// Turns errors that hold a [`NoSuchRule`] into failures: the others have a status of their own.
macro_rules! rule_failures {
    ($($error:ident { $($status:ident: $($variant:ident)+),* $(,)? })+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                let detail = error.to_string();
                match error {
                    $error::NoSuchRule(error) => error.into(),
                    $($($error::$variant { .. } => Self::new(StatusCode::$status, detail),)+)*
                }
            }
        }
    )+};
}

rule_failures! {
    ReadRuleError { FORBIDDEN: Forbidden }
    ReadStatsError { FORBIDDEN: Forbidden, SERVICE_UNAVAILABLE: Read Lane }
    ReadCatchUpError { FORBIDDEN: Forbidden, SERVICE_UNAVAILABLE: Read }
    StartCatchUpError { FORBIDDEN: Forbidden, CONFLICT: Ask, SERVICE_UNAVAILABLE: Read Lane }
    CancelCatchUpError { FORBIDDEN: Forbidden, CONFLICT: NotUnderWay, SERVICE_UNAVAILABLE: Read Lane }
    CompareRulesError {
        FORBIDDEN: Forbidden,
        UNPROCESSABLE_ENTITY: SameInstall TooManySamples,
        SERVICE_UNAVAILABLE: Read Lane,
    }
    PromoteRuleError {
        FORBIDDEN: Forbidden,
        UNPROCESSABLE_ENTITY: Invalid,
        CONFLICT: Preparing NotInShadow Gate Changed,
        PRECONDITION_FAILED: Stale,
        SERVICE_UNAVAILABLE: Read Lane,
    }
    RemoveRuleError {
        FORBIDDEN: Forbidden,
        PRECONDITION_FAILED: Stale,
        SERVICE_UNAVAILABLE: Lane,
    }
}

impl From<InstallRuleError> for Failure {
    fn from(error: InstallRuleError) -> Self {
        use InstallRuleError as E;
        let status = match &error {
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::NoSuchTeam(_) => StatusCode::NOT_FOUND,
            E::Invalid(_) | E::Config(ConfigError::Invalid(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            E::Stale(Stale::Changed) => return stale(),
            E::Stale(Stale::Exists)
            | E::NoSchema(_)
            | E::DeletedPlugin(_)
            | E::SchemaChanged
            | E::InstalledMeanwhile(_) => StatusCode::CONFLICT,
            E::Config(_) | E::NotInspected(_) | E::NotPrepared(_) | E::Panicked(_) | E::Lane(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        Self::new(status, error.to_string())
    }
}

impl From<SetModeError> for Failure {
    fn from(error: SetModeError) -> Self {
        match error {
            SetModeError::Forbidden(error) => error.into(),
            SetModeError::NoSuchRule(error) => error.into(),
            SetModeError::Stale(_) => stale(),
            SetModeError::Install(error) => error.into(),
        }
    }
}

impl From<RollBackRuleError> for Failure {
    fn from(error: RollBackRuleError) -> Self {
        let detail = error.to_string();
        match error {
            RollBackRuleError::Forbidden(error) => error.into(),
            RollBackRuleError::NoSuchRule(error) => error.into(),
            RollBackRuleError::Stale(_) => stale(),
            RollBackRuleError::Install(error) => error.into(),
            RollBackRuleError::NoEarlierInstall(_) | RollBackRuleError::NoSuchInstall { .. } => {
                Self::new(StatusCode::CONFLICT, detail)
            }
        }
    }
}
