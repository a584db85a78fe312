//! The runs of exports, and their files: `/v1/exports/{export}/runs`.

use std::collections::HashMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::alert::Viewer;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::blocking::blocking;
use super::caller::UserCaller;
use super::deliveries::{RunDeliveryBody, deliveries_of};
use super::exports::{ExportPath, find_export, require_for};
use super::listing::Nothing;
use crate::http::{
    Asked, Download, List, Page, Params, Problem, ProblemKind, WireName, WireTime, answers_file,
    problems,
};
use app::App;
use base::hex::decode;
use engine::alert::WITHHELD;
use export::{AlertError, RunRecord, RunState, Runs, StartRunError};
use files::FileError;
use tenant::{Compression, FormatterChoice, Permission, SensitiveOutput};

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
    /// The moment of the schedule that it was made for; none where somebody asked for it.
    scheduled_for: Option<WireTime>,
    /// The moment whose alerts it holds.
    snapshot_at: WireTime,
    queued_at: WireTime,
    finished_at: Option<WireTime>,
    /// How far its file is on its way to where the export delivers; made when the run is ready.
    deliveries: Vec<RunDeliveryBody>,
}

impl RunBody {
    fn of(run: &RunRecord, viewer: Viewer) -> Self {
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        Self {
            id: run.id.to_string(),
            export: run.export.clone(),
            state: state(run, viewer),
            formatter: run.formatter.clone(),
            digest: run.digest.clone(),
            compression: run.compression,
            sensitive: run.sensitive,
            scheduled_for: run.scheduled_for.map(time),
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

/// How far a run is. The words with which a formatter fails may quote what it was given.
fn state(run: &RunRecord, viewer: Viewer) -> RunState {
    let is_shown = viewer == Viewer::Full || run.sensitive != Some(SensitiveOutput::Show);
    match &run.state {
        RunState::Failed { .. } if !is_shown => RunState::Failed {
            reason: WITHHELD.to_owned(),
        },
        RunState::ReadyWithErrors { errors, .. } if !is_shown => {
            let withheld = errors.iter().map(|error| AlertError {
                alert: error.alert.clone(),
                reason: WITHHELD.to_owned(),
            });
            let withheld = withheld.collect();
            let mut state = run.state.clone();
            if let RunState::ReadyWithErrors { errors, .. } = &mut state {
                *errors = withheld;
            }
            state
        }
        state => state.clone(),
    }
}

impl From<StartRunError> for Problem {
    fn from(error: StartRunError) -> Self {
        match error {
            StartRunError::NoSuchExport(name) => Self::not_found(&format!("export '{name}'")),
            StartRunError::Formatter(_) | StartRunError::ManyWaiting(_) => {
                Self::conflict(error.to_string())
            }
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
            (caller.actor(), caller.authority(), caller.needs()),
        )
        .await?;
    let location = format!("/v1/exports/{}/runs/{}", run.export, run.id);
    let location = HeaderValue::try_from(location).map_err(|_| Problem::internal())?;
    let body = axum::Json(RunBody::of(&run, caller.viewer()));
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response())
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
    let before = after.and_then(|bytes| uuid::Uuid::from_slice(&bytes).ok());
    let (read, tenant, export) = (app.clone(), caller.tenant, path.name().to_owned());
    let most = page.limit() + 1;
    let runs = move || {
        read.runs
            .list(&read.services, tenant, &export, before, most)
    };
    let runs = blocking(runs).await??;
    let page = Page::of(runs, &page, &app.cursors, &list, |run| {
        run.id.as_bytes().to_vec()
    });
    let ids = page.items.iter().map(|run| run.id).collect();
    let mut deliveries = deliveries_of(&app, caller.tenant, ids).await?;
    Ok(axum::Json(page.map(|run| {
        RunBody::of(&run, caller.viewer()).with(run.id, &mut deliveries)
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
    Ok(axum::Json(
        RunBody::of(&run, caller.viewer()).with(run.id, &mut deliveries),
    ))
}

async fn read_file(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<RunPath>,
    asked: Asked,
) -> Result<Response, Problem> {
    let run = find_run(&app, &caller, &path).await?;
    file(&app, &caller, &run, &asked).await
}

async fn read_latest(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    asked: Asked,
) -> Result<Response, Problem> {
    caller.require(Permission::ExportRead)?;
    find_export(&caller.definitions(), path.name())?;
    let (read, tenant, export) = (app.clone(), caller.tenant, path.name().to_owned());
    let latest = move || read.runs.latest(&read.services, tenant, &export);
    let latest = blocking(latest).await??.ok_or_else(|| {
        Problem::not_found(&format!(
            "run of export '{}' that is ready; POST /v1/exports/{}/runs makes one",
            path.name(),
            path.name()
        ))
    })?;
    file(&app, &caller, &latest, &asked).await
}

/// The file of a run, streamed.
async fn file(
    app: &Arc<App>,
    caller: &UserCaller,
    run: &RunRecord,
    asked: &Asked,
) -> Result<Response, Problem> {
    require_for(caller, run.sensitive)?;
    let (bytes, sha256) = match &run.state {
        RunState::Ready { bytes, sha256, .. } | RunState::ReadyWithErrors { bytes, sha256, .. } => {
            (*bytes, digest(sha256)?)
        }
        RunState::Failed { reason } => {
            let detail = format!("the run has no file, because it failed: {reason}");
            return Err(Problem::conflict(detail));
        }
        RunState::Expired { reason, .. } => return Err(gone(run, reason)),
        RunState::Queued | RunState::Running { .. } => {
            let detail = "the run has no file yet; ask again when its state is 'ready' or 'ready_with_errors'";
            return Err(Problem::conflict(detail));
        }
    };
    let download = Download {
        name: run.file_name(),
        media_type: run.kept_as().to_owned(),
        bytes,
        sha256,
        modified: Timestamp::from_micros(run.snapshot_at),
        compressible: run.compression == Compression::None,
    };
    let sent = download.sent(asked);
    let path = Runs::path(caller.tenant, run.id);
    match app.files.open_range(&path, download.to_read(&sent)).await {
        Ok(stream) => download.answer(&sent, stream),
        // It was removed since its record was read.
        Err(FileError::Missing { .. }) => Err(gone(run, "it was removed just now")),
        Err(error) => {
            tracing::error!(%path, %error, "the file of a run cannot be opened");
            Err(Problem::internal())
        }
    }
}

fn gone(run: &RunRecord, reason: &str) -> Problem {
    let (export, run) = (&run.export, run.id);
    Problem::not_found(&format!(
        "file of run {run} any more: {reason}; /v1/exports/{export}/latest has the newest"
    ))
}

fn digest(hex: &str) -> Result<[u8; 32], Problem> {
    decode(hex).ok_or_else(|| {
        tracing::error!(hex, "the digest of a file is damaged");
        Problem::internal()
    })
}
