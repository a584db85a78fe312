//! Rules over stored history: `/v1/teams/{team}/backtests`.
//!
//! - [`start`]: starting one; [`body`]: what a response says of it;
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

use super::caller::UserCaller;
use super::listing::Nothing;
use super::problem_from::problem_from;
use super::teams::TeamPath;
use crate::http::{List, Page, Params, Problem, ProblemKind, WireName, problems};
use app::App;
use app::backtest::cancel::{self, CancelBacktestError};
use app::backtest::delete::{self, DeleteBacktestError};
use app::backtest::read::{
    self, BacktestName, FindBacktestError, ListBacktestsError, ReadBacktestError,
};
use app::backtest::{CancelError, DeleteError};
use body::BacktestBody;

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

impl From<BacktestPath> for BacktestName {
    fn from(path: BacktestPath) -> Self {
        Self {
            team: path.team().to_owned(),
            id: path.backtest,
        }
    }
}

problem_from!(FindBacktestError {
    NoSuchTeam, Read;
    NotFound: NoSuchBacktest
});
problem_from!(ReadBacktestError { Forbidden, Find });
problem_from!(ListBacktestsError {
    Forbidden,
    NoSuchTeam,
    ForeignCursor,
    Read
});
problem_from!(CancelError { Lane; Conflict: Ended });
problem_from!(CancelBacktestError {
    Forbidden,
    Find,
    Cancel
});
problem_from!(DeleteError { Store, Lane; Conflict: UnderWay });
problem_from!(DeleteBacktestError {
    Forbidden,
    Find,
    Delete
});

async fn list_backtests(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<BacktestBody>>, Problem> {
    let page = read::list(&app, &caller, Some(path.name()), &page).await?;
    Ok(Json(page.map(BacktestBody::of).into()))
}

async fn read_backtest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
) -> Result<Json<BacktestBody>, Problem> {
    let seen = read::read(&app, &caller, &path.into()).await?;
    Ok(Json(BacktestBody::of(seen)))
}

async fn cancel_backtest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
) -> Result<(StatusCode, Json<BacktestBody>), Problem> {
    let seen = cancel::cancel(&app, &caller, &path.into()).await?;
    Ok((StatusCode::ACCEPTED, Json(BacktestBody::of(seen))))
}

async fn delete_backtest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<BacktestPath>,
) -> Result<StatusCode, Problem> {
    delete::delete(&app, &caller, &path.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
