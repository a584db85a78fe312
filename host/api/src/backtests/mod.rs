//! Rules over stored history: `/v1/teams/{team}/backtests`.
//!
//! - [`start`]: what is checked before one begins; [`body`]: what is told of it;
//! - [`said`]: what its rule said; [`comparison`]: beside what a live one did.

mod body;
mod comparison;
mod said;
mod start;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::blocking::blocking;
use super::caller::UserCaller;
use super::listing::Nothing;
use super::teams::TeamPath;
use crate::http::{List, Page, Params, Problem, ProblemKind, WireName, problems};
use app::App;
use app::backtest::{CancelError, DeleteError, SeenBacktest};
use app::teams::find_team;
use body::BacktestBody;
use tenant::Permission;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/teams/{team}/backtests",
            post_with(start::start_backtest, |op| {
                op.summary("Try a rule on stored transactions")
                    .description("Judges them in the order in which they came, with the same inputs and by the same code as live, with less right to the cores. Nothing is changed, and no alert is made. `Location` says where to look how far it is. A stop of the host loses nothing: it goes on when the host is started again.")
                    .tag("Backtests")
                    .response_with::<202, Json<BacktestBody>, _>(|response| {
                        response.description("It waits for its turn, or has begun")
                    })
                    .with(problems(&[ProblemKind::Conflict, ProblemKind::NotFound]))
            })
            .get_with(list_backtests, |op| {
                op.summary("List a team's backtests, newest first").tag("Backtests")
            }),
        )
        .api_route(
            "/v1/teams/{team}/backtests/{backtest}",
            get_with(read_backtest, |op| {
                op.summary("Read what came of a backtest, as far as it is").tag("Backtests")
            })
            .delete_with(delete_backtest, |op| {
                op.summary("Delete a backtest that has ended, with all that came of it")
                    .tag("Backtests")
                    .response_with::<204, (), _>(|response| response.description("It is gone"))
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/teams/{team}/backtests/{backtest}/cancel",
            post_with(cancel_backtest, |op| {
                op.summary("End a backtest that is under way")
                    .description("What it found so far stays.")
                    .tag("Backtests")
                    .response_with::<202, Json<BacktestBody>, _>(|response| {
                        response.description("It ends")
                    })
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/teams/{team}/backtests/{backtest}/findings",
            get_with(said::list_findings, |op| {
                op.summary("List what the rule of a backtest found, in the order of the transactions")
                    .description("Of too many the first are kept with their evidence; all are counted.")
                    .tag("Backtests")
            }),
        )
        .api_route(
            "/v1/teams/{team}/backtests/{backtest}/comparison",
            get_with(comparison::compare_backtest, |op| {
                op.summary("Compare what the rule of a backtest said with what the rule named in compare_with said")
                    .description("Of the transactions that both judged so far. With `compare_over: live` those are the ones that any install of the rule judged when they came, which may be few; with `history` a second backtest judges all of them with the rule as it is installed now.")
                    .tag("Backtests")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/teams/{team}/backtests/{backtest}/failures",
            get_with(said::list_failures, |op| {
                op.summary("List the transactions that the rule of a backtest could not judge")
                    .description("Of too many the first are kept; all are counted.")
                    .tag("Backtests")
            }),
        )
}

/// The path of a backtest.
#[derive(Debug, Deserialize, JsonSchema)]
struct BacktestPath {
    /// The team's name.
    team: WireName,
    /// Its id.
    #[schemars(with = "String")]
    backtest: Uuid,
}

impl BacktestPath {
    fn team(&self) -> &str {
        self.team.0.as_str()
    }
}

/// The backtest, as far as it is.
async fn find(
    app: &Arc<App>,
    caller: &UserCaller,
    path: &BacktestPath,
) -> Result<SeenBacktest, Problem> {
    find_team(&caller.definitions(), path.team())?;
    let (tenant, id, reading) = (caller.tenant, path.backtest, app.clone());
    let get = move || reading.backtests.get(&reading.services, tenant, id);
    let seen = blocking(get).await??;
    seen.filter(|seen| seen.record.trial.team == path.team())
        .ok_or_else(|| Problem::not_found(&format!("backtest {}", path.backtest)))
}

async fn list_backtests(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<BacktestBody>>, Problem> {
    caller.require(Permission::RuleRead)?;
    find_team(&caller.definitions(), path.name())?;
    let list = [&*caller.tenant.0.to_string(), "backtests", path.name()];
    let before = page.position(&app.cursors, &list)?;
    let before = before.and_then(|bytes| Uuid::from_slice(&bytes).ok());
    let (tenant, reading) = (caller.tenant, app.clone());
    let (team, limit) = (path.name().to_owned(), page.limit() + 1);
    let read = move || {
        let backtests = &reading.backtests;
        backtests.list(&reading.services, tenant, &team, before, limit)
    };
    let seen = blocking(read).await??;
    let page = Page::of(seen, &page, &app.cursors, &list, |last| {
        last.record.id.as_bytes().to_vec()
    });
    Ok(Json(page.map(BacktestBody::of)))
}

async fn read_backtest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
) -> Result<Json<BacktestBody>, Problem> {
    caller.require(Permission::RuleRead)?;
    Ok(Json(BacktestBody::of(find(&app, &caller, &path).await?)))
}

async fn cancel_backtest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
) -> Result<(StatusCode, Json<BacktestBody>), Problem> {
    caller.require(Permission::RuleWrite)?;
    find(&app, &caller, &path).await?;
    let (tenant, id) = (caller.tenant, path.backtest);
    let by = (caller.actor(), caller.authority());
    let cancelled = app.backtests.cancel(&caller.lane, tenant, id, by);
    cancelled.await?;
    let seen = find(&app, &caller, &path).await?;
    Ok((StatusCode::ACCEPTED, Json(BacktestBody::of(seen))))
}

async fn delete_backtest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
) -> Result<StatusCode, Problem> {
    caller.require(Permission::RuleWrite)?;
    find(&app, &caller, &path).await?;
    let (services, tenant, id) = (&app.services, caller.tenant, path.backtest);
    let by = (caller.actor(), caller.authority());
    app.backtests
        .delete(services, &caller.lane, tenant, id, by)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<DeleteError> for Problem {
    fn from(error: DeleteError) -> Self {
        match error {
            DeleteError::UnderWay => Self::conflict(error.to_string()),
            DeleteError::Store(error) => error.into(),
            DeleteError::Lane(error) => error.into(),
        }
    }
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::Ended => Self::conflict(error.to_string()),
            CancelError::Lane(error) => error.into(),
        }
    }
}
