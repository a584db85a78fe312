//! The dashboard: what alerts and transactions add up to.

mod page;

use std::sync::Arc;

use app::App;
use app::transactions::daily::DailyCountsError;
use axum::Router;
use axum::routing::get;

use crate::failure::failures;

/// The page of the dashboard.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/dashboard", get(page::show))
}

failures! {
    DailyCountsError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchTeam,
        SERVICE_UNAVAILABLE: Read,
    }
}
