//! One line in the log for each request, its id, and its place in the metrics.
//!
//! Neither headers nor query nor body are logged: they hold secrets. Nor is the path, only its route: paths name customers.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

/// The header that tells a client the id of its request.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, in its extensions: made here, whatever the client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

/// Gives the request an id, logs it once it is answered, and counts it.
pub async fn access_log(mut request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let id = RequestId(Uuid::now_v7());
    request.extensions_mut().insert(id);
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route
        .as_ref()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!("request", id = %id.0);

    let mut response = next.run(request).instrument(span.clone()).await;

    let seconds = begin.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    // Thousands of these come in a second; metrics count them all the same.
    let is_routine = method == "POST" && route == "/v1/transactions" && status < 400;
    span.in_scope(|| {
        if is_routine {
            tracing::debug!(target: "access", method, %route, status, seconds);
        } else {
            tracing::info!(target: "access", method, %route, status, seconds);
        }
    });
    let labels = [
        ("method", method.to_owned()),
        ("route", route),
        ("status", status.to_string()),
    ];
    metrics::histogram!(super::metrics::REQUEST_SECONDS, &labels).record(seconds);
    if let Ok(id) = HeaderValue::try_from(id.0.to_string()) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    response
}

/// Clients may invent methods, and must not invent metrics.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
