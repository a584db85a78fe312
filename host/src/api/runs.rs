//! The runs of exports, and their files: `/v1/exports/{export}/runs`.

use std::collections::HashMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_util::io::ReaderStream;

use super::blocking::blocking;
use super::caller::UserCaller;
use super::deliveries::{RunDeliveryBody, deliveries_of};
use super::exports::{ExportPath, find_export};
use super::listing::Nothing;
use crate::app::App;
use crate::export::{RunRecord, RunState, StartRunError};
use crate::http::{
    ETag, List, Page, Params, Preconditions, Problem, ProblemKind, WireName, WireTime, problems,
};
use crate::tenant::{FormatterChoice, Permission};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/exports/{export}/runs",
            post_with(start_run, |op| {
                op.summary("Run an export now")
                    .description("Its file holds all alerts as they are at this moment, however long it takes to write. `Location` says where to look how far it is.")
                    .tag("Exports")
                    .response_with::<202, axum::Json<RunBody>, _>(|response| {
                        response.description("Queued")
                    })
                    .with(problems(&[ProblemKind::NotFound, ProblemKind::Conflict]))
            })
            .get_with(list_runs, |op| {
                op.summary("List the runs of an export, newest first").tag("Exports")
            }),
        )
        .api_route(
            "/v1/exports/{export}/runs/{run}",
            get_with(read_run, |op| {
                op.summary("Read how far a run is").tag("Exports")
            }),
        )
        .api_route(
            "/v1/exports/{export}/runs/{run}/file",
            get_with(read_file, |op| {
                op.summary("Fetch the file of a run")
                    .tag("Exports")
                    .response::<200, Vec<u8>>()
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/exports/{export}/latest",
            get_with(read_latest, |op| {
                op.summary("Fetch the file of the newest run that is ready")
                    .tag("Exports")
                    .response::<200, Vec<u8>>()
            }),
        )
}

/// The path of a run.
#[derive(Debug, Deserialize, JsonSchema)]
struct RunPath {
    /// The export's name.
    export: WireName,
    /// The run's id.
    #[schemars(with = "String")]
    run: uuid::Uuid,
}

/// A run of an export.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Run")]
struct RunBody {
    /// UUIDv7.
    id: String,
    /// The export's name.
    export: String,
    #[serde(flatten)]
    state: RunState,
    formatter: FormatterChoice,
    /// SHA-256 of the formatter's component, in hex.
    digest: String,
    /// The moment whose alerts it holds.
    snapshot_at: WireTime,
    queued_at: WireTime,
    finished_at: Option<WireTime>,
    /// How far its file is on its way to where the export delivers; made when the run is ready.
    deliveries: Vec<RunDeliveryBody>,
}

impl RunBody {
    fn of(run: &RunRecord) -> Self {
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        Self {
            id: run.id.to_string(),
            export: run.export.clone(),
            state: run.state.clone(),
            formatter: run.formatter.clone(),
            digest: run.digest.clone(),
            snapshot_at: time(run.snapshot_at),
            queued_at: time(run.queued_at),
            finished_at: run.finished_at.map(time),
            deliveries: Vec::new(),
        }
    }

    /// With the deliveries of the runs, of which it takes its own.
    fn with(
        mut self,
        run: uuid::Uuid,
        all: &mut HashMap<uuid::Uuid, Vec<RunDeliveryBody>>,
    ) -> Self {
        self.deliveries = all.remove(&run).unwrap_or_default();
        self
    }
}

impl From<StartRunError> for Problem {
    fn from(error: StartRunError) -> Self {
        match error {
            StartRunError::NoSuchExport(name) => Self::not_found(&format!("export '{name}'")),
            StartRunError::Formatter { .. } => Self::conflict(error.to_string()),
            StartRunError::Lane(error) => error.into(),
        }
    }
}

async fn start_run(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
) -> Result<Response, Problem> {
    caller.require(Permission::ExportWrite)?;
    let run = app
        .runs
        .start(
            &app.services,
            &caller.lane,
            caller.tenant,
            path.name(),
            caller.actor(),
        )
        .await?;
    let location = format!("/v1/exports/{}/runs/{}", run.export, run.id);
    let location = HeaderValue::try_from(location).map_err(|_| Problem::internal())?;
    let body = axum::Json(RunBody::of(&run));
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response())
}

async fn all_runs(
    app: &Arc<App>,
    caller: &UserCaller,
    export: &str,
) -> Result<Vec<RunRecord>, Problem> {
    let (app, tenant, export) = (app.clone(), caller.tenant, export.to_owned());
    let list = move || app.runs.list(&app.services, tenant, &export);
    Ok(blocking(list).await??)
}

async fn list_runs(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    List { page, .. }: List<Nothing>,
) -> Result<axum::Json<Page<RunBody>>, Problem> {
    caller.require(Permission::ExportRead)?;
    find_export(&caller.definitions(), path.name())?;
    let list = [&*caller.tenant.0.to_string(), "runs", path.name()];
    let after = page.position(&app.cursors, &list)?;
    let mut runs = all_runs(&app, &caller, path.name()).await?;
    runs.retain(|run| {
        after
            .as_ref()
            .is_none_or(|after| run.id.as_bytes().as_slice() < after.as_slice())
    });
    runs.truncate(page.limit() + 1);
    let page = Page::of(runs, &page, &app.cursors, &list, |run| {
        run.id.as_bytes().to_vec()
    });
    let ids = page.items.iter().map(|run| run.id).collect();
    let mut deliveries = deliveries_of(&app, caller.tenant, ids).await?;
    Ok(axum::Json(page.map(|run| {
        RunBody::of(&run).with(run.id, &mut deliveries)
    })))
}

async fn find_run(
    app: &Arc<App>,
    caller: &UserCaller,
    path: &RunPath,
) -> Result<RunRecord, Problem> {
    caller.require(Permission::ExportRead)?;
    let (export, run) = (path.export.0.as_str().to_owned(), path.run);
    let (read, tenant) = (app.clone(), caller.tenant);
    let get = move || read.runs.get(&read.services, tenant, &export, run);
    let found = blocking(get).await??;
    found.ok_or_else(|| Problem::not_found(&format!("run {run} of this export")))
}

async fn read_run(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RunPath>,
) -> Result<axum::Json<RunBody>, Problem> {
    let run = find_run(&app, &caller, &path).await?;
    let mut deliveries = deliveries_of(&app, caller.tenant, vec![run.id]).await?;
    Ok(axum::Json(RunBody::of(&run).with(run.id, &mut deliveries)))
}

async fn read_file(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RunPath>,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    let run = find_run(&app, &caller, &path).await?;
    file(&app, &run, &preconditions).await
}

async fn read_latest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    caller.require(Permission::ExportRead)?;
    find_export(&caller.definitions(), path.name())?;
    let runs = all_runs(&app, &caller, path.name()).await?;
    let is_ready = |run: &&RunRecord| matches!(run.state, RunState::Ready { .. });
    let latest = runs.iter().find(is_ready).ok_or_else(|| {
        Problem::not_found(&format!(
            "run of export '{}' that is ready; POST /v1/exports/{}/runs makes one",
            path.name(),
            path.name()
        ))
    })?;
    file(&app, latest, &preconditions).await
}

/// The file of a run, streamed.
async fn file(
    app: &Arc<App>,
    run: &RunRecord,
    preconditions: &Preconditions,
) -> Result<Response, Problem> {
    let RunState::Ready { bytes, sha256, .. } = &run.state else {
        let detail = match &run.state {
            RunState::Failed { reason } => {
                format!("the run has no file, because it failed: {reason}")
            }
            _ => "the run has no file yet; ask again when its state is 'ready'".to_owned(),
        };
        return Err(Problem::conflict(detail));
    };
    let etag = ETag::of_content(sha256.as_bytes());
    if preconditions.is_fresh(&etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag.header())]).into_response());
    }
    let path = app.runs.file(run.id);
    let opened = tokio::fs::File::open(&path).await.map_err(|error| {
        tracing::error!(path = %path.display(), %error, "the file of a run cannot be opened");
        Problem::internal()
    })?;
    let name = format!("{}-{}.{}", run.export, run.id, run.file_extension);
    let disposition = format!("attachment; filename=\"{name}\"");
    let header_value = |text: String| HeaderValue::try_from(text).map_err(|_| Problem::internal());
    let headers = [
        (header::CONTENT_TYPE, header_value(run.media_type.clone())?),
        (header::CONTENT_LENGTH, HeaderValue::from(*bytes)),
        (header::CONTENT_DISPOSITION, header_value(disposition)?),
        (header::ETAG, etag.header()),
    ];
    let body = Body::from_stream(ReaderStream::new(opened));
    Ok((headers, body).into_response())
}
