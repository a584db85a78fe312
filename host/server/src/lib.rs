//! The host in this process: started, served, stopped.

pub mod open_files;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use api::http::{metrics, serve::serve};
use app::App;
use base::clock::Clock;
use config::Config;
use store::key::{Key, Record, TenantId};
use store::sled::SledOptions;
use store::{Batch, CommitLimits, Engine, Store};
use tenant::credential::{Credential, CredentialKind};
use tenant::directory::Digest;

/// Under which the administrator token's digest is kept among the host's records.
const ADMINISTRATOR: &str = "administrator";

/// Whose the host is.
pub enum Administrator {
    /// Whoever has this token.
    Given(Credential),
    /// Whoever has the token whose digest is in the store; where there is none, one is made.
    Stored,
}

/// The host, serving.
pub struct RunningHost {
    app: Arc<App>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl RunningHost {
    /// Takes the address, opens the data directory and serves. Answers the administrator token, too, where it was made just now.
    pub async fn start(
        mut config: Config,
        administrator: Administrator,
    ) -> anyhow::Result<(Self, Option<Credential>)> {
        // First of all, so that a second host on the same address touches no data.
        let listener = bind(&config.listen).await?;
        config.listen = listener.local_addr()?.to_string();

        let store = open_store(&config).await?;
        let (digest, fresh) = match administrator {
            Administrator::Given(token) => (*token.digest().as_bytes(), None),
            Administrator::Stored => stored_administrator(&store).await?,
        };
        let compiler = std::env::current_exe().context("the path of this program is not known")?;
        let limits = api::serve::connection_limits(&config);
        let app = App::start(config, store, Clock::default(), digest, compiler)?;
        let router = api::serve::router(app.clone(), web::routes(&app));
        let router = web::for_browsers(router);
        let stop = CancellationToken::new();
        let page = web::long_address();
        let serving = tokio::spawn(serve(listener, router, limits, page, stop.clone()));
        tokio::spawn(metrics::keep_up(metrics::recorder(), stop.clone()));
        tracing::info!(
            listen = app.config.listen,
            data = %app.config.data.display(),
            version = env!("CARGO_PKG_VERSION"),
            "serving"
        );
        let host = Self { app, stop, serving };
        Ok((host, fresh))
    }

    /// What is wired to what in it.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where others reach it.
    pub fn url(&self) -> String {
        self.app.config.url()
    }

    /// Takes no more connections, answers what is under way, and makes all of it durable.
    pub async fn stop(self) {
        self.stop.cancel();
        if self.serving.await.is_err() {
            tracing::error!("serving ended in disorder");
        }
        let patience = Duration::from_secs(self.app.config.http.stop_seconds);
        self.app.stop(patience).await;
        tracing::info!("stopped");
    }
}

async fn bind(address: &str) -> anyhow::Result<TcpListener> {
    use std::io::ErrorKind;
    TcpListener::bind(address).await.map_err(|error| {
        match error.kind() {
            ErrorKind::AddrInUse => anyhow::anyhow!(
                "{address} is in use by another program; stop it, or choose another address with --listen"
            ),
            ErrorKind::PermissionDenied => anyhow::anyhow!(
                "this user may not listen on {address}; choose a port from 1024 on with --listen"
            ),
            _ => anyhow::anyhow!(
                "cannot listen on '{address}': {error}; --listen takes an address of this machine and a port, such as 127.0.0.1:8080"
            ),
        }
    })
}

async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let directory = config.data.clone();
    let cache_bytes = config.store.cache_mib << 20;
    let open = move || {
        make_directory(&directory)?;
        let options = SledOptions {
            cache_bytes,
            ..SledOptions::new(directory.join("store"))
        };
        Ok(Store::open(Engine::Sled(options), CommitLimits::default())?)
    };
    tokio::task::spawn_blocking(open)
        .await
        .context("the store could not be opened")?
}

/// Makes the data directory, which others than its owner have no business in. It holds credentials and customers' data,
/// so git ignores all of it, wherever the directory is.
pub fn make_directory(directory: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .and_then(|()| ignore_all(directory));
    made.with_context(|| {
        format!(
            "{} cannot be used as data directory; choose another with --data",
            directory.display()
        )
    })
}

fn ignore_all(directory: &Path) -> std::io::Result<()> {
    let file = directory.join(".gitignore");
    match std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
    {
        Ok(mut file) => std::io::Write::write_all(&mut file, b"*\n"),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

async fn stored_administrator(store: &Store) -> anyhow::Result<(Digest, Option<Credential>)> {
    let record = Record::Host {
        name: ADMINISTRATOR.to_owned(),
    };
    let key = Key::new(TenantId::HOST, &record);
    if let Some(digest) = store.get(&key)? {
        let digest = digest.as_slice().try_into();
        return Ok((
            digest.context("the administrator's record is damaged; set VERVET_ADMIN_TOKEN")?,
            None,
        ));
    }
    let token = Credential::generate(CredentialKind::HostToken);
    let digest = *token.digest().as_bytes();
    let mut batch = Batch::new();
    batch.put(key, digest.to_vec());
    store.commit_wait(batch).await?;
    Ok((digest, Some(token)))
}
