//! What a rule could not judge: `/v1/teams/{team}/rules/{rule}/failures` and `…/catch-up`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::caller::UserCaller;
use super::super::problem_from::{problem_from, problem_kind};
use super::RulePath;
use crate::http::{List, Page, Params, Problem, WireTime};
use app::App;
use app::catch_up::{AskError, NotUnderWay, State as Stage};
use app::rules::catch_up::{
    self, CancelCatchUpError, CatchUpProgress, CatchUpView, ReadCatchUpError, StartCatchUpError,
};
use app::rules::failures::{self, LateOutcome, ListFailuresError, RuleFailure};

/// Which failures.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct FailuresQuery {
    /// Only those that wait until the rule catches up.
    #[serde(default)]
    waiting: bool,
}

/// A transaction that a rule could not judge at first.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleFailure")]
pub(super) struct FailureBody {
    /// The transaction's id.
    transaction: String,
    sequence: u64,
    date_time: WireTime,
    failed_at: WireTime,
    /// Which of the rule's installs could not judge it.
    install: u64,
    /// `out_of_fuel`, `trapped`, `reported`, `broken`, `impure` or `machine`.
    kind: String,
    reason: String,
    /// When it was judged after all; null while it waits.
    caught_up: Option<CaughtUpBody>,
}

/// What came of a transaction that was judged after all.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CaughtUp")]
struct CaughtUpBody {
    at: WireTime,
    /// By which of the rule's installs.
    install: u64,
    /// What it found; 0 where the transaction is clear.
    findings: usize,
    /// The alerts that were made late.
    alerts: Vec<String>,
}

/// A rule that catches up.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CatchUp")]
pub(super) struct CatchUpBody {
    /// `idle` where nobody ever asked.
    state: StateBody,
    /// Why it ended before its end; whoever asks again goes on with what still waits.
    failure: Option<String>,
    /// The login of the user who ended it, where it is `cancelled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_by: Option<String>,
    /// Transactions that wait now.
    waiting: u64,
    #[serde(flatten)]
    progress: Option<ProgressBody>,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum StateBody {
    Idle,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// How far it is.
#[derive(Debug, Serialize, JsonSchema)]
struct ProgressBody {
    /// Which of the rule's installs judges.
    install: u64,
    asked_at: WireTime,
    /// Transactions that waited at the beginning.
    rows: u64,
    /// Those that are judged by now.
    judged: u64,
    /// In which something was found.
    found: u64,
    /// Alerts that were made; their findings say `late`.
    alerts: u64,
    /// Those that could not be judged again, and wait on.
    failed: u64,
    /// Why the last of them could not.
    last_failure: Option<String>,
}

impl From<RuleFailure> for FailureBody {
    fn from(failure: RuleFailure) -> Self {
        Self {
            transaction: failure.txn_id,
            sequence: failure.sequence,
            date_time: WireTime(failure.date_time),
            failed_at: WireTime(failure.failed_at),
            install: failure.install,
            kind: failure.kind,
            reason: failure.reason,
            caught_up: failure.caught_up.map(CaughtUpBody::from),
        }
    }
}

impl From<LateOutcome> for CaughtUpBody {
    fn from(outcome: LateOutcome) -> Self {
        Self {
            at: WireTime(outcome.at),
            install: outcome.install,
            findings: outcome.findings,
            alerts: outcome.alerts.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<CatchUpView> for CatchUpBody {
    fn from(view: CatchUpView) -> Self {
        let (state, failure) = match view.progress.as_ref().map(|progress| &progress.state) {
            None => (StateBody::Idle, None),
            Some(Stage::Running) => (StateBody::Running, None),
            Some(Stage::Done) => (StateBody::Done, None),
            Some(Stage::Failed(reason)) => (StateBody::Failed, Some(reason.clone())),
            Some(Stage::Cancelled { .. }) => (StateBody::Cancelled, None),
        };
        let cancelled_by = match view.progress.as_ref().map(|progress| &progress.state) {
            Some(Stage::Cancelled { by }) => Some(by.clone()),
            _ => None,
        };
        Self {
            state,
            failure,
            cancelled_by,
            waiting: view.waiting,
            progress: view.progress.map(ProgressBody::from),
        }
    }
}

impl From<CatchUpProgress> for ProgressBody {
    fn from(progress: CatchUpProgress) -> Self {
        Self {
            install: progress.install,
            asked_at: WireTime(progress.asked_at),
            rows: progress.rows,
            judged: progress.judged,
            found: progress.found,
            alerts: progress.alerts,
            failed: progress.failed,
            last_failure: progress.last_failure,
        }
    }
}

problem_kind!(AskError: Conflict);
problem_kind!(NotUnderWay: Conflict);
problem_from!(CancelCatchUpError {
    Forbidden,
    NoSuchRule,
    NotUnderWay,
    Read,
    Lane
});
problem_from!(ListFailuresError {
    Forbidden,
    NoSuchTeam,
    ForeignCursor,
    Read
});
problem_from!(ReadCatchUpError {
    Forbidden,
    NoSuchRule,
    Read
});
problem_from!(StartCatchUpError {
    Forbidden,
    NoSuchRule,
    Ask,
    Read,
    Lane
});

pub(super) async fn list_failures(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    List { page, filters }: List<FailuresQuery>,
) -> Result<Json<Page<FailureBody>>, Problem> {
    let page = failures::list(&app, &caller, &path.into(), filters.waiting, &page).await?;
    Ok(Json(page.map(FailureBody::from).into()))
}

pub(super) async fn read_catch_up(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
) -> Result<Json<CatchUpBody>, Problem> {
    let view = catch_up::read(&app, &caller, &path.into()).await?;
    Ok(Json(view.into()))
}

pub(super) async fn start_catch_up(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
) -> Result<(StatusCode, Json<CatchUpBody>), Problem> {
    let begun = catch_up::start(&app, &caller, &path.into()).await?;
    Ok((StatusCode::ACCEPTED, Json(begun.into())))
}

pub(super) async fn cancel_catch_up(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
) -> Result<Json<CatchUpBody>, Problem> {
    let cancelled = catch_up::cancel(&app, &caller, &path.into()).await?;
    Ok(Json(cancelled.into()))
}
