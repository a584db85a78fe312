//! One file of alerts for whoever asks now: what the Export button gives.

use std::collections::HashSet;
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
use super::super::exports::{KeptFile, check_formatter};
use super::super::known::check_known;
use super::super::published::{did_you_mean, nearest_plugin, newest_version};
use super::filters::AlertFilters;
use super::list::query;
use crate::http::body::refused;
use crate::http::{Asked, Beside, Download, FiltersAnd, Problem};
use app::App;
use app::alert_index::{search, whole_index};
use engine::alert::AlertQuery;
use export::{ButtonError, SnapshotAlert, passes};
use json::JsonValue;
use runtime::publish::PluginKind;
use tenant::{Definitions, FormatterChoice, Permission};

/// What writes the file where nobody says.
const FORMATTER: &str = "standard-csv";

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
pub(super) struct Written {
    /// A published formatter: `standard-csv`, where none is named.
    formatter: Option<String>,
    /// Its version: the newest that is published, where none is named.
    version: Option<String>,
    /// Its configuration, as JSON.
    config: Option<String>,
}

impl Beside for Written {
    const PARAMETERS: &'static [&'static str] = &["formatter", "version", "config"];
}

pub(super) async fn export_alerts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    asked: Asked,
    FiltersAnd {
        filters,
        beside: written,
    }: FiltersAnd<AlertFilters, Written>,
) -> Result<Response, Problem> {
    caller.require(Permission::ExportRead)?;
    let choice = choice(&caller.definitions(), written)?;
    check_formatter(&app, &caller, &choice, KeptFile::No).await?;
    let query = query(&app, &caller, &filters, "query parameter ").await?;
    check_known(&caller, &query, "query parameter ").await?;
    let found = found_by_words(&caller, &query).await?;
    let pass = move |alert: &SnapshotAlert| {
        let id = &alert.alert.id;
        found.as_ref().is_none_or(|found| found.contains(id))
            && passes(&query, &alert.alert, &alert.content)
    };
    let (services, lane) = (&app.services, &caller.lane);
    let file = app
        .button
        .write(
            services,
            lane,
            caller.tenant,
            &choice,
            caller.viewer(),
            pass,
        )
        .await?;
    // It may have waited long for its turn.
    caller.check_again()?;
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

/// The alerts in which the words of a query are found now; none where it has no words. All else is
/// asked of the alerts as they are at the snapshot.
async fn found_by_words(
    caller: &UserCaller,
    query: &AlertQuery,
) -> Result<Option<HashSet<AlertId>>, Problem> {
    if query.text.trim().is_empty() {
        return Ok(None);
    }
    let words = AlertQuery {
        text: query.text.clone(),
        viewer: query.viewer,
        ..AlertQuery::default()
    };
    // A file does not say that alerts are missing in it.
    whole_index(caller).await?;
    let (found, _) = search(caller, move |index| index.all(&words)).await?;
    Ok(Some(found.into_iter().collect()))
}

fn choice(definitions: &Definitions, written: Written) -> Result<FormatterChoice, Problem> {
    let refuse = |detail: String| Problem::unprocessable(detail, Vec::new());
    let is_named = written.formatter.is_some();
    let plugin = written.formatter.unwrap_or_else(|| FORMATTER.to_owned());
    if is_named && newest_version(definitions, &plugin).is_none() {
        return Err(unknown_formatter(definitions, &plugin));
    }
    let version = match written.version {
        Some(version) => version,
        None => newest_version(definitions, &plugin).ok_or_else(|| {
            refuse(format!(
                "formatter '{plugin}' is not published; publish it with `vervet plugin push`, which is POST /v1/plugins, or name one that is in 'formatter'"
            ))
        })?,
    };
    let config = written.config.as_deref().unwrap_or("{}");
    let config = JsonValue::read(config).map_err(|fault| refused("config", &fault))?;
    Ok(FormatterChoice {
        plugin,
        version,
        config,
    })
}

fn unknown_formatter(definitions: &Definitions, plugin: &str) -> Problem {
    let near = nearest_plugin(definitions, PluginKind::Formatter, plugin);
    let hint = did_you_mean(near.as_deref());
    Problem::bad_request(format!(
        "query parameter formatter: there is no formatter '{plugin}'{hint}"
    ))
}

impl From<ButtonError> for Problem {
    fn from(error: ButtonError) -> Self {
        match error {
            ButtonError::ManyWaiting(_) => Self::unavailable(error.to_string(), RETRY_SECONDS),
            ButtonError::Lane(error) => error.into(),
            ButtonError::Formatter(_) => Self::unprocessable(error.to_string(), Vec::new()),
            ButtonError::Write(export::WriteError::Format(error)) => {
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
