//! A whole host in this process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use api::http::serve::serve;
use api::serve::{connection_limits, router};
use app::App;
use base::clock::Clock;
use config::Config;
use store::backend::Backend;
use store::memory::MemoryBackend;
use store::sled::SledOptions;
use store::{CommitLimits, Engine, Store};
use tempfile::TempDir;
use tenant::credential::{Credential, CredentialKind};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::program::vervet;
use crate::stored_release::StoredRelease;
use crate::{Client, TestTenant};

/// How long a stop may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A host that serves on a free port, with a data directory of its own. It has
/// threads of its own, too, so that it goes on whatever the test waits for.
///
/// When it is dropped it stops, and the test fails if it does not stop in order.
pub struct TestHost {
    setup: Arc<Setup>,
    /// None for the store of production, in the data directory.
    backend: Option<Arc<dyn Backend>>,
    clock: Clock,
    /// None once it was told to stop.
    running: Option<Running>,
}

/// What outlives a restart.
struct Setup {
    config: Config,
    compiler: PathBuf,
    administrator: Credential,
    /// Removed with the last of the host.
    _directory: TempDir,
}

struct Running {
    app: Arc<App>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    runtime: Runtime,
}

/// How a host is to be.
pub struct TestHostBuilder {
    config: Config,
    compiler: PathBuf,
    backend: Option<Arc<dyn Backend>>,
    /// The data directory to begin with; an empty one otherwise.
    store: Option<StoredRelease>,
}

impl TestHostBuilder {
    /// Changes the configuration. Address and data directory are the test host's own.
    pub fn config(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Keeps everything in memory, where a test needs no disk.
    pub fn in_memory(self) -> Self {
        self.over(Arc::new(MemoryBackend::new()))
    }

    /// Keeps everything in a store of the test's own.
    pub fn over(mut self, backend: Arc<dyn Backend>) -> Self {
        self.backend = Some(backend);
        self
    }

    /// Begins with a copy of the data directory that an earlier release left behind.
    pub fn with_store(mut self, store: StoredRelease) -> Self {
        self.store = Some(store);
        self
    }

    /// Lets plugins be uploaded.
    pub fn taking_plugins(mut self) -> Self {
        self.compiler = vervet();
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn start(self) -> TestHost {
        let directory = tempfile::tempdir().expect("a directory");
        let administrator = match &self.store {
            Some(store) => store.copy_to(directory.path()),
            None => Credential::generate(CredentialKind::HostToken),
        };
        let mut config = self.config;
        config.data = directory.path().to_owned();
        let listener = bind("127.0.0.1:0".parse().expect("an address")).await;
        config.listen = listener.local_addr().expect("an address").to_string();
        let setup = Arc::new(Setup {
            config,
            compiler: self.compiler,
            administrator,
            _directory: directory,
        });
        let clock = Clock::default();
        let running = Running::start(&setup, self.backend.clone(), &clock, listener).await;
        TestHost {
            setup,
            backend: self.backend,
            clock,
            running: Some(running),
        }
    }
}

impl TestHost {
    /// A host with the store of production, to which no plugin can be uploaded.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A host that is to be made otherwise.
    pub fn builder() -> TestHostBuilder {
        let mut config = Config::default();
        config.lanes.workers = 2;
        config.store.cache_mib = 8;
        // What an upload came to is the answer, however busy the machine is.
        config.plugins.publish_wait_milliseconds = 300_000;
        TestHostBuilder {
            config,
            compiler: PathBuf::from("no-compiler"),
            backend: None,
            store: None,
        }
    }

    /// The URL of the host.
    pub fn url(&self) -> String {
        self.setup.config.url()
    }

    /// A client without credential.
    pub fn anonymous(&self) -> Client {
        Client::new(self.url())
    }

    /// A client of the host's administrator.
    pub fn administrator(&self) -> Client {
        self.anonymous().with(self.setup.administrator.expose())
    }

    /// Makes a tenant with its first user.
    pub async fn tenant(&self, name: &str) -> TestTenant {
        TestTenant::create(&self.administrator(), name).await
    }

    /// The host's clock, which a test may move on.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.setup.config.data
    }

    /// What runs, for what cannot be asked over the API.
    ///
    /// # Panics
    /// After a stop.
    pub fn app(&self) -> &Arc<App> {
        &self.running.as_ref().expect("the host runs").app
    }

    /// Stops in order, as a signal would have it.
    ///
    /// # Panics
    /// Where the stop is not in order.
    pub async fn stop(mut self) {
        let running = self.running.take().expect("the host runs");
        tokio::task::spawn_blocking(|| running.stop())
            .await
            .expect("a stop in order");
    }

    /// Stops in order, and starts again over the same data at the same address: clients stay good.
    ///
    /// # Panics
    /// Where the stop is not in order, or it does not start again.
    pub async fn restart(&mut self) {
        self.restart_later(Duration::ZERO).await;
    }

    /// [Restarts](Self::restart) after the host was down for so long.
    ///
    /// # Panics
    /// As a restart.
    pub async fn restart_later(&mut self, by: Duration) {
        let running = self.running.take().expect("the host runs");
        tokio::task::spawn_blocking(|| running.stop())
            .await
            .expect("a stop in order");
        self.clock.advance(by);
        let address = self.setup.config.listen.parse().expect("its own address");
        let listener = bind(address).await;
        let backend = self.backend.clone();
        self.running = Some(Running::start(&self.setup, backend, &self.clock, listener).await);
    }

    /// [Restarts](Self::restart) over another store, such as what a power cut left of this one.
    ///
    /// # Panics
    /// As a restart.
    pub async fn restart_over(&mut self, backend: Arc<dyn Backend>) {
        self.backend = Some(backend);
        self.restart().await;
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        if let Some(running) = self.running.take()
            && !std::thread::panicking()
        {
            running.stop();
        }
    }
}

impl Running {
    async fn start(
        setup: &Arc<Setup>,
        backend: Option<Arc<dyn Backend>>,
        clock: &Clock,
        listener: std::net::TcpListener,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let stop = CancellationToken::new();
        let (setup, clock, stopped) = (setup.clone(), clock.clone(), stop.clone());
        let starting = runtime.spawn(async move {
            let limits = CommitLimits::default();
            let store = match backend {
                Some(backend) => Store::over(backend, limits),
                None => {
                    let mut sled = SledOptions::new(setup.config.data.join("store"));
                    sled.cache_bytes = setup.config.store.cache_mib << 20;
                    Store::open(Engine::Sled(sled), limits)
                }
            };
            let store = store.expect("the store opens");
            let (config, compiler) = (setup.config.clone(), setup.compiler.clone());
            let administrator = *setup.administrator.digest().as_bytes();
            let app = App::start(config, store, clock, administrator, compiler);
            let app = app.expect("the host starts");
            let listener = TcpListener::from_std(listener).expect("a listener");
            let limits = connection_limits(&app.config);
            let serving = serve(
                listener,
                web::for_browsers(router(app.clone(), web::routes(&app))),
                limits,
                web::long_address(),
                stopped,
            );
            (app, tokio::spawn(serving))
        });
        let (app, serving) = starting.await.expect("the host starts");
        Self {
            app,
            stop,
            serving,
            runtime,
        }
    }

    /// Blocks until all is stopped.
    fn stop(self) {
        let (done, stopped) = std::sync::mpsc::channel();
        let Self {
            app,
            stop,
            serving,
            runtime,
        } = self;
        runtime.spawn(async move {
            stop.cancel();
            let served = serving.await;
            app.stop(PATIENCE).await;
            let lanes = app.tenants();
            let is_idle =
                lanes.iter().all(|(_, lane)| lane.is_idle()) && app.outbox.in_flight() == 0;
            let fault = app.services.store.fault();
            // The store closes with the last of it, before the test goes on.
            drop((lanes, app));
            let _ = done.send((served, is_idle, fault));
        });
        let (served, is_idle, fault) = stopped
            .recv_timeout(PATIENCE + Duration::from_secs(5))
            .expect("the host stops");
        // A test's own runtime must not wait for another.
        runtime.shutdown_background();
        served.expect("no panic while serving");
        assert!(is_idle, "work was left when the host stopped");
        assert!(fault.is_none(), "the store failed: {fault:?}");
    }
}

async fn bind(address: SocketAddr) -> std::net::TcpListener {
    let listener = TcpListener::bind(address).await.expect("a free port");
    listener.into_std().expect("a listener")
}
