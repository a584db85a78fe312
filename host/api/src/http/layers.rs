//! What stands around all handlers.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use super::access_log::access_log;
use super::content_encoding::inflate;
use super::problem::{Problem, ProblemKind};

/// What a request may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// The most bytes of a body that is read whole. A route may lay its own
    /// [`DefaultBodyLimit`] around itself, and one that reads a stream has none.
    pub body_bytes: usize,
    /// The longest that a client may let a body stand still.
    pub body_pause: Duration,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            body_pause: Duration::from_secs(30),
        }
    }
}

/// Lays around the whole API: the access log, headers for browsers, an answer
/// for panics and for paths that are no resource, and limits.
pub fn around(router: Router, limits: RequestLimits) -> Router {
    router
        .fallback(async || Problem::not_found("resource at this path"))
        .method_not_allowed_fallback(async || {
            Problem::new(
                ProblemKind::MethodNotAllowed,
                "the resource has no such method; see Allow",
            )
        })
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn(access_log))
                .layer(middleware::from_fn(security_headers))
                .layer(CatchPanicLayer::custom(answer_panic))
                .layer(RequestBodyTimeoutLayer::new(limits.body_pause))
                .map_request(|request: axum::http::Request<_>| request.map(Body::new))
                .layer(middleware::from_fn(inflate))
                .layer(DefaultBodyLimit::max(limits.body_bytes)),
        )
}

/// Says nothing of the panic but in the log.
fn answer_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(
        panic = text.unwrap_or("of unknown kind"),
        "a handler panicked"
    );
    Problem::internal().into_response()
}

/// Headers that a response has unless its handler set them.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 6] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}
