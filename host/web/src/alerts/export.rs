//! The file of the Export button.

use std::sync::Arc;

use app::App;
use app::alerts::export::{self, Written};
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use json::{JsonObject, JsonValue};
use serde::Deserialize;
use tokio_util::io::ReaderStream;

use super::filter::Filter;
use crate::browser::SignedIn;
use crate::download::answer;
use crate::failure::Failure;
use crate::text::EN;

/// What writes the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    formatter: String,
}

/// Answers the bytes that `GET /v1/alerts/export` answers for the same filter and formatter.
pub(crate) async fn download(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Response, Failure> {
    let query = uri.query().unwrap_or_default();
    let filter = Filter::read(query, &caller)?;
    let chosen: Chosen = serde_html_form::from_str(query)
        .map_err(|_| Failure::new(StatusCode::BAD_REQUEST, EN.failure.no_address))?;
    let written = Written {
        formatter: Some(chosen.formatter).filter(|name| !name.is_empty()),
        version: None,
        config: JsonValue::Object(JsonObject::default()),
    };
    let file = export::export(&app, &caller, &filter.filters(), written).await?;
    let at = jiff::Timestamp::from_microsecond(file.snapshot_at).unwrap_or_default();
    let at = at.strftime("%Y%m%dT%H%M%SZ");
    let name = format!("alerts-{at}.{}", file.file_extension);
    let body = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file.file)));
    answer(&name, &file.media_type, file.bytes, body)
}
