//! What a rule could not judge: `/v1/teams/{team}/rules/{rule}/failures` and `…/catch-up`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::blocking::blocking;
use super::super::caller::UserCaller;
use super::RulePath;
use crate::http::{List, Page, Params, Problem, WireTime};
use app::App;
use app::catch_up::{AskError, Asked, CatchUp, Failed, State as Stage, Waiting, failures};
use app::teams::find_team;
use engine::alert::{Disclosure, Origin};
use engine::judgement::{Judgement, Kept};
use engine::lane::Change;
use store::StoreError;
use store::key::TeamId;
use tenant::Permission;

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

impl FailureBody {
    fn of(Failed { install, row }: Failed, path: &RulePath, disclosure: &Disclosure) -> Self {
        let origin = path.origin(install, row.judged_at);
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        let (kind, reason, caught_up) = match row.said {
            Judgement::Failed {
                kind,
                reason,
                caught_up,
            } => (kind, disclosure.reason(&reason, &origin), caught_up),
            Judgement::Found(_) => (String::new(), String::new(), None),
        };
        Self {
            transaction: row.txn_id,
            sequence: row.sequence,
            date_time: time(row.date_time),
            failed_at: time(row.judged_at),
            install,
            kind,
            reason,
            caught_up: caught_up.map(|caught_up| CaughtUpBody {
                at: time(caught_up.at),
                install: caught_up.install,
                findings: caught_up.found.len(),
                alerts: caught_up
                    .found
                    .iter()
                    .filter_map(|finding| match &finding.kept {
                        Kept::Alert(alert) => Some(alert.to_string()),
                        Kept::Here(_) => None,
                    })
                    .collect(),
            }),
        }
    }
}

impl CatchUpBody {
    fn of(catch_up: Option<CatchUp>, waiting: u64, disclosure: &Disclosure) -> Self {
        let Some(catch_up) = catch_up else {
            return Self {
                state: StateBody::Idle,
                failure: None,
                waiting,
                progress: None,
            };
        };
        let origin = Origin {
            team: &catch_up.team,
            rule: &catch_up.rule,
            install: Some(catch_up.install),
            at: catch_up.asked_at,
        };
        let last_failure = catch_up.last_failure.as_ref();
        let last_failure = last_failure.map(|reason| disclosure.reason(reason, &origin));
        let (state, failure) = match catch_up.state {
            Stage::Running => (StateBody::Running, None),
            Stage::Done => (StateBody::Done, None),
            Stage::Failed(reason) => (StateBody::Failed, Some(reason)),
        };
        Self {
            state,
            failure,
            waiting,
            progress: Some(ProgressBody {
                install: catch_up.install,
                asked_at: WireTime(Timestamp::from_micros(catch_up.asked_at)),
                rows: catch_up.rows,
                judged: catch_up.judged,
                found: catch_up.found,
                alerts: catch_up.alerts,
                failed: catch_up.failed,
                last_failure,
            }),
        }
    }
}

pub(super) async fn list_failures(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
    List { page, filters }: List<FailuresQuery>,
) -> Result<Json<Page<FailureBody>>, Problem> {
    caller.require(Permission::RuleRead)?;
    let team = find_team(&caller.definitions(), path.team())?.id;
    let list = [
        &*caller.tenant.0.to_string(),
        "failures",
        path.team(),
        path.rule(),
    ];
    let after = page.position(&app.cursors, &list)?;
    let after = after.and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)));
    let (reading, tenant, limit) = (app.clone(), caller.tenant, page.limit() + 1);
    let rule = path.rule().to_owned();
    let read = move || {
        let store = &reading.services.store;
        let after = after.unwrap_or_default();
        failures(
            store,
            tenant,
            TeamId(team),
            &rule,
            after,
            limit,
            filters.waiting,
        )
    };
    let failed = blocking(read).await??;
    let page = Page::of(failed, &page, &app.cursors, &list, |last| {
        last.row.sequence.to_be_bytes().to_vec()
    });
    let disclosure = caller.disclosure();
    Ok(Json(
        page.map(|failed| FailureBody::of(failed, &path, &disclosure)),
    ))
}

pub(super) async fn read_catch_up(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
) -> Result<Json<CatchUpBody>, Problem> {
    caller.require(Permission::RuleRead)?;
    path.find_newest(&caller.definitions())?;
    let (catch_up, waiting) = seen(&app, &caller, &path).await?;
    Ok(Json(CatchUpBody::of(
        catch_up,
        waiting,
        &caller.disclosure(),
    )))
}

pub(super) async fn start_catch_up(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RulePath>,
) -> Result<(StatusCode, Json<CatchUpBody>), Problem> {
    caller.require(Permission::RuleWrite)?;
    let definitions = caller.definitions();
    path.find_newest(&definitions)?;
    let team = find_team(&definitions, path.team())?.id;
    let last = caller.lane.team(team).await?.durable();
    let (_, rows) = seen(&app, &caller, &path).await?;
    let asked = Asked {
        team_id: TeamId(team),
        team: path.team().to_owned(),
        rule: path.rule().to_owned(),
        actor: caller.actor(),
        needs: caller.needs(),
        last,
        rows,
    };
    let catch_ups = app.catch_ups.clone();
    let note = move |change: &mut Change<'_>| Ok::<_, Problem>(catch_ups.note(change, asked)?);
    let noted = caller.change(note).await?;
    let begun = CatchUpBody::of(Some(noted.clone()), rows, &caller.disclosure());
    let (tenant, team) = (caller.tenant, TeamId(team));
    app.catch_ups
        .run(&app.services, &caller.lane, tenant, team, noted);
    Ok((StatusCode::ACCEPTED, Json(begun)))
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::UnderWay | AskError::TooMany | AskError::Off | AskError::Preparing => {
                Self::conflict(error.to_string())
            }
        }
    }
}

/// How far the rule is, and how many transactions wait for it.
async fn seen(
    app: &Arc<App>,
    caller: &UserCaller,
    path: &RulePath,
) -> Result<(Option<CatchUp>, u64), Problem> {
    let team = find_team(&caller.definitions(), path.team())?.id;
    let durable = caller.lane.team(team).await?.durable();
    let (app, tenant, rule) = (app.clone(), caller.tenant, path.rule().to_owned());
    let read = move || {
        let (services, team) = (&app.services, TeamId(team));
        // In this order: once it is done, nothing is counted that it has done.
        let catch_up = app.catch_ups.get(services, tenant, team, &rule)?;
        let waiting = Waiting::count(&services.store, tenant, team, &rule, durable)?;
        Ok::<_, StoreError>((catch_up, waiting))
    };
    Ok(blocking(read).await??)
}
