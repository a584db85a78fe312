//! Reading backtests, as far as they are.

use std::sync::Arc;

use uuid::Uuid;

use super::run::{self, SeenBacktest};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest};
use crate::teams::{NoSuchTeam, find_team};
use tenant::Permission;

/// The id of a backtest, and the name of the team whose transactions it judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BacktestName {
    /// The team's name.
    pub team: String,
    /// The backtest's id.
    pub id: Uuid,
}

/// There is no such backtest, or it cannot be read whether there is.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FindBacktestError {
    /// There is not even the team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The team has no backtest of this id.
    #[error("there is no backtest {0}")]
    NoSuchBacktest(Uuid),
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why a backtest cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadBacktestError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such backtest.
    #[error(transparent)]
    Find(#[from] FindBacktestError),
}

/// Why backtests cannot be listed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ListBacktestsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team.
    #[error(transparent)]
    NoSuchTeam(#[from] NoSuchTeam),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// They cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Reads a backtest, as far as it is.
///
/// # Errors
/// Where the caller may not, or there is no such backtest.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    backtest: &BacktestName,
) -> Result<SeenBacktest, ReadBacktestError> {
    caller.require(Permission::RuleRead)?;
    Ok(find(app, caller, backtest).await?)
}

/// A page of the backtests of a team, or of all teams, newest first.
///
/// # Errors
/// Where the caller may not, there is no such team, or the cursor is none of this list.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    team: Option<&str>,
    page: &PageRequest,
) -> Result<Page<SeenBacktest>, ListBacktestsError> {
    caller.require(Permission::RuleRead)?;
    if let Some(team) = team {
        find_team(&caller.definitions(), team)?;
    }
    let tenant = caller.tenant.0.to_string();
    let list = [&*tenant, "backtests", team.unwrap_or_default()];
    let before = page.position(&app.cursors, &list)?;
    let before = before.and_then(|bytes| Uuid::from_slice(&bytes).ok());
    let (tenant, name, limit) = (caller.tenant, team.map(str::to_owned), page.limit() + 1);
    let read = move |app: &App| {
        let backtests = &app.jobs.backtests;
        run::list(
            backtests,
            &app.services,
            tenant,
            name.as_deref(),
            before,
            limit,
        )
    };
    let seen = on_disk(app, read).await?;
    Ok(Page::of(seen, page, &app.cursors, &list, |last| {
        last.record.id.as_bytes().to_vec()
    }))
}

/// The backtest of a team, as far as it is.
pub(super) async fn find(
    app: &Arc<App>,
    caller: &Caller,
    backtest: &BacktestName,
) -> Result<SeenBacktest, FindBacktestError> {
    find_team(&caller.definitions(), &backtest.team)?;
    let (tenant, id) = (caller.tenant, backtest.id);
    let get = move |app: &App| run::get(&app.jobs.backtests, tenant, id);
    let seen = on_disk(app, get).await?;
    let seen = seen.filter(|seen| seen.record.trial.team == backtest.team);
    seen.ok_or(FindBacktestError::NoSuchBacktest(id))
}
