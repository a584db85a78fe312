//! `vervet serve`: the host, until it is told to stop.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::log;
use config::{Config, ConfigError};
use console::print;
use server::open_files;
use server::{Administrator, RunningHost};
use tenant::credential::{Credential, CredentialKind};

/// The file that is read where no other is named.
const CONFIG_FILE: &str = "vervet.toml";
/// The administrator token, where the operator sets it.
const TOKEN_VARIABLE: &str = "VERVET_ADMIN_TOKEN";
/// How often the store is asked whether it can still be trusted.
const FAULT_INTERVAL: Duration = Duration::from_secs(1);
/// As shells say of a process that a signal ended.
const STOPPED_AT_ONCE: i32 = 130;

/// Run the host, until SIGINT or SIGTERM
#[derive(clap::Args)]
#[command(
    after_long_help = "Every key of the configuration can be set in the file, or as a variable: \
    http.max_body_bytes is VERVET_HTTP_MAX_BODY_BYTES. Flags win over variables, variables over the file.\n\n\
    On an empty data directory an administrator token is made and printed once. Where it is lost, set \
    VERVET_ADMIN_TOKEN to what 'vervet token new' prints: while it is set, it is the token.\n\n\
    SIGINT and SIGTERM stop the host when all requests are answered; a second one stops it at once."
)]
pub(super) struct Serve {
    /// Address and port of the API [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The data directory; made where there is none [default: vervet-data]
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// The configuration [default: vervet.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "VERVET_CONFIG")]
    config: Option<PathBuf>,
    /// Check the configuration, print what is in force, and end
    #[arg(long)]
    print_config: bool,
}

impl Serve {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let config = self.read_config()?;
        if self.print_config {
            print::line(config.to_toml().trim_end())?;
            return Ok(());
        }
        let administrator = administrator()?;
        log::start(&config.log)?;
        open_files::raise_limit();
        let runtime = tokio::runtime::Runtime::new().context("no threads could be started")?;
        runtime.block_on(serve(config, administrator))
    }

    fn read_config(&self) -> Result<Config, ConfigError> {
        let flags = [("listen", &self.listen), ("data", &self.data)];
        let flags = flags
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
        read_config(self.config.as_deref(), flags)
    }
}

/// Reads the configuration: the file, variables, flags.
pub(super) fn read_config(
    named: Option<&Path>,
    flags: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let path = match named {
        Some(path) => Some(path),
        None => Some(Path::new(CONFIG_FILE)).filter(|path| path.exists()),
    };
    let file = path
        .map(|path| match std::fs::read_to_string(path) {
            Ok(text) => Ok((path.to_owned(), text)),
            Err(cause) => Err(ConfigError::NotReadable {
                path: path.to_owned(),
                cause,
            }),
        })
        .transpose()?;
    // A variable that is not text is none of ours.
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    config::read(file, variables, flags)
}

fn administrator() -> anyhow::Result<Administrator> {
    let Some(text) = std::env::var_os(TOKEN_VARIABLE) else {
        return Ok(Administrator::Stored);
    };
    let token = text.to_str().map(Credential::parse);
    match token {
        Some(Ok(token)) if token.kind() == CredentialKind::HostToken => {
            Ok(Administrator::Given(token))
        }
        _ => anyhow::bail!(
            "{TOKEN_VARIABLE} is no administrator token, which begins with vvh_; 'vervet token new' makes one"
        ),
    }
}

async fn serve(config: Config, administrator: Administrator) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let (host, fresh) = tokio::select! {
        started = RunningHost::start(config, administrator) => started?,
        // Nothing was begun that needs an end.
        () = signals.next() => return Ok(()),
    };
    // The host runs, whether or not anyone reads this.
    if let Some(token) = fresh {
        let _ = print::line(format_args!(
            "The administrator token, shown this once: {}",
            token.expose()
        ));
    }
    let _ = print::line(format_args!("Vervet listens on {}", host.url()));
    let fault = tokio::select! {
        () = signals.next() => None,
        fault = fault(&host) => Some(fault),
    };
    tracing::info!("stopping: requests under way are answered first");
    tokio::spawn(async move {
        signals.next().await;
        std::process::exit(STOPPED_AT_ONCE);
    });
    host.stop().await;
    match fault {
        Some(fault) => Err(fault).context("the host had to stop"),
        None => Ok(()),
    }
}

/// Waits until the store can no longer be trusted.
async fn fault(host: &RunningHost) -> store::StoreError {
    loop {
        if let Some(fault) = host.app().services.store.fault() {
            return fault;
        }
        tokio::time::sleep(FAULT_INTERVAL).await;
    }
}

/// What tells the host to stop.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(super) fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be received");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Waits for one.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
