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
    /// A formatter, or an export behind [`AS_EXPORT`].
    formatter: String,
}

/// What the choice of an export's formatter and configuration begins with.
pub(super) const AS_EXPORT: &str = "export/";

impl Chosen {
    fn written(&self) -> Written {
        match self.formatter.strip_prefix(AS_EXPORT) {
            Some(export) => Written::As(export.to_owned()),
            None => Written::By {
                formatter: Some(self.formatter.clone()).filter(|name| !name.is_empty()),
                version: None,
                config: JsonValue::Object(JsonObject::default()),
            },
        }
    }
}

/// Answers the bytes that `GET /v1/alerts/export` answers for the same filter, and the same formatter or export.
pub(crate) async fn download(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Response, Failure> {
    let query = uri.query().unwrap_or_default();
    let filter = Filter::read(query, &caller)?;
    let chosen: Chosen = serde_html_form::from_str(query)
        .map_err(|_| Failure::new(StatusCode::BAD_REQUEST, EN.failure.no_address))?;
    let file = export::export(&app, &caller, &filter.filters(), chosen.written()).await?;
    let at = jiff::Timestamp::from_microsecond(file.snapshot_at).unwrap_or_default();
    let at = at.strftime("%Y%m%dT%H%M%SZ");
    let name = format!("alerts-{at}.{}", file.file_extension);
    let body = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file.file)));
    answer(&name, &file.media_type, file.bytes, body)
}
