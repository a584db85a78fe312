//! Exports of a whole host: the memory that a run adds, and transactions that come meanwhile.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::batch::{body, send};
use super::figure::{Figure, Target};
use super::host::ServedHost;
use super::load::{self, Posting};
use super::measure::{MIB, in_turns, kib, reset_peak};
use super::plugins::ATHORA;
use super::tenant::Tenant;
use super::{Setting, runtime};
use console::client::Client;
use plugin_kit::push;

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
/// Alerts of the yardstick.
const FEW: u64 = 10_000;
/// Transactions of one batch.
const AT_ONCE: u64 = 20_000;
/// A rule that makes an alert of every transaction.
const EVERY: &str = "large-amount";
const EXPORT: &str = "/v1/exports/bench";

pub(super) fn measure(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let runtime = runtime()?;
    let host = ServedHost::start(&setting.folder("beside")?)?;
    let alerts = setting.amount(1_000_000);
    let (tenant, few, many) = runtime.block_on(async {
        let tenant = Tenant::create(&host.client()?, "bench").await?;
        let limits = json!({"limits": {"EUR": 0.01}, "other_limit": 0.01});
        let rule = setting.plugins.component(EVERY)?;
        tenant.install_with(EVERY, rule, limits).await?;
        define(tenant.client(), setting).await?;
        fill(&tenant, 0, FEW).await?;
        let few = added(&host, tenant.client(), FEW).await?;
        fill(&tenant, FEW, alerts).await?;
        let many = added(&host, tenant.client(), alerts).await?;
        tenant.install_rules(&setting.plugins).await?;
        anyhow::Ok((tenant, few, many))
    })?;

    let posting = Posting {
        address: host.address()?,
        key: tenant.key().to_owned(),
        connections: CONNECTIONS,
        time: Duration::from_millis(setting.amount(4_000).max(2_000)),
    };
    let next = Arc::new(AtomicU64::new(alerts));
    load::post(&posting, &next)?;
    let rate = || load::post(&posting, &next).map_or(0.0, |load| load.rate);
    let (beside, alone) = in_turns(
        ROUNDS,
        || {
            let writer = Writer::start(tenant.client());
            let rate = rate();
            writer.stop();
            rate
        },
        rate,
    );
    host.stop()?;
    Ok(vec![
        Figure {
            what: format!("export: the most memory that a run adds to a host with {alerts} alerts"),
            measured: format!("{many:.1} MiB"),
            yardstick: format!("{few:.1} MiB with {FEW} alerts"),
            value: many - few,
            target: Target::AtMost(16.0, "MiB more"),
        },
        Figure {
            what: format!(
                "export: transactions posted one at a time while {alerts} alerts are written, again and again"
            ),
            measured: format!("{beside:.0} a second"),
            yardstick: format!("{alone:.0} a second without"),
            value: beside / alone,
            target: Target::AtLeast(0.8, "of the rate"),
        },
    ])
}

/// Publishes the formatter, and defines an export of all alerts.
async fn define(client: &Client, setting: &Setting) -> anyhow::Result<()> {
    let component = setting.plugins.component(ATHORA)?;
    let published = push(client, component).await?.manifest;
    let formatter = json!({"plugin": ATHORA, "version": published["version"]});
    client.put(EXPORT, &json!({"formatter": formatter})).await?;
    Ok(())
}

/// Posts transactions, each of which becomes an alert.
async fn fill(tenant: &Tenant, from: u64, to: u64) -> anyhow::Result<()> {
    let poster = tenant.poster();
    let mut first = from;
    while first < to {
        let rows = AT_ONCE.min(to - first);
        send(&poster, &body(first, rows)).await?;
        first += rows;
    }
    Ok(())
}

/// The most memory that one run adds to what the host has, in MiB.
async fn added(host: &ServedHost, client: &Client, rows: u64) -> anyhow::Result<f64> {
    let process = PathBuf::from(format!("/proc/{}", host.process_id()));
    // Buffers that are made once, such as those of the engine, are made.
    written(client).await?;
    reset_peak(&process)?;
    let before = kib(&process, "VmRSS:")?;
    let run = written(client).await?;
    // A few transactions are of nothing.
    if run["rows"].as_u64() < Some(rows / 10 * 9) {
        bail!("the run has {} alerts, not some {rows}", run["rows"]);
    }
    Ok((kib(&process, "VmHWM:")? - before).max(0.0) / MIB)
}

/// Makes a run, and answers it when its file is there.
async fn written(client: &Client) -> anyhow::Result<Value> {
    let started = client.post(&format!("{EXPORT}/runs"), &json!({})).await?;
    let run = started.location.context("a run is somewhere")?;
    loop {
        let state = client.get(&run).await?;
        match state["state"].as_str() {
            Some("queued" | "running") => tokio::time::sleep(Duration::from_millis(20)).await,
            Some("ready") => return Ok(state),
            _ => bail!("the run failed: {state}"),
        }
    }
}

/// Makes one run after the other, until it is stopped.
struct Writer {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<anyhow::Result<()>>,
}

impl Writer {
    fn start(client: &Client) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (client, stopped) = (client.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                while !stopped.load(Ordering::Relaxed) {
                    written(&client).await?;
                }
                anyhow::Ok(())
            })
        });
        Self { stop, thread }
    }

    /// Waits until the run that is under way is over.
    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Err(error) = self.thread.join().expect("it does not panic") {
            tracing::warn!(%error, "a run beside the transactions failed");
        }
    }
}
