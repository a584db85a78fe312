//! Ending a backtest that is under way.

use std::sync::Arc;

use super::read::{BacktestName, FindBacktestError, find};
use super::run::{self, CancelError, SeenBacktest};
use crate::App;
use crate::caller::{Caller, Forbidden};
use tenant::Permission;

/// Why a backtest goes on.
#[derive(Debug, thiserror::Error)]
pub enum CancelBacktestError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such backtest.
    #[error(transparent)]
    Find(#[from] FindBacktestError),
    /// It has ended, or the lane could not make the change.
    #[error(transparent)]
    Cancel(#[from] CancelError),
}

/// Ends a backtest that is under way. What it found so far stays.
///
/// # Errors
/// Where the caller may not, there is no such backtest, or it has ended.
pub async fn cancel(
    app: &Arc<App>,
    caller: &Caller,
    backtest: &BacktestName,
) -> Result<SeenBacktest, CancelBacktestError> {
    caller.require(Permission::RuleWrite)?;
    find(app, caller, backtest).await?;
    let by = (caller.actor(), caller.authority());
    run::cancel(&app.jobs.backtests, &caller.lane, backtest.id, by).await?;
    Ok(find(app, caller, backtest).await?)
}
