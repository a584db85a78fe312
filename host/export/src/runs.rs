//! The runs of exports: started, and how far they are.

mod reading;

use std::sync::Arc;

use uuid::Uuid;

use super::formatter::{LoadFormatterError, load_formatter};
use super::new_run::{Cause, NewRun};
use super::record::{RunRecord, RunState};
use super::run::ExportRunJob;
use super::stored::set_handled;
use engine::lane::{Actor, Change, ChangeError, Lane, LaneError, Services};
use files::FilePath;
use jobs::Runner;
use store::StoreError;
use store::key::TenantId;
use tenant::{Authority, Export, PermissionSet};

/// Runs of one export that may wait or be written at the same time.
const MAX_WAITING: usize = 10;

/// Why a run is not started.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StartRunError {
    #[error("there is no export '{0}'")]
    NoSuchExport(String),
    #[error(transparent)]
    Formatter(#[from] LoadFormatterError),
    #[error(
        "{MAX_WAITING} runs of export '{0}' wait already; start another when one of them is over"
    )]
    ManyWaiting(String),
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// The runs of all exports.
pub struct Runs(pub(super) Arc<Runner<ExportRunJob>>);

impl Runs {
    /// Runs that are made by this runner.
    pub fn new(runner: Arc<Runner<ExportRunJob>>) -> Self {
        Self(runner)
    }

    /// Begins a run: its snapshot is of this moment, whenever it is written.
    ///
    /// # Errors
    /// Where there is no such export, its formatter cannot be loaded, too many wait, or the lane fails.
    pub async fn start(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        export: &str,
        (actor, by, needs): (Actor, Authority, PermissionSet),
    ) -> Result<RunRecord, StartRunError> {
        let export = find(lane, export)?;
        if self.waiting(tenant, &export.name).0 >= MAX_WAITING {
            return Err(StartRunError::ManyWaiting(export.name.clone()));
        }
        let formatter = load_formatter(services, lane, tenant, &export.formatter).await?;
        let new = NewRun::of(&export, Ok(&formatter));
        let queue = move |change: &mut Change<'_>| {
            let record = new.queue(change, Cause::Asked(actor.clone(), needs));
            let subject = format!("{}/{}", record.export, record.id);
            change.audit(&actor, "export.run", subject);
            Ok::<_, std::convert::Infallible>(record)
        };
        let record = changed(lane.change_as(by, queue).await)?;
        self.0.start(lane, record.key(), &record);
        Ok(record)
    }

    /// Begins the run of a moment of the schedule; no other run for the same moment, and none while
    /// another such run waits. Where the formatter cannot be loaded, the run has failed.
    ///
    /// # Errors
    /// Where there is no such export, or the lane fails; the moment is then still to be handled.
    pub(super) async fn start_scheduled(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        export: &str,
        moment: i64,
    ) -> Result<(), StartRunError> {
        let export = find(lane, export)?;
        let formatter = load_formatter(services, lane, tenant, &export.formatter).await;
        let new = NewRun::of(&export, formatter.as_ref());
        let one_waits = self.waiting(tenant, &export.name).1;
        let (name, version) = (export.name.clone(), export.version);
        let queue = move |change: &mut Change<'_>| {
            let current = change.definitions().exports.get(&name);
            if current.is_none_or(|current| current.version != version) {
                return Ok(None);
            }
            set_handled(change, &name, moment);
            if one_waits {
                change.audit(&Actor::Host, "export.run_skipped", &*name);
                return Ok(None);
            }
            let record = new.queue(change, Cause::Schedule(moment));
            let subject = format!("{}/{}", record.export, record.id);
            change.audit(&Actor::Host, "export.run", subject);
            Ok::<_, std::convert::Infallible>(Some(record))
        };
        let record = changed(lane.change(queue).await)?;
        if let (Some(record), Ok(_)) = (record, formatter) {
            self.0.start(lane, record.key(), &record);
        }
        Ok(())
    }

    /// Takes up the runs that are queued and not at work.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(super) async fn resume(&self, lane: &Arc<Lane>) -> Result<(), StoreError> {
        let (runner, lane) = (self.0.clone(), lane.clone());
        let resumed = tokio::task::spawn_blocking(move || runner.resume(&lane)).await;
        resumed.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }

    /// Looks again what is to be done: after a change of an export or of a tenant.
    pub fn wake(&self) {
        self.0.job.changed.notify_one();
    }

    /// How many runs of an export wait or are being written, and whether one of those that wait is the schedule's.
    fn waiting(&self, tenant: TenantId, export: &str) -> (usize, bool) {
        let under_way = self.0.of_tenant(tenant).into_iter();
        let of_export = under_way.filter(|(key, _)| key.export == export);
        of_export.fold((0, false), |(count, one_waits), (_, run)| {
            let waits = run.is_scheduled && run.writing.state() == RunState::Queued;
            (count + 1, one_waits || waits)
        })
    }

    /// Where the file of a run is, once the run is ready.
    pub fn path(tenant: TenantId, run: Uuid) -> FilePath {
        ExportRunJob::path(tenant, run)
    }
}

fn find(lane: &Lane, export: &str) -> Result<Arc<Export>, StartRunError> {
    let definitions = lane.definitions();
    let found = definitions.exports.get(export).cloned();
    found.ok_or_else(|| StartRunError::NoSuchExport(export.to_owned()))
}

/// The answer to a change that refuses nothing.
pub(super) fn changed<T>(
    result: Result<T, ChangeError<std::convert::Infallible>>,
) -> Result<T, LaneError> {
    result.map_err(|error| match error {
        ChangeError::Lane(error) => error,
        ChangeError::Refused(never) => match never {},
    })
}
