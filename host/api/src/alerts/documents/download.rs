//! Fetching a document.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::super::super::caller::UserCaller;
use super::super::super::problem_from::problem_from;
use super::DocumentPath;
use crate::http::{Asked, Download, Params, Problem};
use app::App;
use app::alerts::documents::{self, FetchError};
use app::document::disposition;

/// Whatever a document is, it can run nothing where it is opened.
const SANDBOX: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

problem_from!(FetchError { Part; Internal: Files });

pub(super) async fn read_content(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<DocumentPath>,
    asked: Asked,
) -> Result<Response, Problem> {
    let document = documents::read(&app, &caller, path.alert, path.document).await?;
    let media_type = match &*document.media_type {
        "text/plain" => "text/plain; charset=utf-8".to_owned(),
        other => other.to_owned(),
    };
    let download = Download {
        // The real one may not be ASCII, and is set below.
        name: String::new(),
        media_type,
        bytes: document.bytes,
        sha256: document.sha256,
        modified: document.created_at,
        compressible: false,
    };
    let sent = download.sent(&asked);
    let bytes = documents::open(&app, &caller, &document, download.to_read(&sent)).await?;
    let mut response = download.answer(&sent, bytes)?;
    let headers = response.headers_mut();
    if headers.contains_key(header::CONTENT_DISPOSITION) {
        let disposition = HeaderValue::try_from(disposition(&document.name));
        let disposition = disposition.map_err(|_| Problem::internal())?;
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    Ok(response)
}
