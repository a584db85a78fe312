//! Judging what a rule could not judge, and reading how far that is.

use std::sync::Arc;

use domain::time::Timestamp;

use super::{NoSuchRule, RuleName};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::catch_up::{self, AskError, Asked, CatchUp, NotUnderWay, State, Waiting};
use engine::alert::{Disclosure, Origin};
use engine::lane::{Change, LaneError};
use jobs::CancelError;
use store::key::TeamId;
use tenant::Permission;

/// How far a rule has caught up.
#[derive(Clone, Debug)]
pub struct CatchUpView {
    /// How many transactions wait now.
    pub waiting: u64,
    /// How far it is; none if nobody ever asked for it.
    pub progress: Option<CatchUpProgress>,
}

/// How far a rule is that catches up, or caught up the last time that somebody asked.
#[derive(Clone, Debug)]
pub struct CatchUpProgress {
    /// Whether it goes on.
    pub state: State,
    /// Which of the rule's installs judges.
    pub install: u64,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// How many transactions waited at the beginning.
    pub rows: u64,
    /// How many of them are judged by now.
    pub judged: u64,
    /// In how many of those something was found.
    pub found: u64,
    /// How many alerts were made.
    pub alerts: u64,
    /// How many could not be judged again, and wait on.
    pub failed: u64,
    /// Why the last of them could not.
    pub last_failure: Option<String>,
}

/// Why it cannot be read how far a rule has caught up.
#[derive(Debug, thiserror::Error)]
pub enum ReadCatchUpError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such rule.
    #[error(transparent)]
    NoSuchRule(#[from] NoSuchRule),
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why a rule does not begin to catch up.
#[derive(Debug, thiserror::Error)]
pub enum StartCatchUpError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such rule.
    #[error(transparent)]
    NoSuchRule(#[from] NoSuchRule),
    /// It is catching up already, judges nothing, or too many others are catching up.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// It cannot be read how many transactions wait.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a rule goes on catching up.
#[derive(Debug, thiserror::Error)]
pub enum CancelCatchUpError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such rule.
    #[error(transparent)]
    NoSuchRule(#[from] NoSuchRule),
    /// It is not catching up.
    #[error(transparent)]
    NotUnderWay(#[from] NotUnderWay),
    /// It cannot be read how far it is.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

impl From<CancelError> for CancelCatchUpError {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::Ended => NotUnderWay.into(),
            CancelError::Store(error) => Self::Read(error.into()),
            CancelError::Lane(error) => error.into(),
        }
    }
}

/// Reads how far a rule has caught up.
///
/// # Errors
/// Where the caller may not, or there is no such rule.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
) -> Result<CatchUpView, ReadCatchUpError> {
    caller.require(Permission::RuleRead)?;
    let definitions = caller.definitions();
    rule.newest(&definitions)?;
    let team = TeamId(rule.find_team(&definitions)?.id);
    let (catch_up, waiting) = current(app, caller, team, rule).await?;
    let disclosure = caller.disclosure();
    Ok(CatchUpView {
        waiting,
        progress: catch_up.map(|catch_up| CatchUpProgress::of(catch_up, &disclosure)),
    })
}

/// Begins to judge, in the background, what a rule could not judge, by the install that is in force.
///
/// # Errors
/// Where the caller may not, there is no such rule, it is catching up already or judges nothing, or too many others are
/// catching up.
pub async fn start(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
) -> Result<CatchUpView, StartCatchUpError> {
    caller.require(Permission::RuleWrite)?;
    let definitions = caller.definitions();
    rule.newest(&definitions)?;
    let team = TeamId(rule.find_team(&definitions)?.id);
    let last = caller.lane.team(team.0).await?.durable();
    let (_, waiting) = current(app, caller, team, rule).await?;
    let asked = Asked {
        team_id: team,
        team: rule.team.to_string(),
        rule: rule.rule.to_string(),
        actor: caller.actor(),
        needs: caller.needs(),
        last,
        rows: waiting,
    };
    let catch_ups = app.jobs.catch_ups.clone();
    let note = move |change: &mut Change<'_>| {
        Ok::<_, StartCatchUpError>(catch_up::note(&catch_ups, change, asked)?)
    };
    let noted = caller.change(note).await?;
    let progress = CatchUpProgress::of(noted.clone(), &caller.disclosure());
    let which = (team, noted.rule.clone());
    app.jobs.catch_ups.start(&caller.lane, which, &noted);
    Ok(CatchUpView {
        waiting,
        progress: Some(progress),
    })
}

/// Ends a rule's catching up. What it judged stays; starting again goes on with what still waits.
///
/// # Errors
/// Where the caller may not, there is no such rule, or it is not catching up.
pub async fn cancel(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
) -> Result<CatchUpView, CancelCatchUpError> {
    caller.require(Permission::RuleWrite)?;
    let definitions = caller.definitions();
    rule.newest(&definitions)?;
    let team = TeamId(rule.find_team(&definitions)?.id);
    let (which, by) = ((team, rule.rule.to_string()), caller.actor());
    let by = (by, caller.authority());
    let cancelled = catch_up::cancel(&app.jobs.catch_ups, &caller.lane, which, by).await?;
    let (_, waiting) = current(app, caller, team, rule).await?;
    Ok(CatchUpView {
        waiting,
        progress: Some(CatchUpProgress::of(cancelled, &caller.disclosure())),
    })
}

/// How far the rule is, and how many transactions wait for it.
async fn current(
    app: &Arc<App>,
    caller: &Caller,
    team: TeamId,
    rule: &RuleName,
) -> Result<(Option<CatchUp>, u64), ReadError> {
    let durable = caller.lane.team(team.0).await?.durable();
    let (tenant, rule) = (caller.tenant, rule.rule.to_string());
    let read = move |app: &App| {
        let services = &app.services;
        // In this order: once it is done, nothing is counted that it has done.
        let which = (team, rule);
        let catch_up = catch_up::get(&app.jobs.catch_ups, tenant, &which)?;
        let waiting = Waiting::count(&services.store, tenant, team, &which.1, durable)?;
        Ok((catch_up, waiting))
    };
    on_disk(app, read).await
}

impl CatchUpProgress {
    fn of(catch_up: CatchUp, disclosure: &Disclosure) -> Self {
        let origin = Origin {
            team: &catch_up.team,
            rule: &catch_up.rule,
            install: Some(catch_up.install),
            at: catch_up.asked_at,
        };
        let last_failure = catch_up.last_failure.as_ref();
        let last_failure = last_failure.map(|reason| disclosure.reason(reason, &origin));
        Self {
            state: catch_up.state,
            install: catch_up.install,
            asked_at: Timestamp::from_micros(catch_up.asked_at),
            rows: catch_up.rows,
            judged: catch_up.judged,
            found: catch_up.found,
            alerts: catch_up.alerts,
            failed: catch_up.failed,
            last_failure,
        }
    }
}
