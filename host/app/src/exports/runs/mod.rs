//! The runs of exports: started by hand, and how far they are. [`mod@file`] has what they wrote.

pub mod file;

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::{NoSuchExport, deliveries, find};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::page::ForeignCursor;
use crate::request::{Page, PageRequest};
use domain::alert::Viewer;
use engine::alert::WITHHELD;
use export::{DeliveryRecord, RunRecord, RunState};
use tenant::{Permission, SensitiveOutput};

/// A run of an export, as its reader sees it.
#[derive(Clone, Debug)]
pub struct RunView {
    /// The run. The reasons for its failure and for alerts that are not in its file are withheld from callers who may
    /// not see what formatters quote.
    pub run: RunRecord,
    /// How far its file is on its way to each place, by number.
    pub deliveries: Vec<DeliveryRecord>,
}

/// The export has no run of this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no run {0} of this export")]
pub struct NoSuchRun(pub Uuid);

/// Why a run was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartRunError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It cannot begin now.
    #[error(transparent)]
    Start(#[from] export::StartRunError),
}

/// Why runs, or deliveries of runs, cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListRunsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such export.
    #[error(transparent)]
    NoSuchExport(#[from] NoSuchExport),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why a run cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadRunError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such run.
    #[error(transparent)]
    NoSuchRun(#[from] NoSuchRun),
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl RunView {
    fn of(run: RunRecord, viewer: Viewer, deliveries: Vec<DeliveryRecord>) -> Self {
        let state = disclosed(&run, viewer);
        Self {
            run: RunRecord { state, ..run },
            deliveries,
        }
    }

    /// With its own of the deliveries of many runs.
    fn with(
        run: RunRecord,
        viewer: Viewer,
        deliveries: &mut HashMap<Uuid, Vec<DeliveryRecord>>,
    ) -> Self {
        let own = deliveries.remove(&run.id).unwrap_or_default();
        Self::of(run, viewer, own)
    }
}

/// How far a run is. The words with which a formatter fails may quote what it was given.
fn disclosed(run: &RunRecord, viewer: Viewer) -> RunState {
    let is_shown = viewer == Viewer::Full || run.sensitive != Some(SensitiveOutput::Show);
    let mut state = run.state.clone();
    match &mut state {
        RunState::Failed { reason } if !is_shown => *reason = WITHHELD.to_owned(),
        RunState::ReadyWithErrors { errors, .. } if !is_shown => {
            for error in errors {
                error.reason = WITHHELD.to_owned();
            }
        }
        _ => {}
    }
    state
}

/// Starts a run. Its file holds all alerts as they are at this moment, however long it takes to write.
///
/// # Errors
/// Where the caller may not, there is no such export, its formatter cannot be loaded, or too many runs wait.
pub async fn start(app: &App, caller: &Caller, export: &str) -> Result<RunView, StartRunError> {
    caller.require(Permission::ExportWrite)?;
    let by = (caller.actor(), caller.authority(), caller.needs());
    let (services, lane) = (&app.services, &caller.lane);
    let run = app.runs.start(services, lane, caller.tenant, export, by);
    Ok(RunView::of(run.await?, caller.viewer(), Vec::new()))
}

/// A page of the runs of an export, newest first.
///
/// # Errors
/// Where the caller may not, there is no such export, or the cursor is none of this list.
pub async fn list(
    app: &Arc<App>,
    caller: &Caller,
    export: &str,
    page: &PageRequest,
) -> Result<Page<RunView>, ListRunsError> {
    caller.require(Permission::ExportRead)?;
    find(&caller.definitions(), export)?;
    let tenant = caller.tenant;
    let list = [&*tenant.0.to_string(), "runs", export];
    let after = page.position(&app.cursors, &list)?;
    let before = after.and_then(|bytes| Uuid::from_slice(&bytes).ok());
    let (name, most) = (export.to_owned(), page.limit() + 1);
    let runs = on_disk(app, move |app| {
        app.runs.list(&app.services, tenant, &name, before, most)
    });
    let page = Page::of(runs.await?, page, &app.cursors, &list, |run| {
        run.id.as_bytes().to_vec()
    });
    let ids = page.items.iter().map(|run| run.id).collect();
    let mut deliveries = deliveries::of_runs(app, tenant, ids).await?;
    let viewer = caller.viewer();
    Ok(page.map(|run| RunView::with(run, viewer, &mut deliveries)))
}

/// Reads how far a run is.
///
/// # Errors
/// Where the caller may not, or there is no such run.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    export: &str,
    run: Uuid,
) -> Result<RunView, ReadRunError> {
    let run = find_run(app, caller, export, run).await?;
    let mut deliveries = deliveries::of_runs(app, caller.tenant, vec![run.id]).await?;
    Ok(RunView::with(run, caller.viewer(), &mut deliveries))
}

async fn find_run(
    app: &Arc<App>,
    caller: &Caller,
    export: &str,
    run: Uuid,
) -> Result<RunRecord, ReadRunError> {
    caller.require(Permission::ExportRead)?;
    let (tenant, export) = (caller.tenant, export.to_owned());
    let read = on_disk(app, move |app| {
        app.runs.get(&app.services, tenant, &export, run)
    });
    Ok(read.await?.ok_or(NoSuchRun(run))?)
}
