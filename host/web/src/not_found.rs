//! Addresses that are not there, or that cannot be read: browsers are answered with a page, programs as the API answers.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

use crate::browser;
use crate::failure::Failure;
use crate::text::EN;

/// By which operators find a request in the log.
const REQUEST_ID: &str = "x-request-id";

/// What begins so is the API.
const API: [&str; 2] = ["/v1/", "/api/"];

/// Lays around everything that the host serves: a browser that asks for what is not there gets a page.
pub fn for_browsers(router: Router) -> Router {
    router.layer(from_fn(answer))
}

/// What a browser is answered whose address is too long to be read.
pub fn long_address() -> Response {
    let mut page = Failure::new(StatusCode::URI_TOO_LONG, EN.failure.long_address).into_response();
    browser::set_headers(page.headers_mut());
    page
}

async fn answer(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_page = wants_page(request.headers()) && !API.iter().any(|begin| path.starts_with(begin));
    let response = next.run(request).await;
    let is_missing = matches!(
        response.status(),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
    );
    let is_page_already = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page || !is_missing || is_page_already {
        return response;
    }
    let id = response.headers().get(REQUEST_ID).cloned();
    let mut page = Failure::new(StatusCode::NOT_FOUND, EN.failure.no_page).into_response();
    browser::set_headers(page.headers_mut());
    if let Some(id) = id {
        page.headers_mut().insert(REQUEST_ID, id);
    }
    page
}

/// Whether a request prefers a page: programs accept anything, or JSON.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.starts_with("text/html"))
}
