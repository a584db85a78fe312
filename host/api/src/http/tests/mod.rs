//! What every resource gets from the foundation, shown on a small one.

mod connections;
mod errors;
mod example;
mod serving;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;

use super::layers::{RequestLimits, around};

/// The example as it would be served.
fn app() -> Router {
    let limits = RequestLimits {
        body_bytes: 2000,
        ..RequestLimits::default()
    };
    around(example::documented().router, limits)
}

/// An answer; a body that is no JSON is a JSON string here.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("ASCII"))
            .unwrap_or_default()
    }
}

/// Sends one request: `"PUT /notes/a"`, headers as `"name: value"`, a body.
async fn send(router: &Router, request: &str, headers: &[&str], body: &str) -> Answer {
    let (method, uri) = request.split_once(' ').expect("a method and a path");
    let mut builder = Request::builder().method(method).uri(uri);
    for header in headers {
        let (name, value) = header.split_once(": ").expect("a name and a value");
        builder = builder.header(name, value);
    }
    let request = builder
        .body(Body::from(body.to_owned()))
        .expect("a request");
    let response = router.clone().oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .expect("a body");
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}
