//! What is wired to what, and in which order it starts and stops.

pub mod backtest;
pub mod bulk;
pub mod caller;
pub mod catch_up;
pub mod cursors;
pub mod document;
pub mod grandfathered;
#[cfg(any(test, feature = "testing"))]
pub mod memory_host;
pub mod plugin_uses;
pub mod preparation;
pub mod publishing;
pub mod repeats;
pub mod replay;
pub mod rule_check;
pub mod spools;
#[cfg(test)]
mod tests;
pub mod uploads;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime};

use domain::window::InputLimits;
use parking_lot::{Mutex, RwLock};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::backtest::Backtests;
use crate::bulk::Bulks;
use crate::catch_up::CatchUps;
use crate::cursors::Cursors;
use crate::grandfathered::Inspection;
use crate::preparation::Preparations;
use crate::repeats::Repeats;
use crate::replay::Replays;
use crate::spools::{SpoolLimits, Spools};
use crate::uploads::Uploads;
use base::clock::Clock;
use base::shares::{ShareLimits, Shares};
use config::Config;
use delivery::{Courier, Outbox, PlaceRules};
use engine::alert::open;
use engine::lane::{
    Actor, AlertIndexer, AuditEntry, AuditRecord, DefinitionChange, IndexBell, Indexer, Lane,
    LaneLimits, Lanes, Mark, OutboxBell, PreparingBell, Services, WindowBudget, WindowRows,
    read_definitions, recall_failing_rules, unload_idle_lanes,
};
use engine::list::ListLocks;
use export::{Button, Deliveries, Runs, Scheduler};
use files::{Files, OpenFilesError};
use runtime::publish::census::{Census, TakeCensus};
use runtime::registry::Registry;
use sessions::event::{Address, AddressError};
use sessions::{EventCourier, LanesOf};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Batch, CommitLimits, Engine, OpenError, Store, StoreError};
use tenant::directory::{Digest, Directory};
use tenant::{Definition, Definitions, Tenant};
use untrusted_input::json_schema;

/// Why the host does not start.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
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

/// Why a tenant is not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateTenantError {
    /// Another tenant has the name.
    #[error("there is a tenant '{0}' already")]
    Exists(String),
    /// The store could not make it durable.
    #[error(transparent)]
    Commit(#[from] store::CommitError),
}

/// How many threads run at the same time.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// The host, running.
pub struct App {
    /// What all lanes share.
    pub services: Arc<Services>,
    /// Documents, and what exports write.
    pub files: Files,
    /// The runs of exports.
    pub runs: Arc<Runs>,
    /// Their deliveries.
    pub deliveries: Deliveries,
    /// Where deliveries may go.
    pub places: PlaceRules,
    /// Delivers.
    pub outbox: Outbox,
    /// What is wanted of account-aggregation sessions.
    pub session_rules: sessions::Rules,
    /// Delivers their events.
    pub events: EventCourier,
    /// Files for whoever asks now.
    pub button: Button,
    /// Room for answers of batches that clients have not read yet.
    pub spools: Spools,
    /// Turns for hashing passwords, each of which takes 19 MiB of memory.
    pub passwords: Shares<TenantId>,
    /// Turns for requests, but for transactions.
    pub requests: Shares<TenantId>,
    scheduler: Scheduler,
    /// Removes files that a crash left, once after the start.
    sweeping: tokio::task::AbortHandle,
    /// Looks for rules that failed before, once after the start.
    recalling: tokio::task::AbortHandle,
    /// Stored definitions that would be refused today.
    pub grandfathered: Inspection,
    /// How it was configured.
    pub config: Config,
    /// When it was started.
    pub started: Instant,
    /// Seals the cursors of lists.
    pub cursors: Cursors,
    /// Changes of many alerts under way.
    pub bulks: Arc<Bulks>,
    /// Replays of many alerts under way.
    pub replays: Arc<Replays>,
    /// Rules over stored history under way.
    pub backtests: Arc<Backtests>,
    /// Rules that catch up.
    pub catch_ups: Arc<CatchUps>,
    /// Lists that are being changed.
    pub list_locks: ListLocks,
    /// Rules that take effect once their windows are whole.
    pub preparations: Preparations,
    /// Where requests validate JSON by schemas of tenants and plugins.
    pub schema_room: json_schema::Room,
    /// Requests under way that may come again.
    pub repeats: Repeats,
    /// Plugins that are being compiled.
    pub uploads: Uploads,
    /// SHA-256 of the administrator token.
    administrator: Digest,
    lanes: Mutex<Option<Lanes>>,
    tenants: Arc<RwLock<Tenants>>,
    /// Counts sessions, until it is told to stop.
    watching: Mutex<Option<JoinHandle<()>>>,
    stop_watching: CancellationToken,
    /// One tenant is created at a time.
    creating: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Tenants {
    by_id: HashMap<TenantId, Arc<Lane>>,
    by_name: HashMap<String, TenantId>,
}

impl Tenants {
    /// All of them, by number.
    fn all(&self) -> Vec<(TenantId, Arc<Lane>)> {
        let lanes = self.by_id.iter().map(|(id, lane)| (*id, lane.clone()));
        let mut all: Vec<_> = lanes.collect();
        all.sort_by_key(|(id, _)| *id);
        all
    }
}

impl App {
    /// Opens the store and starts the lanes, within a tokio runtime. Plugins are compiled by `compiler`,
    /// which is the program that has the subcommand `compile-plugin`.
    ///
    /// # Errors
    /// Where the data directory cannot be used, or the machine refuses what the host needs.
    pub fn start(
        config: Config,
        engine: Engine,
        clock: Clock,
        administrator: Digest,
        compiler: PathBuf,
    ) -> Result<Arc<Self>, StartError> {
        let store = Store::open(engine, CommitLimits::default())?;
        Self::start_over(config, store, clock, administrator, compiler)
    }

    /// Starts over a store that is open.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_over(
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
        let runs = Runs::open(files.clone(), deliveries.clone(), &services.store, known)?;
        let runs = Arc::new(runs);
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
        let preparations = Preparations::start(services.clone(), {
            let tenants = tenants.clone();
            move || tenants.read().all()
        });
        let scheduler = Scheduler::start(runs.clone(), services.clone(), move || all_lanes());
        Ok(Arc::new(Self {
            uploads: Uploads::new(services.clock.clone(), config.plugins.compile_at_once),
            services,
            files,
            runs,
            deliveries,
            places: PlaceRules::new(&config.deliveries),
            outbox,
            button,
            spools,
            passwords: Shares::new(password_limits(&config)),
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
            bulks: Arc::default(),
            replays: Arc::default(),
            backtests: Arc::default(),
            catch_ups: Arc::default(),
            list_locks: ListLocks::default(),
            preparations,
            schema_room: json_schema::Room::new(processors()),
            repeats: Repeats::default(),
            administrator,
            lanes: Mutex::new(Some(lanes)),
            tenants,
            watching: Mutex::new(Some(watching)),
            stop_watching,
            creating: tokio::sync::Mutex::default(),
        }))
    }

    /// The lane of a tenant.
    pub fn lane(&self, tenant: TenantId) -> Option<Arc<Lane>> {
        self.tenants.read().by_id.get(&tenant).cloned()
    }

    /// The tenant that the administrator calls so.
    pub fn tenant_named(&self, name: &str) -> Option<TenantId> {
        self.tenants.read().by_name.get(name).copied()
    }

    /// All tenants, by number.
    pub fn tenants(&self) -> Vec<(TenantId, Arc<Lane>)> {
        self.tenants.read().all()
    }

    /// Removes, beside all else, compiled code that need not be kept: what uses a plugin has changed.
    pub fn forget_unused_code(&self) {
        let plugins = self.services.plugins.clone();
        tokio::spawn(async move { plugins.sweep().await });
    }

    /// Whether the lanes take work; not so when the host stops.
    pub fn is_running(&self) -> bool {
        self.lanes.lock().is_some()
    }

    /// Whether this is the digest of the administrator token.
    pub fn is_administrator(&self, digest: &Digest) -> bool {
        use subtle::ConstantTimeEq;
        self.administrator.ct_eq(digest).into()
    }

    /// Creates a tenant. Its number is the next one.
    ///
    /// # Errors
    /// Where the name is taken, or the store fails.
    pub async fn create_tenant(
        &self,
        name: &str,
        title: &str,
        timezone: &str,
    ) -> Result<Arc<Tenant>, CreateTenantError> {
        let _one_at_a_time = self.creating.lock().await;
        if self.tenant_named(name).is_some() {
            return Err(CreateTenantError::Exists(name.to_owned()));
        }
        let last = self.tenants.read().by_id.keys().max().map_or(0, |id| id.0);
        let tenant = Arc::new(Tenant {
            id: last + 1,
            name: name.to_owned(),
            title: title.to_owned(),
            timezone: timezone.to_owned(),
            created_at: self.services.clock.now().as_micros(),
            suspended: false,
            hash_key: rand::random(),
        });
        let id = TenantId(tenant.id);
        let mut batch = Batch::new();
        let listed = Record::Host {
            name: format!("{TENANT_PREFIX}{:020}", tenant.id),
        };
        batch.put(Key::new(TenantId::HOST, &listed), name.as_bytes().to_vec());
        let created = AuditEntry {
            at: tenant.created_at,
            actor: Actor::Administrator,
            action: "tenant.create".to_owned(),
            subject: name.to_owned(),
            changes: vec![DefinitionChange::made(&tenant.hash_key, &*tenant)],
            more_changes: 0,
        };
        let first = Key::new(id, &Record::Audit { position: 1 });
        batch.put(first, AuditRecord::first(1, vec![created]));
        let definition = Record::Definition {
            kind: Tenant::KIND as u8,
            name: tenant.key(),
        };
        let value = serde_json::to_vec(&*tenant).expect("a tenant has only string keys");
        batch.put(Key::new(id, &definition), value);
        open::note_count(&mut batch, id, 0, 1);
        let mark = Mark::current();
        if let Some(mark) = &mark {
            mark.write(&mut batch);
        }
        self.services.store.commit_wait(batch).await?;
        if let Some(mark) = mark {
            mark.set_durable();
        }

        let mut definitions = Definitions::default();
        definitions.tenants.put(tenant.clone());
        if let Some(lanes) = &*self.lanes.lock() {
            let lane = lanes.lane(id, definitions);
            let mut tenants = self.tenants.write();
            tenants.by_id.insert(id, lane);
            tenants.by_name.insert(name.to_owned(), id);
        }
        Ok(tenant)
    }

    /// Stops: waits until the lanes have done what they were asked, for so long
    /// at most, then until what they committed is durable. No request may come any more.
    pub async fn stop(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        tokio::join!(
            self.bulks.stop(),
            self.replays.stop(),
            self.backtests.stop(),
            self.catch_ups.stop(),
            self.preparations.stop(),
        );
        self.uploads.stop();
        let filling = self.services.clone();
        let filling = tokio::task::spawn_blocking(move || filling.alert_indexer.stop_filling());
        if filling.await.is_err() {
            tracing::error!("filling the indexes of alerts ended in disorder");
        }
        self.sweeping.abort();
        self.recalling.abort();
        self.grandfathered.stop();
        self.runs.stop().await;
        self.scheduler.stopped().await;
        self.outbox.stop().await;
        self.stop_watching.cancel();
        let watching = self.watching.lock().take();
        if let Some(watching) = watching
            && watching.await.is_err()
        {
            tracing::error!("counting sessions ended in disorder");
        }
        // What is on its way to the broker is marked before the lanes stop.
        let delivered = tokio::time::timeout(patience, self.events.stop());
        if delivered.await.is_err() {
            tracing::warn!("an event was on its way at the stop; it may be sent again");
        }
        let lanes: Vec<Arc<Lane>> = self.tenants().into_iter().map(|(_, lane)| lane).collect();
        while !lanes.iter().all(|lane| lane.is_idle()) && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (lanes, services) = (self.lanes.lock().take(), self.services.clone());
        let closing = tokio::task::spawn_blocking(move || {
            if let Some(lanes) = lanes {
                lanes.stop();
            }
            services.indexer.stop();
            services.alert_indexer.stop();
            services.store.close();
        });
        if closing.await.is_err() {
            tracing::error!("the store was not closed in order; nothing acknowledged is lost");
        }
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

/// Under which tenants are listed among the host's records.
const TENANT_PREFIX: &str = "tenant/";

/// All tenants that a store has, with their names.
pub fn stored_tenants(store: &Store) -> Result<Vec<(TenantId, String)>, StoreError> {
    let mut tenants = Vec::new();
    for entry in store.range(KeyRange::tenant(TenantId::HOST), Direction::Forward) {
        let (key, value) = entry?;
        let Some((_, Record::Host { name })) = Key::parse(&key) else {
            continue;
        };
        let Some(id) = name.strip_prefix(TENANT_PREFIX) else {
            continue;
        };
        let (Ok(id), Ok(name)) = (id.parse(), String::from_utf8(value)) else {
            return Err(StoreError::damaged("the list of tenants", name));
        };
        tenants.push((TenantId(id), name));
    }
    Ok(tenants)
}
