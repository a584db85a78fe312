//! Fetching a document.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::alert::Document;

use super::super::super::caller::UserCaller;
use super::super::parts::{no_such_part, read};
use super::{DocumentPath, file_of};
use crate::http::{Asked, Download, Params, Problem};
use app::App;
use app::document::disposition;
use files::FileError;
use tenant::Permission;

/// Whatever a document is, it can run nothing where it is opened.
const SANDBOX: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

pub(super) async fn read_content(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<DocumentPath>,
    asked: Asked,
) -> Result<Response, Problem> {
    caller.require(Permission::DocumentRead)?;
    let part = read::<Document>(&app, &caller, path.alert, path.document).await?;
    let file = file_of(caller.tenant, part.alert, part.id);
    let document = part.content;
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
        modified: part.created_at,
        compressible: false,
    };
    let sent = download.sent(&asked);
    let bytes = app.files.open_range(&file, download.to_read(&sent)).await;
    let bytes = bytes.map_err(|error| match error {
        // It was deleted since its record was read.
        FileError::Missing { .. } => no_such_part::<Document>(path.document),
        error => {
            tracing::error!(%file, %error, "a document cannot be opened");
            Problem::internal()
        }
    })?;
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
