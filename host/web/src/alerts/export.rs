//! The file of the Export button.

use std::sync::Arc;

use app::App;
use app::alerts::export::{self, Written};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use json::{JsonObject, JsonValue};
use serde::Deserialize;
use tokio_util::io::ReaderStream;

use super::filter::Filter;
use crate::browser::SignedIn;
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
    let name = format!(
        "attachment; filename=\"alerts-{at}.{}\"",
        file.file_extension
    );
    let value = |text: &str| {
        HeaderValue::try_from(text).map_err(|_| {
            let detail = "the formatter names a media type that no answer can have";
            Failure::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
        })
    };
    let headers = [
        (header::CONTENT_TYPE, value(&file.media_type)?),
        (header::CONTENT_DISPOSITION, value(&name)?),
        (header::CONTENT_LENGTH, HeaderValue::from(file.bytes)),
    ];
    let bytes = ReaderStream::new(tokio::fs::File::from_std(file.file));
    Ok((headers, Body::from_stream(bytes)).into_response())
}
