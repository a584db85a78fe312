//! The API of a running host, with all that stands around it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use crate::api;
use crate::app::App;
use crate::http::docs;
use crate::http::layers::{RequestLimits, around};

/// Every route of the host.
pub fn router(app: Arc<App>) -> Router {
    let http = &app.config.http;
    let limits = RequestLimits {
        body_bytes: http.max_body_bytes,
        body_pause: Duration::from_secs(http.idle_body_seconds),
    };
    let routes = api::routes(&app.config);
    let documented = docs::finish(routes, "Vervet", env!("CARGO_PKG_VERSION"));
    around(documented.router.with_state(app), limits)
}
