//! The entries of a watchlist as a CSV file.

use std::ops::Bound;
use std::sync::Arc;

use app::App;
use app::blocking::blocking;
use app::watchlists::csv::write_column;
use app::watchlists::read::{self, WantedMoment};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::ListPath;
use crate::browser::{Named, SignedIn};
use crate::failure::Failure;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// As it was in this version.
    version: Option<u64>,
}

/// Answers the bytes that `GET /v1/lists/{list}` answers as `text/csv`.
pub(super) async fn download(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(ListPath(list)): Named<ListPath>,
    uri: Uri,
) -> Result<Response, Failure> {
    let query = uri.query().unwrap_or_default();
    let wanted: Wanted = serde_html_form::from_str(query).unwrap_or_default();
    let moment = WantedMoment {
        at: None,
        version: wanted.version,
    };
    let found = read::read(&app, &caller, &list, moment).await?;
    let name = format!("attachment; filename=\"{list}-{}.csv\"", found.version);
    let write = move || write_column(found.entries_after(Bound::Unbounded));
    let csv = blocking(write).await?;
    let name = HeaderValue::try_from(name)
        .map_err(|error| Failure::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let media_type = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, csv).into_response())
}
