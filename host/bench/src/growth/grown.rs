//! A host on a directory that is filled with transactions.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

use super::super::Setting;
use super::super::batch::send;
use super::super::host::ServedHost;
use super::super::tenant::Tenant;
use super::super::workload;
use super::arrival::Sequence;
use super::progress::Progress;
use super::rows::{Draw, Punctuality, Rows};
use super::usage::{self, Usage};
use base::grouped::grouped;

/// Transactions of one batch.
pub(super) const AT_ONCE: u64 = 20_000;

/// How a directory is filled.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) rows: u64,
    pub(super) draw: Draw,
    /// Memory for the windows of one team; the host's default where none is given.
    pub(super) window_mib: Option<u64>,
    pub(super) seed: u64,
}

impl Plan {
    /// The yardstick: a tenth of the transactions, as many for each key, and the default budget.
    pub(super) fn yardstick(&self) -> Self {
        Self {
            rows: self.rows / 10,
            window_mib: None,
            ..self.clone()
        }
    }

    /// The plan in words.
    pub(super) fn title(&self) -> String {
        let keys = Rows::keys_of(self.rows);
        let budget = match self.window_mib {
            Some(mib) => format!(", {mib} MiB for windows"),
            None => String::new(),
        };
        format!(
            "{} transactions, {} keys {}{budget}",
            grouped(self.rows),
            grouped(keys),
            self.draw
        )
    }
}

/// The configuration with which a rule is installed: `velocity` counts by counterparty over 30 days, and
/// `unfamiliar-counterparty` looks back 180 days.
///
/// Findings are as rare with keys by Zipf's law as with others, so that alerts cost the same.
pub(super) fn config(rule: &str) -> Value {
    match rule {
        "velocity" => velocity_by("counterparty", 30),
        "unfamiliar-counterparty" => {
            json!({"days": 180, "least_amount": 12_000.0, "least_history": 5})
        }
        other => workload::config(other),
    }
}

/// A configuration of `velocity` that finds nothing.
pub(super) fn velocity_by(field: &str, days: u32) -> Value {
    json!({
        "by": field,
        "minutes": days * 24 * 60,
        "most_transactions": 1_000_000_000_u64,
        "most_amount": 1e15,
    })
}

/// A host with one tenant and the five rules, on a directory of its own.
pub(super) struct Grown {
    pub(super) plan: Plan,
    pub(super) folder: PathBuf,
    pub(super) host: ServedHost,
    pub(super) tenant: Tenant,
    pub(super) rows: Arc<Rows>,
    /// The number of the next transaction after those that the directory is filled with.
    pub(super) next: Arc<AtomicU64>,
}

impl Grown {
    /// Starts a host on an empty directory, and installs the rules.
    pub(super) async fn create(setting: &Setting, plan: &Plan) -> anyhow::Result<Self> {
        // The folder of a plan that was measured before is gone.
        let folder = setting.folder(&format!("growth-{}", plan.rows))?;
        let host = start(&folder, plan)?;
        let tenant = Tenant::create(&host.client()?, "bench").await?;
        tenant.install_rules_with(&setting.plugins, config).await?;
        Ok(Self {
            plan: plan.clone(),
            folder,
            host,
            tenant,
            rows: Arc::new(Rows::new(plan.rows, plan.draw, plan.seed)),
            next: Arc::new(AtomicU64::new(plan.rows)),
        })
    }

    /// Posts all transactions of the plan in time order, and waits until the host rests.
    pub(super) async fn fill(&self) -> anyhow::Result<()> {
        let sequence = Arc::new(Sequence::Rising);
        self.post(&sequence, 0..self.plan.rows).await?;
        usage::drain(self.host.process_id()).await
    }

    /// Posts the transactions at these places of a sequence in batches, one after the other. Returns the seconds that the
    /// slowest batch took.
    pub(super) async fn post(
        &self,
        sequence: &Arc<Sequence>,
        places: std::ops::Range<u64>,
    ) -> anyhow::Result<f64> {
        let poster = self.tenant.poster();
        let mut rate = Rate::begin(self, places.start)?;
        let mut slowest = 0.0_f64;
        let mut following = self.batch(sequence, places.start, places.end);
        let mut place = places.start;
        while place < places.end {
            let body = following.await?;
            place = places.end.min(place + AT_ONCE);
            // The next batch is written while the host works on this one.
            following = self.batch(sequence, place, places.end);
            slowest = slowest.max(send(&poster, &body).await?);
            rate.tell(place)?;
        }
        Ok(slowest)
    }

    /// Posts so many transactions that follow the plan's, as one batch. Returns the seconds that it took.
    pub(super) async fn post_following(
        &self,
        count: u64,
        punctuality: Punctuality,
    ) -> anyhow::Result<f64> {
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        let body = self.rows.ndjson(first..first + count, punctuality);
        send(&self.tenant.poster(), &body).await
    }

    /// Kills the host, does something to its directory, and starts another on it.
    pub(super) fn killed(
        self,
        before: impl FnOnce(&Path) -> io::Result<()>,
    ) -> anyhow::Result<Self> {
        self.host.kill();
        before(&self.folder)?;
        let host = start(&self.folder, &self.plan)?;
        let tenant = self.tenant.at(&host.client()?);
        Ok(Self {
            host,
            tenant,
            ..self
        })
    }

    /// Stops the host and removes the directory.
    pub(super) fn remove(self) -> anyhow::Result<()> {
        self.host.stop()?;
        std::fs::remove_dir_all(self.folder)?;
        Ok(())
    }

    fn batch(
        &self,
        sequence: &Arc<Sequence>,
        place: u64,
        end: u64,
    ) -> tokio::task::JoinHandle<bytes::Bytes> {
        let (rows, sequence) = (self.rows.clone(), sequence.clone());
        tokio::task::spawn_blocking(move || {
            let places = place..end.min(place + AT_ONCE);
            let numbers = places.map(|place| sequence.number(place));
            rows.ndjson(numbers, Punctuality::AllInTime)
        })
    }
}

fn start(folder: &Path, plan: &Plan) -> anyhow::Result<ServedHost> {
    let budget = plan.window_mib.map(|mib| mib.to_string());
    let variables = budget.map(|mib| ("VERVET_LANES_WINDOW_MIB", mib));
    ServedHost::start_with(folder, variables.as_slice())
}

/// How fast transactions are posted, since it was told the last time.
struct Rate {
    progress: Progress,
    process_id: u32,
    rows: u64,
    place: u64,
    since: Instant,
    usage: Usage,
}

impl Rate {
    fn begin(grown: &Grown, place: u64) -> anyhow::Result<Self> {
        let process_id = grown.host.process_id();
        Ok(Self {
            progress: Progress::new(grown.plan.title()),
            process_id,
            rows: grown.plan.rows,
            place,
            since: Instant::now(),
            usage: Usage::of(process_id)?,
        })
    }

    fn tell(&mut self, place: u64) -> anyhow::Result<()> {
        let now = Usage::of(self.process_id)?;
        let resident = usage::peak_mib(self.process_id)?;
        let mut is_told = false;
        self.progress.tell(|| {
            is_told = true;
            let rows = place.saturating_sub(self.place) as f64;
            format!(
                "{} of {}, {:.0} a second, {:.1} µs of processor time each, {resident:.0} MiB at most",
                grouped(place),
                grouped(self.rows),
                rows / self.since.elapsed().as_secs_f64(),
                now.since(self.usage).processor_nanos / rows / 1e3,
            )
        });
        if is_told {
            (self.place, self.since, self.usage) = (place, Instant::now(), now);
        }
        Ok(())
    }
}
