//! Which parts the host starts, and in which order.

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime};

use domain::window::InputLimits;
use parking_lot::{Mutex, RwLock};
use tokio_util::sync::CancellationToken;

use crate::App;
use crate::alerts::export::PlainFormatters;
use crate::alerts::meanings::Meanings;
use crate::all_jobs::AllJobs;
use crate::document;
use crate::grandfathered::Inspection;
use crate::plugins::uploads::Uploads;
use crate::preparation::Preparations;
use crate::request::cursors::Cursors;
use crate::request::repeats::Repeats;
use crate::resume::resume;
use crate::spools::{SpoolLimits, Spools};
use crate::tenants::registry::Tenants;
use crate::tenants::stored_tenants;
use crate::transactions::summary::DailyTransactions;
use crate::users::sign_in::Idle;
use crate::users::sign_in::attempts::Attempts;
use base::clock::Clock;
use base::shares::{ShareLimits, Shares};
use config::Config;
use delivery::{Courier, Outbox, PlaceRules};
use engine::alert::open;
use engine::lane::{
    AlertIndexer, IndexBell, Indexer, Lane, LaneLimits, Lanes, OutboxBell, PreparingBell, Services,
    WindowBudget, WindowRows, read_definitions, recall_failing_rules, unload_idle_lanes,
};
use engine::list::ListLocks;
use export::{Button, Deliveries, ExportRunJob, Runs, Scheduler};
use files::{Files, OpenFilesError};
use runtime::publish::census::{Census, TakeCensus};
use runtime::registry::Registry;
use sessions::event::{Address, AddressError};
use sessions::{EventCourier, LanesOf};
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::directory::{Digest, Directory};
use untrusted_input::json_schema;

/// Why the host does not start.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StartError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Broker(#[from] AddressError),
    #[error(transparent)]
    Plugins(#[from] runtime::registry::OpenError),
    #[error(transparent)]
    Files(#[from] OpenFilesError),
    #[error("the directory for unread answers cannot be used: {0}")]
    Spools(std::io::Error),
    #[error("the client for deliveries cannot be made: {0}")]
    Client(reqwest::Error),
    #[error("the operating system refuses a thread: {0}")]
    Thread(std::io::Error),
}

/// How many threads run at the same time.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

impl App {
    /// Starts the host over a store, within a tokio runtime, and takes up the long work that a stop cut off. Plugins are
    /// compiled by `compiler`, which is the program that has the subcommand `compile-plugin`.
    ///
    /// # Errors
    /// Where the data directory cannot be used, or the machine refuses what the host needs.
    pub fn start(
        config: Config,
        store: Store,
        clock: Clock,
        administrator: Digest,
        compiler: PathBuf,
    ) -> Result<Arc<Self>, StartError> {
        let app = Self::wire(config, store, clock, administrator, compiler)?;
        tokio::spawn(resume(app.clone()));
        Ok(app)
    }

    /// Starts all but long work.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub(crate) fn wire(
        config: Config,
        store: Store,
        clock: Clock,
        administrator: Digest,
        compiler: PathBuf,
    ) -> Result<Arc<Self>, StartError> {
        let plugins = Registry::open(config.plugins.clone(), compiler, &config.data)?;
        let files = Files::open(&config.files, &config.data)?;
        let spools =
            Spools::open(&config.data, spool_limits(&config)).map_err(StartError::Spools)?;
        let limits = LaneLimits {
            inputs: InputLimits {
                lateness_seconds: config.lanes.lateness_days * 24 * 60 * 60,
                memory_bytes: config.lanes.window_mib << 20,
            },
            max_plan_price: config.lanes.max_plan_price,
            input_stage: Duration::from_millis(config.lanes.input_milliseconds),
        };
        let index_bell = Arc::<IndexBell>::default();
        let window_rows = WindowRows::open(&config.data, index_bell.clone());
        let services = Arc::new(Services {
            indexer: Indexer::start(index_bell.clone()).map_err(StartError::Thread)?,
            alert_indexer: AlertIndexer::start().map_err(StartError::Thread)?,
            window_rows: window_rows.map_err(StartError::Thread)?,
            index_bell,
            window_budget: Arc::new(WindowBudget::new(limits.inputs.memory_bytes)),
            outbox_bell: OutboxBell::default(),
            preparing_bell: PreparingBell::default(),
            store,
            clock,
            plugins,
            runtime: tokio::runtime::Handle::current(),
            directory: Arc::new(Directory::default()),
            limits,
        });
        let workers = match config.lanes.workers {
            0 => 2 * processors(),
            workers => workers,
        };
        let lanes = Lanes::start(services.clone(), workers).map_err(StartError::Thread)?;
        let mut tenants = Tenants::default();
        let stored = stored_tenants(&services.store)?;
        let ids: Vec<TenantId> = stored.iter().map(|(id, _)| *id).collect();
        if let Err(error) = open::note_all(&services.store, &ids) {
            tracing::error!(%error, "the open alerts of customers cannot be noted; each lane tries again");
        }
        for (id, name) in stored {
            let definitions = read_definitions(&services.store, id)?;
            services.directory.publish(id, &definitions);
            tenants
                .by_id
                .insert(id, lanes.stored_lane(id, definitions)?);
            tenants.by_name.insert(name, id);
        }
        let to_be_filled = tenants.by_id.values().cloned();
        services
            .alert_indexer
            .fill(to_be_filled)
            .map_err(StartError::Thread)?;
        let deliveries = Deliveries::new(services.clone());
        let known = tenants.by_id.keys().copied();
        let store = &services.store;
        let export_runs = ExportRunJob::open(files.clone(), deliveries.clone(), store, known)?;
        let jobs = AllJobs::new(&services, export_runs);
        let runs = Arc::new(Runs::new(jobs.export_runs.clone()));
        let courier = Courier::new(
            services.clone(),
            deliveries.clone(),
            files.clone(),
            &config.deliveries,
            config.url(),
        )
        .map_err(StartError::Client)?;
        let outbox = Outbox::start(courier, &config.deliveries, tenants.all());
        let button = Button::new(config.data.clone());
        let tenants = Arc::new(RwLock::new(tenants));
        let all_lanes: LanesOf = {
            let tenants = tenants.clone();
            Arc::new(move || tenants.read().all())
        };
        services.plugins.follow(census_of(Arc::downgrade(&tenants)));
        let address = Address::of(&config.rabbitmq)?;
        let confirm_within = Duration::from_secs(config.rabbitmq.confirm_seconds);
        let events =
            EventCourier::start(services.clone(), all_lanes.clone(), address, confirm_within)?;
        let session_rules = sessions::Rules::of(&config.sessions, &config.rabbitmq);
        let stop_watching = CancellationToken::new();
        let watching = tokio::spawn(sessions::watch(
            services.clone(),
            all_lanes.clone(),
            session_rules.stalled_after,
            stop_watching.clone(),
        ));
        tokio::spawn(unload_idle_lanes(
            {
                let lanes = all_lanes.clone();
                move || lanes()
            },
            services.window_budget.clone(),
            Duration::from_secs(60 * config.lanes.idle_minutes),
            stop_watching.clone(),
        ));
        let sweeping = start_sweep(&files, &services, tenants.read().all());
        let recalling = recall_failing_rules(services.clone(), tenants.read().all());
        let recalling = tokio::spawn(recalling).abort_handle();
        let grandfathered = Inspection::start(services.clone(), tenants.read().all());
        let lanes_now = tenants.read().all().into_iter();
        let defined: Vec<_> = lanes_now.map(|(_, lane)| lane.definitions()).collect();
        tokio::task::spawn_blocking(move || {
            for definitions in defined {
                definitions.prepare_info_schemas();
            }
        });
        let preparations = Preparations::start(services.clone(), jobs.preparations.clone(), {
            let tenants = tenants.clone();
            move || tenants.read().all()
        });
        let scheduler = Scheduler::start(runs.clone(), services.clone(), move || all_lanes());
        Ok(Arc::new(Self {
            jobs,
            uploads: Uploads::new(services.clock.clone(), config.plugins.compile_at_once),
            services,
            files,
            runs,
            deliveries,
            places: PlaceRules::new(&config.deliveries),
            outbox,
            button,
            plain_formatters: PlainFormatters::default(),
            spools,
            passwords: Shares::new(password_limits(&config)),
            sign_in_attempts: Attempts::default(),
            idle_sign_ins: Idle::default(),
            requests: Shares::new(request_limits(&config)),
            scheduler,
            sweeping,
            recalling,
            grandfathered,
            session_rules,
            events,
            config,
            started: Instant::now(),
            cursors: Cursors::new(&rand::random()),
            list_locks: ListLocks::default(),
            preparations,
            schema_room: json_schema::Room::new(processors()),
            repeats: Repeats::default(),
            daily_transactions: DailyTransactions::default(),
            meanings: Meanings::default(),
            administrator,
            lanes: Mutex::new(Some(lanes)),
            tenants,
            watching: Mutex::new(Some(watching)),
            stop_watching,
            creating: tokio::sync::Mutex::default(),
        }))
    }
}

/// Counts the plugins of all tenants, as far as they are durable. Lanes hold the plugins, so that this must not hold lanes.
fn census_of(tenants: Weak<RwLock<Tenants>>) -> TakeCensus {
    Box::new(move || {
        let lanes = tenants.upgrade()?.read().all();
        let mut census = Census::default();
        for (_, lane) in lanes {
            lane.definitions().count_plugins(&mut census);
        }
        Some(census)
    })
}

fn spool_limits(config: &Config) -> SpoolLimits {
    SpoolLimits {
        batch_bytes: config.http.batch_spool_mib.max(1) << 20,
        tenant_bytes: config.http.tenant_spool_mib.max(1) << 20,
    }
}

fn password_limits(config: &Config) -> ShareLimits {
    let at_once = config.http.passwords_at_once.max(1);
    ShareLimits {
        at_once,
        // With two places or more, no tenant has all of them.
        at_once_per_tenant: at_once.div_ceil(2),
        waiting_per_tenant: config.http.passwords_waiting_per_tenant,
    }
}

/// Requests at work of all tenants: fewer than the runtime has threads for work that blocks.
const REQUESTS_AT_ONCE: usize = 256;

fn request_limits(config: &Config) -> ShareLimits {
    ShareLimits {
        at_once: REQUESTS_AT_ONCE,
        at_once_per_tenant: config.http.requests_at_once_per_tenant,
        waiting_per_tenant: config.http.requests_waiting_per_tenant,
    }
}

/// Removes, beside all else, the files of documents that no document has.
fn start_sweep(
    files: &Files,
    services: &Arc<Services>,
    tenants: Vec<(TenantId, Arc<Lane>)>,
) -> tokio::task::AbortHandle {
    let (files, store) = (files.clone(), services.store.clone());
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let before = now.map_or(0, |now| now.as_secs());
    let sweeping = tokio::spawn(async move {
        for (tenant, _) in tenants {
            match document::sweep(&files, &store, tenant, before).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(
                    tenant = tenant.0,
                    count,
                    "files were removed that no document has"
                ),
                Err(error) => {
                    tracing::warn!(tenant = tenant.0, %error, "files that no document has are left");
                }
            }
        }
    });
    sweeping.abort_handle()
}
