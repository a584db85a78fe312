//! Deleting a backtest that has ended.

use std::sync::Arc;

use super::read::{BacktestName, FindBacktestError, find};
use super::run::{self, DeleteError};
use crate::App;
use crate::caller::{Caller, Forbidden};
use tenant::Permission;

/// Why a backtest was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteBacktestError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such backtest.
    #[error(transparent)]
    Find(#[from] FindBacktestError),
    /// It is under way, or the lane could not make the change.
    #[error(transparent)]
    Delete(#[from] DeleteError),
}

/// Deletes a backtest that has ended, with all that its rule said.
///
/// # Errors
/// Where the caller may not, there is no such backtest, or it is under way.
pub async fn delete(
    app: &Arc<App>,
    caller: &Caller,
    backtest: &BacktestName,
) -> Result<(), DeleteBacktestError> {
    caller.require(Permission::RuleWrite)?;
    find(app, caller, backtest).await?;
    let by = (caller.actor(), caller.authority());
    Ok(run::delete(&app.services, &caller.lane, backtest.id, by).await?)
}
