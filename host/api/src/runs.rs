//! The runs of exports, and their files: `/v1/exports/{export}/runs`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::deliveries::RunDeliveryBody;
use super::exports::ExportPath;
use super::listing::Nothing;
use super::problem_from::{problem_from, problem_kind, with_way_out};
use crate::http::{
    Asked, Download, List, Page, Params, Problem, ProblemKind, WireName, WireTime, answers_file,
    problems,
};
use app::App;
use app::exports::runs::file::{self, FetchFileError, FileView, OpenFileError, RemovedFile};
use app::exports::runs::{self, ListRunsError, NoSuchRun, ReadRunError, RunView, StartRunError};
use export::RunState;
use tenant::{Compression, FormatterChoice, SensitiveOutput};

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
                op.summary("Read how far a run is")
                    .description("An alert that the formatter cannot write costs no others: the run ends as `ready_with_errors`, which names up to 100 such alerts, and its file is fetched and delivered as any other. Where there are more, or nothing else, it fails. Of an alert into which more than 100 were merged a file has the newest 100; `merged_left_out` in its info counts the others.")
                    .tag("Exports")
            }),
        )
        .api_route(
            "/v1/exports/{export}/runs/{run}/file",
            get_with(read_file, |op| {
                op.summary("Fetch the file of a run")
                    .description("Where the run shows what rules computed from masked fields, this needs the permission `transaction:sensitive`.")
                    .tag("Exports")
                    .response::<200, Vec<u8>>()
                    .with(answers_file(&["*/*"]))
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/v1/exports/{export}/latest",
            get_with(read_latest, |op| {
                op.summary("Fetch the file of the newest run that is ready")
                    .description("Where the run shows what rules computed from masked fields, this needs the permission `transaction:sensitive`.")
                    .tag("Exports")
                    .response::<200, Vec<u8>>()
                    .with(answers_file(&["*/*"]))
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
    /// How the file is kept.
    compression: Compression,
    /// What the file shows of what rules computed from masked fields; null where an earlier release defined the export, which
    /// shows it.
    sensitive: Option<SensitiveOutput>,
    /// The moment of the schedule that it was made for; none if somebody asked for it.
    scheduled_for: Option<WireTime>,
    /// The moment whose alerts it holds.
    snapshot_at: WireTime,
    queued_at: WireTime,
    finished_at: Option<WireTime>,
    /// How far its file is on its way to where the export delivers; made when the run is ready.
    deliveries: Vec<RunDeliveryBody>,
}

impl From<RunView> for RunBody {
    fn from(view: RunView) -> Self {
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        let run = view.run;
        Self {
            id: run.id.to_string(),
            export: run.export,
            state: run.state,
            formatter: run.formatter,
            digest: run.digest,
            compression: run.compression,
            sensitive: run.sensitive,
            scheduled_for: run.scheduled_for.map(time),
            snapshot_at: time(run.snapshot_at),
            queued_at: time(run.queued_at),
            finished_at: run.finished_at.map(time),
            deliveries: view.deliveries.iter().map(RunDeliveryBody::of).collect(),
        }
    }
}

problem_kind!(NoSuchRun: NotFound, RemovedFile: NotFound);
problem_from!(StartRunError { Forbidden, Start });
problem_from!(ListRunsError {
    Forbidden,
    NoSuchExport,
    ForeignCursor,
    Read
});
problem_from!(ReadRunError {
    Forbidden,
    NoSuchRun,
    Read
});

impl From<FetchFileError> for Problem {
    fn from(error: FetchFileError) -> Self {
        match error {
            FetchFileError::Forbidden(error) => error.into(),
            FetchFileError::NoSuchRun(error) => error.into(),
            FetchFileError::NoSuchExport(error) => error.into(),
            FetchFileError::NoneReady(_) => {
                let way_out = "POST /v1/exports/{export}/runs makes one";
                let detail = with_way_out(&error.to_string(), way_out);
                Self::new(ProblemKind::NotFound, detail)
            }
            FetchFileError::Failed(_) | FetchFileError::NotReady => {
                Self::conflict(error.to_string())
            }
            FetchFileError::Removed(error) => error.into(),
            FetchFileError::Damaged => Self::internal(),
            FetchFileError::Read(error) => error.into(),
        }
    }
}

impl From<OpenFileError> for Problem {
    fn from(error: OpenFileError) -> Self {
        match error {
            OpenFileError::Removed(error) => error.into(),
            OpenFileError::Files => Self::internal(),
        }
    }
}

impl From<export::StartRunError> for Problem {
    fn from(error: export::StartRunError) -> Self {
        match error {
            export::StartRunError::NoSuchExport(_) => {
                Self::new(ProblemKind::NotFound, error.to_string())
            }
            export::StartRunError::Formatter(_) | export::StartRunError::ManyWaiting(_) => {
                Self::conflict(error.to_string())
            }
            export::StartRunError::Lane(error) => error.into(),
        }
    }
}

async fn start_run(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
) -> Result<Response, Problem> {
    let body = RunBody::from(runs::start(&app, &caller, path.name()).await?);
    let location = format!("/v1/exports/{}/runs/{}", body.export, body.id);
    let location = HeaderValue::try_from(location).map_err(|_| Problem::internal())?;
    let location = [(header::LOCATION, location)];
    Ok((StatusCode::ACCEPTED, location, axum::Json(body)).into_response())
}

async fn list_runs(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    List { page, .. }: List<Nothing>,
) -> Result<axum::Json<Page<RunBody>>, Problem> {
    let page = runs::list(&app, &caller, path.name(), &page).await?;
    Ok(axum::Json(page.map(RunBody::from).into()))
}

async fn read_run(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RunPath>,
) -> Result<axum::Json<RunBody>, Problem> {
    let run = runs::read(&app, &caller, path.export.0.as_str(), path.run).await?;
    Ok(axum::Json(run.into()))
}

async fn read_file(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RunPath>,
    asked: Asked,
) -> Result<Response, Problem> {
    let found = file::find_file(&app, &caller, path.export.0.as_str(), path.run).await?;
    answer(&app, &caller, found, &asked).await
}

async fn read_latest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    asked: Asked,
) -> Result<Response, Problem> {
    let found = file::find_latest(&app, &caller, path.name()).await?;
    answer(&app, &caller, found, &asked).await
}

/// The file of a run, streamed.
async fn answer(
    app: &App,
    caller: &UserCaller,
    found: FileView,
    asked: &Asked,
) -> Result<Response, Problem> {
    let download = Download {
        name: found.name.clone(),
        media_type: found.media_type.clone(),
        bytes: found.bytes,
        sha256: found.sha256,
        modified: found.snapshot_at,
        compressible: found.compression == Compression::None,
    };
    let sent = download.sent(asked);
    let bytes = file::open(app, caller, &found, download.to_read(&sent)).await?;
    download.answer(&sent, bytes)
}
