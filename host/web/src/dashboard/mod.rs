//! The dashboard: what alerts and transactions add up to.

mod page;

use std::sync::Arc;

use app::App;
use axum::Router;
use axum::routing::get;

/// The page of the dashboard.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/dashboard", get(page::show))
}
