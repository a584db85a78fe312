//! Requests of one tenant that are worked on at the same time: what waits for the disk, a core or a lane shares threads
//! with what other tenants ask for.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::caller::AnyCaller;
use super::idempotency::BY_CONTENT;
use crate::http::Problem;
use app::App;

/// Seconds after which another try is worthwhile.
const RETRY_SECONDS: u64 = 1;

/// Lets a tenant have so many requests worked on at the same time. Transactions have the bounds of their lane.
pub(crate) async fn in_turn(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if BY_CONTENT.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let caller = AnyCaller::from_request_parts(&mut parts, &app).await;
    let request = Request::from_parts(parts, body);
    let tenant = match &caller {
        Ok(AnyCaller::User(caller)) => caller.tenant,
        Ok(AnyCaller::Team(caller)) => caller.lane.tenant(),
        // The administrator has no tenant; whoever is nobody is refused by the resource.
        Ok(AnyCaller::Administrator(_)) | Err(_) => return next.run(request).await,
    };
    match app.requests.turn(tenant).await {
        Ok(_turn) => next.run(request).await,
        Err(waiting) => {
            let detail = format!(
                "{} requests of this tenant wait already; try again when some of them are answered",
                waiting.0
            );
            Problem::unavailable(detail, RETRY_SECONDS).into_response()
        }
    }
}
