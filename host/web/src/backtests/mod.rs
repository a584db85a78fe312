//! Backtests: all of them, one as far as it is, and the form that starts one.

mod comparison;
mod errors;
mod list;
mod new;
mod page;
mod results;
mod shapes;

use std::sync::Arc;

use app::App;
use app::backtest::read::BacktestName;
use axum::Router;
use axum::routing::get;

/// The pages of backtests.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/backtests", get(list::show))
        .route("/backtests/{team}/new", get(new::show).post(new::start))
        .route("/backtests/{team}/{backtest}", get(page::show))
        .route(
            "/backtests/{team}/{backtest}/cancel",
            get(page::back).post(page::cancel),
        )
        .route(
            "/backtests/{team}/{backtest}/delete",
            get(page::back).post(page::delete),
        )
}

/// The address of a backtest.
pub(crate) fn address(backtest: &BacktestName) -> String {
    format!("/backtests/{}/{}", backtest.team, backtest.id)
}
