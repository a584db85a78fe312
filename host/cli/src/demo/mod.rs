//! `vervet demo`: the host at work on weeks of made-up transactions.
//!
//! - [`notebook`]: what a run leaves for the next one;
//! - [`setup`]: a tenant with teams, rules and an export; [`plugins`]: this repository's plugins;
//! - [`sessions`]: account-aggregation sessions, whose events wait;
//! - [`trials`]: a rule in shadow, a backtest and a changed watchlist;
//! - [`world`]: customers, their habits, and what some of them have to hide;
//! - [`send`]: days of it through the API; [`work`]: people who work on the alerts; [`tour`]: what was found, and what to
//!   try.

mod notebook;
mod plugins;
mod send;
mod sessions;
mod setup;
mod tour;
mod trials;
mod work;
mod world;

use std::path::PathBuf;

use anyhow::Context;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::log;
use super::serve::Signals;
use config::{Config, LogConfig};
use console::client::Client;
use notebook::Notebook;
use server::open_files;
use server::{Administrator, RunningHost};

/// Fill a host with weeks of made-up transactions, show what was found, and keep serving
///
/// Builds the plugins of this repository, starts a host on this machine, makes the tenant 'athora', installs five
/// rules, posts the transactions through the API, and prints alerts, an export, and calls to try.
///
/// The last of the days is yesterday. A later run on the same directory goes on with the days that have passed since.
#[derive(clap::Args)]
pub(super) struct Demo {
    /// The data directory; made where there is none
    #[arg(long, value_name = "DIR", default_value = "vervet-demo")]
    data: PathBuf,
    /// Address and port of the API
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// End when all is shown, instead of serving on
    #[arg(long)]
    exit: bool,
    /// How many transactions to post, rounded up to whole days of 600
    #[arg(long, value_name = "COUNT", default_value_t = 28 * world::PER_DAY)]
    transactions: u32,
}

/// The day on which the demo runs. The days of its transactions are those of UTC.
fn today() -> Date {
    jiff::Timestamp::now().to_zoned(TimeZone::UTC).date()
}

impl Demo {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let quiet = LogConfig {
            // That there is no broker is no news.
            level: "warn,sessions=off".to_owned(),
            ..LogConfig::default()
        };
        log::start(&quiet)?;
        open_files::raise_limit();
        let built = plugins::build()?;
        let days = jiff::Span::new().days(i64::from(self.days()));
        let notebook = Notebook::open(&self.data, today().saturating_sub(days))?;
        let runtime = tokio::runtime::Runtime::new().context("no threads could be started")?;
        runtime.block_on(self.show(notebook, &built))
    }

    /// How many days are posted at most.
    fn days(&self) -> u32 {
        self.transactions.div_ceil(world::PER_DAY)
    }

    async fn show(self, notebook: Notebook, plugins: &[PathBuf]) -> anyhow::Result<()> {
        let mut signals = Signals::new()?;
        let mut config = Config {
            listen: self.listen.clone(),
            data: self.data.clone(),
            ..Config::default()
        };
        sessions::configure(&mut config);
        let administrator = Administrator::Given(notebook.administrator()?);
        let (host, _) = RunningHost::start(config, administrator).await?;
        let shown = tokio::select! {
            shown = self.acts(&host, notebook, plugins) => shown,
            () = signals.next() => Ok(()),
        };
        if shown.is_ok() && !self.exit {
            signals.next().await;
        }
        host.stop().await;
        shown
    }

    async fn acts(
        &self,
        host: &RunningHost,
        mut notebook: Notebook,
        plugins: &[PathBuf],
    ) -> anyhow::Result<()> {
        let client = Client::new(&host.url(), notebook.administrator()?.expose())?;
        let tenant = setup::tenant(&client, &mut notebook, plugins).await?;
        sessions::begin(&tenant, &mut notebook).await?;
        trials::prepare(&tenant).await?;
        send::days(&client, &mut notebook, self.days(), today()).await?;
        let sample = tour::sample(&tenant).await?;
        work::done(&tenant, &notebook, &sample, today()).await?;
        trials::backtest(&tenant).await?;
        tour::found(&tenant, &sample).await?;
        if !self.exit {
            tour::to_try(&host.url(), &notebook, &sample)?;
        }
        Ok(())
    }
}
