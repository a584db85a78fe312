//! What the hub's connector reports of a session: code, accounts, failure, end.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::accounts::{ReportedAccount, check_all};
use super::check::Faults;
use super::outcome::SessionView;
use super::read::details;
use super::{change, who};
use crate::App;
use crate::blocking::ReadError;
use crate::caller::{Caller, Forbidden};
use crate::request::Invalid;
use domain::session::Failure;
use engine::lane::{Change, LaneError};
use sessions::{StepError, Stepped, give_code, step};
use tenant::Permission;

/// Why a step of a session was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// What is reported cannot be.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The session does not take the step.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// The step was taken, but what is stored of the session cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Reports that the customer is back from the bank, with the bank's code. Only its SHA-256 is kept.
///
/// # Errors
/// Where the caller may not, the code cannot be one, or the session does not take the step.
pub async fn report_code(
    app: &Arc<App>,
    caller: &Caller,
    session: Uuid,
    code: &str,
) -> Result<SessionView, ReportError> {
    caller.require(Permission::SessionWrite)?;
    let mut faults = Faults::default();
    faults.text("code", code, 4096);
    faults.refuse("nothing was reported")?;
    let digest = Sha256::new()
        .chain_update(session.as_bytes())
        .chain_update(code)
        .finalize();
    let who = who(caller);
    stepped(app, caller, move |change| {
        give_code(change, &who, session, digest.into())
    })
    .await
}

/// Reports the accounts of a session, all at once.
///
/// # Errors
/// Where the caller may not, an account cannot be taken, or the session does not take the step.
pub async fn report_accounts(
    app: &Arc<App>,
    caller: &Caller,
    session: Uuid,
    accounts: Vec<ReportedAccount>,
) -> Result<SessionView, ReportError> {
    caller.require(Permission::SessionWrite)?;
    let accounts = check_all(accounts)?;
    let who = who(caller);
    stepped(app, caller, move |change| {
        step(change, &who, session, "session.accounts", |session, _| {
            Ok(session.state.read_accounts(accounts)?)
        })
    })
    .await
}

/// Reports a failure, with which the session ends.
///
/// # Errors
/// Where the caller may not, the reason cannot be taken, or the session does not take the step.
pub async fn report_failure(
    app: &Arc<App>,
    caller: &Caller,
    session: Uuid,
    failure: Failure,
) -> Result<SessionView, ReportError> {
    caller.require(Permission::SessionWrite)?;
    let mut faults = Faults::default();
    faults.optional_text("reason", failure.reason.as_deref(), 1_000);
    faults.refuse("nothing was reported")?;
    let who = who(caller);
    stepped(app, caller, move |change| {
        step(change, &who, session, "session.fail", |session, _| {
            Ok(session.state.fail(failure)?)
        })
    })
    .await
}

/// Reports that all is read, with which the session ends.
///
/// # Errors
/// Where the caller may not, or the session does not take the step, as while the history does not suffice.
pub async fn report_end(
    app: &Arc<App>,
    caller: &Caller,
    session: Uuid,
) -> Result<SessionView, ReportError> {
    caller.require(Permission::SessionWrite)?;
    let who = who(caller);
    stepped(app, caller, move |change| {
        step(change, &who, session, "session.finish", |session, _| {
            Ok(session.state.finish()?)
        })
    })
    .await
}

/// The session as it is after a step.
async fn stepped(
    app: &Arc<App>,
    caller: &Caller,
    step: impl FnOnce(&mut Change<'_>) -> Result<Stepped, StepError> + Send + 'static,
) -> Result<SessionView, ReportError> {
    let stepped = change::<_, ReportError>(caller, step).await?;
    Ok(details(app, caller, stepped.session).await?)
}
