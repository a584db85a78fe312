//! One file of alerts, made at once on request: what the Export button gives.

use std::io::SeekFrom;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use domain::alert::AlertId;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::super::caller::UserCaller;
use super::super::problem_from::with_way_out;
use super::filter_problem;
use super::filters::FiltersBody;
use crate::http::body::refused;
use crate::http::{Asked, Beside, Download, FiltersAnd, Problem};
use ::export::{ButtonError, WriteError};
use app::App;
use app::alerts::export::{self, ExportAlertsError, Written};
use json::JsonValue;

/// Seconds after which a client is to ask again where too many wait.
const RETRY_SECONDS: u64 = 10;

/// How many alerts are not in the file because the formatter cannot write them.
const SKIPPED_COUNT: HeaderName = HeaderName::from_static("vervet-skipped-alert-count");

/// The ids of the first of them.
const SKIPPED_ALERTS: HeaderName = HeaderName::from_static("vervet-skipped-alerts");

/// The most ids of one answer: proxies allow few kilobytes of headers.
const MAX_SKIPPED_IDS: usize = 20;

/// The headers that mark a file without some alerts, and what they say.
pub(super) const SKIPPED_HEADERS: &[(&str, &str)] = &[
    (
        "vervet-skipped-alert-count",
        "How many alerts are missing from the file because the formatter cannot write them; absent if none is missing",
    ),
    (
        "vervet-skipped-alerts",
        "The ids of the first 20 alerts that are missing, separated by commas",
    ),
];

/// What writes the file.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "Written")]
pub(super) struct WrittenBody {
    /// A published formatter: `standard-csv`, where none is named.
    formatter: Option<String>,
    /// Its version: the newest that is published, where none is named.
    version: Option<String>,
    /// Its configuration, as JSON.
    config: Option<String>,
    /// An export: its formatter writes the file, in the version and with the configuration of its definition. Stands
    /// without `formatter`, `version` and `config`.
    export: Option<String>,
}

impl Beside for WrittenBody {
    const PARAMETERS: &'static [&'static str] = &["formatter", "version", "config", "export"];
}

impl WrittenBody {
    fn read(self) -> Result<Written, Problem> {
        let Some(export) = self.export else {
            let config = self.config.as_deref().unwrap_or("{}");
            let config = JsonValue::read(config).map_err(|fault| refused("config", &fault))?;
            return Ok(Written::By {
                formatter: self.formatter,
                version: self.version,
                config,
            });
        };
        match (&self.formatter, &self.version, &self.config) {
            (None, None, None) => Ok(Written::As(export)),
            _ => Err(Problem::bad_request(
                "query parameter export: says what writes the file; leave out formatter, version and config",
            )),
        }
    }
}

pub(super) async fn export_alerts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    asked: Asked,
    FiltersAnd {
        filters,
        beside: written,
    }: FiltersAnd<FiltersBody, WrittenBody>,
) -> Result<Response, Problem> {
    let file = export::export(&app, &caller, &filters.into(), written.read()?).await?;
    let at = jiff::Timestamp::from_microsecond(file.snapshot_at).unwrap_or_default();
    let at = at.strftime("%Y%m%dT%H%M%SZ");
    let download = Download {
        name: format!("alerts-{at}.{}", file.file_extension),
        media_type: file.media_type,
        bytes: file.bytes,
        sha256: file.sha256,
        modified: Timestamp::from_micros(file.snapshot_at),
        compressible: true,
    };
    let sent = download.sent(&asked);
    let read = download.to_read(&sent);
    let mut bytes = tokio::fs::File::from_std(file.file);
    if let Err(error) = bytes.seek(SeekFrom::Start(read.start)).await {
        tracing::error!(%error, "a file cannot be read back");
        return Err(Problem::internal());
    }
    let bytes = bytes.take(read.end - read.start);
    let mut response = download.answer(&sent, ReaderStream::new(bytes))?;
    mark_skipped(response.headers_mut(), &file.left_out);
    Ok(response)
}

/// Says which alerts are not in the file because the formatter cannot write them; nothing where all are.
fn mark_skipped(headers: &mut HeaderMap, skipped: &[AlertId]) {
    if skipped.is_empty() {
        return;
    }
    headers.insert(SKIPPED_COUNT, HeaderValue::from(skipped.len()));
    let ids = skipped.iter().take(MAX_SKIPPED_IDS).map(AlertId::to_string);
    let ids: Vec<String> = ids.collect();
    if let Ok(ids) = HeaderValue::try_from(ids.join(", ")) {
        headers.insert(SKIPPED_ALERTS, ids);
    }
}

impl From<ExportAlertsError> for Problem {
    fn from(error: ExportAlertsError) -> Self {
        match error {
            ExportAlertsError::Forbidden(error) => error.into(),
            ExportAlertsError::NoSuchExport(error) => {
                Self::bad_request(format!("query parameter export: {error}"))
            }
            ExportAlertsError::NoSuchFormatter { .. } => {
                Self::bad_request(format!("query parameter formatter: {error}"))
            }
            ExportAlertsError::NoUsualFormatter => {
                let way_out = "POST /v1/plugins publishes one, and 'formatter' chooses one";
                Self::unprocessable(with_way_out(&error.to_string(), way_out), Vec::new())
            }
            ExportAlertsError::Formatter(error) => error.into(),
            ExportAlertsError::Filter(error) => filter_problem(error, "query parameter "),
            ExportAlertsError::NotWhole(error) => error.into(),
            ExportAlertsError::Read(error) => error.into(),
            ExportAlertsError::Button(error) => error.into(),
            ExportAlertsError::Revoked(error) => error.into(),
        }
    }
}

impl From<ButtonError> for Problem {
    fn from(error: ButtonError) -> Self {
        match error {
            ButtonError::ManyWaiting(_) => Self::unavailable(error.to_string(), RETRY_SECONDS),
            ButtonError::Lane(error) => error.into(),
            ButtonError::Formatter(_) => Self::unprocessable(error.to_string(), Vec::new()),
            ButtonError::Write(WriteError::Format(error)) => {
                let detail = format!("there is no file: {error}");
                Self::unprocessable(detail, Vec::new())
            }
            ButtonError::Write(error) => {
                tracing::error!(%error, "alerts cannot be exported");
                Self::internal()
            }
        }
    }
}
