//! The runs of exports: queued, one at a time for each export, to the end.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use uuid::Uuid;

use super::delivery::{Deliveries, HandOver};
use super::files::{Files, RunFiles};
use super::filter::matches;
use super::record::{RunRecord, RunState};
use super::snapshot::Snapshot;
use super::write::{WriteError, Written, write_snapshot};
use crate::lane::{Actor, Change, ChangeError, Lane, LaneError, Services};
use crate::plugin::formatter::{Context, FormatterPlugin};
use crate::store::StoreError;
use crate::store::backend::{Direction, KeyRange};
use crate::store::key::{Key, Record, TenantId};
use crate::tenant::{Export, ExportFilter};

/// Files that are written at the same time, by all tenants together.
const AT_ONCE: usize = 2;

/// Why a run is not started.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StartRunError {
    #[error("there is no export '{0}'")]
    NoSuchExport(String),
    #[error("formatter {plugin} {version} cannot be loaded: {cause}")]
    Formatter {
        plugin: String,
        version: String,
        cause: String,
    },
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Held by the run of an export that is being written.
type InOrder = Arc<tokio::sync::Mutex<()>>;

/// The runs of all exports.
pub struct Runs {
    files: Files,
    deliveries: Deliveries,
    at_once: Arc<tokio::sync::Semaphore>,
    /// Runs that are being written, with the alerts so far.
    running: Arc<Mutex<HashMap<Uuid, Arc<AtomicU64>>>>,
    /// One run of an export at a time.
    exports: Mutex<HashMap<(TenantId, String), InOrder>>,
}

impl Runs {
    /// Opens the directory of files, or makes it.
    ///
    /// # Errors
    /// Where the operating system refuses.
    pub fn open(files: &Path, deliveries: Deliveries) -> io::Result<Self> {
        Ok(Self {
            files: Files::open(files)?,
            deliveries,
            at_once: Arc::new(tokio::sync::Semaphore::new(AT_ONCE)),
            running: Arc::default(),
            exports: Mutex::default(),
        })
    }

    /// Begins a run: its snapshot is of this moment, whenever it is written.
    ///
    /// # Errors
    /// Where there is no such export, its formatter cannot be loaded, or the lane fails.
    pub async fn start(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        export: &str,
        actor: Actor,
    ) -> Result<RunRecord, StartRunError> {
        let definitions = lane.definitions();
        let export = definitions
            .exports
            .get(export)
            .ok_or_else(|| StartRunError::NoSuchExport(export.to_owned()))?
            .clone();
        let formatter = load_formatter(services, lane, tenant, &export).await?;
        let manifest = formatter.plugin.manifest();
        let (media_type, extension) =
            (manifest.media_type.clone(), manifest.file_extension.clone());
        let (name, choice, digest) = (
            export.name.clone(),
            export.formatter.clone(),
            formatter.digest.clone(),
        );
        let queue = move |change: &mut Change<'_>| {
            let record = RunRecord {
                id: Uuid::now_v7(),
                export: name,
                state: RunState::Queued,
                formatter: choice,
                digest,
                media_type,
                file_extension: extension,
                snapshot_at: change.at().as_micros(),
                position: change.position(),
                queued_at: change.at().as_micros(),
                finished_at: None,
            };
            let subject = format!("{}/{}", record.export, record.id);
            change.audit(&actor, "export.run", subject);
            put_run(change, &record);
            Ok::<_, std::convert::Infallible>(record)
        };
        let record = match lane.change(queue).await {
            Ok(record) => record,
            Err(ChangeError::Lane(error)) => return Err(error.into()),
            Err(ChangeError::Refused(never)) => match never {},
        };
        self.spawn(services, lane, tenant, &export, formatter, record.clone());
        Ok(record)
    }

    /// Takes up the runs that were queued when the host stopped. Each still has its own snapshot.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn resume(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
    ) -> Result<(), StoreError> {
        let definitions = lane.definitions();
        for export in definitions.exports.iter() {
            for record in runs(services, tenant, &export.name)? {
                if record.state != RunState::Queued || self.is_running(record.id) {
                    continue;
                }
                match load_formatter(services, lane, tenant, export).await {
                    Ok(formatter) => {
                        self.spawn(services, lane, tenant, export, formatter, record);
                    }
                    Err(error) => {
                        finish(
                            &self.deliveries,
                            lane,
                            tenant,
                            record,
                            RunState::Failed {
                                reason: error.to_string(),
                            },
                        )
                        .await
                    }
                }
            }
        }
        Ok(())
    }

    fn is_running(&self, run: Uuid) -> bool {
        self.running.lock().contains_key(&run)
    }

    fn spawn(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        export: &Arc<Export>,
        formatter: LoadedFormatter,
        record: RunRecord,
    ) {
        let progress = Arc::new(AtomicU64::new(0));
        self.running.lock().insert(record.id, progress.clone());
        let in_order = self
            .exports
            .lock()
            .entry((tenant, export.name.clone()))
            .or_default()
            .clone();
        let timezone = lane
            .definitions()
            .tenant()
            .map(|tenant| tenant.timezone.clone());
        let name = lane
            .definitions()
            .tenant()
            .map(|tenant| tenant.name.clone());
        let job = Job {
            services: services.clone(),
            tenant,
            formatter: formatter.plugin,
            config: record.formatter.config.to_string(),
            context: Context {
                tenant: name.unwrap_or_default(),
                timezone: timezone.unwrap_or_default(),
                snapshot_at: domain::time::Timestamp::from_micros(record.snapshot_at),
            },
            filter: export.filter.clone(),
            run: record.id,
            position: record.position,
            files: self.files.clone(),
            progress,
        };
        let (lane, at_once, running) = (lane.clone(), self.at_once.clone(), self.running.clone());
        let deliveries = self.deliveries.clone();
        tokio::spawn(async move {
            let _in_order = in_order.lock().await;
            let _permit = at_once.acquire().await;
            let written = tokio::task::spawn_blocking(move || job.write()).await;
            let state = match written {
                Ok(Ok(written)) => RunState::Ready {
                    rows: written.rows,
                    bytes: written.bytes,
                    sha256: written.sha256,
                },
                Ok(Err(error)) => RunState::Failed {
                    reason: error.to_string(),
                },
                Err(_) => RunState::Failed {
                    reason: "the host failed while it wrote the file".to_owned(),
                },
            };
            let run = record.id;
            finish(&deliveries, &lane, tenant, record, state).await;
            running.lock().remove(&run);
        });
    }

    /// A run of an export, as far as it is.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn get(
        &self,
        services: &Services,
        tenant: TenantId,
        export: &str,
        run: Uuid,
    ) -> Result<Option<RunRecord>, StoreError> {
        let record = Record::ExportRun {
            export: export.to_owned(),
            run: run.into_bytes(),
        };
        let value = services.store.get(&Key::new(tenant, &record))?;
        let record = value.map(|value| RunRecord::read(&value)).transpose()?;
        Ok(record.map(|record| self.with_progress(record)))
    }

    /// The runs of an export, newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn list(
        &self,
        services: &Services,
        tenant: TenantId,
        export: &str,
    ) -> Result<Vec<RunRecord>, StoreError> {
        let mut records = runs(services, tenant, export)?;
        records.reverse();
        Ok(records
            .into_iter()
            .map(|record| self.with_progress(record))
            .collect())
    }

    /// Where the file of a run is, once the run is ready.
    pub fn file(&self, run: Uuid) -> PathBuf {
        self.files.path(run)
    }

    /// Reads the files of runs.
    pub fn files(&self) -> RunFiles {
        RunFiles(self.files.clone())
    }

    fn with_progress(&self, mut record: RunRecord) -> RunRecord {
        if record.state == RunState::Queued
            && let Some(progress) = self.running.lock().get(&record.id)
        {
            record.state = RunState::Running {
                rows: progress.load(Ordering::Relaxed),
            };
        }
        record
    }
}

struct LoadedFormatter {
    plugin: FormatterPlugin,
    digest: String,
}

async fn load_formatter(
    services: &Arc<Services>,
    lane: &Arc<Lane>,
    tenant: TenantId,
    export: &Export,
) -> Result<LoadedFormatter, StartRunError> {
    let choice = &export.formatter;
    let failed = |cause: String| StartRunError::Formatter {
        plugin: choice.plugin.clone(),
        version: choice.version.clone(),
        cause,
    };
    let definitions = lane.definitions();
    let published = definitions
        .plugins
        .get(&format!("{}/{}", choice.plugin, choice.version))
        .ok_or_else(|| failed("it is not published".to_owned()))?;
    let plugin = services
        .load_formatter(tenant, published)
        .await
        .map_err(|error| failed(error.to_string()))?;
    Ok(LoadedFormatter {
        plugin,
        digest: published.digest.clone(),
    })
}

/// One file to write.
struct Job {
    services: Arc<Services>,
    tenant: TenantId,
    formatter: FormatterPlugin,
    config: String,
    context: Context,
    filter: ExportFilter,
    run: Uuid,
    position: u64,
    files: Files,
    progress: Arc<AtomicU64>,
}

impl Job {
    fn write(&self) -> Result<Written, WriteError> {
        let mut file = self.files.create(self.run)?;
        let snapshot = Snapshot::at(&self.services.store, self.tenant, self.position);
        let alerts = snapshot.filter(|alert| match alert {
            Ok(alert) => matches(&self.filter, &alert.alert),
            Err(_) => true,
        });
        let written = write_snapshot(
            &self.formatter,
            &self.config,
            &self.context,
            alerts,
            &mut file,
            &self.progress,
        )?;
        file.finish()?;
        Ok(written)
    }
}

async fn finish(
    deliveries: &Deliveries,
    lane: &Arc<Lane>,
    tenant: TenantId,
    mut record: RunRecord,
    state: RunState,
) {
    let (export, run) = (record.export.clone(), record.id);
    let hand_over = match HandOver::begin(deliveries, tenant, &record).await {
        Ok(hand_over) => hand_over,
        Err(error) => {
            tracing::error!(export, %run, %error, "a run is over, but the store cannot be read; it is made again at the next start");
            return;
        }
    };
    let put = move |change: &mut Change<'_>| {
        record.state = state;
        record.finished_at = Some(change.at().as_micros());
        let subject = format!("{}/{}", record.export, record.id);
        change.audit(&Actor::Host, "export.run_finished", subject);
        put_run(change, &record);
        if record.was_ready() {
            hand_over.put(change, &record);
        }
        // Nobody else changes the deliveries until this is durable.
        Ok::<_, std::convert::Infallible>(hand_over)
    };
    match lane.change(put).await {
        Ok(hand_over) => hand_over.done(lane),
        Err(error) => {
            tracing::error!(export, %run, %error, "a run is over, but its record cannot be written; it is made again at the next start")
        }
    }
}

fn put_run(change: &mut Change<'_>, run: &RunRecord) {
    let record = Record::ExportRun {
        export: run.export.clone(),
        run: run.id.into_bytes(),
    };
    let value = serde_json::to_vec(run).expect("a run has only string keys");
    change.put_record(&record, value);
}

/// All runs of an export, oldest first.
fn runs(services: &Services, tenant: TenantId, export: &str) -> Result<Vec<RunRecord>, StoreError> {
    let range = KeyRange::export_runs(tenant, export);
    let entries = services.store.range(range, Direction::Forward);
    entries
        .map(|entry| entry.and_then(|(_, value)| RunRecord::read(&value)))
        .collect()
}
