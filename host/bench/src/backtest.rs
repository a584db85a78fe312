//! Rules over stored history: five of them at once over a million transactions, and what a whole host does meanwhile.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use domain::window::InputLimits;
use serde_json::{Value, json};

use super::batch::{body, send};
use super::figure::{Figure, Target};
use super::host::ServedHost;
use super::load::{self, Posting};
use super::measure::{MIB, in_turns, kib, median, reset_peak};
use super::plugins::RULES;
use super::tenant::{TEAM, Tenant};
use super::{Setting, runtime, workload};
use app::backtest::{Course, ListsAsOf, ListsMode, Tested, Wanted, stream};
use base::background;
use config::Config;
use console::client::Client;
use engine::lane::TeamView;
use server::{Administrator, RunningHost};
use store::Store;
use store::key::TenantId;
use tenant::Definitions;
use tenant::credential::{Credential, CredentialKind};

/// Transactions of one batch that is posted.
const AT_ONCE: u64 = 20_000;
const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
/// A rule that makes an alert of every transaction.
const EVERY: &str = "large-amount";
/// The rule that is tried beside live ones.
const TRIED: &str = "velocity";

/// Five rules over few and over many stored transactions.
pub(super) fn of_stream(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let runtime = runtime()?;
    let (few, many) = (setting.amount(100_000), setting.amount(1_000_000));
    let administrator = Credential::generate(CredentialKind::HostToken);
    let token = administrator.expose().to_owned();
    let config = Config {
        listen: "127.0.0.1:0".to_owned(),
        data: setting.folder("backtest")?,
        ..Config::default()
    };
    let starting = RunningHost::start(config, Administrator::Given(administrator));
    let (host, _) = runtime.block_on(starting)?;
    let measured = runtime.block_on(async {
        let tenant = Tenant::create(&Client::new(&host.url(), &token)?, "bench").await?;
        let list = format!("/v1/lists/{}", workload::LIST);
        let client = tenant.client();
        client.put(&list, &json!(workload::LISTED)).await?;
        for rule in RULES {
            let component = setting.plugins.component(rule)?;
            client
                .upload("/v1/plugins", "application/wasm", component)
                .await?;
        }
        let subject = Subject::of(&host, workload::config).await?;
        fill(&tenant, 0, few).await?;
        let subject_few = subject.clone();
        let few = background::run("backtest", move || subject_few.judge(few)).await??;
        fill(&tenant, few.rows, many).await?;
        let mut rates = Vec::new();
        let mut most = few.clone();
        for _ in 0..3 {
            let subject = subject.clone();
            most = background::run("backtest", move || subject.judge(many)).await??;
            rates.push(most.rate);
        }
        anyhow::Ok((few, most, median(rates)))
    });
    runtime.block_on(host.stop());
    let (few, many, rate) = measured?;
    Ok(vec![
        Figure {
            what: format!(
                "backtest: five rules over {} stored transactions, all at once",
                many.rows
            ),
            measured: format!("{rate:.0} transactions a second"),
            yardstick: format!("{:.0} a second over the first {}", few.rate, few.rows),
            value: rate,
            target: Target::AtLeast(200_000.0, "transactions a second"),
        },
        Figure {
            what: "backtest: processor time for a transaction".to_owned(),
            measured: many.parts.clone(),
            yardstick: String::new(),
            value: 0.0,
            target: Target::None,
        },
        Figure {
            what: "backtest: the most memory that it adds".to_owned(),
            measured: many.memory(),
            yardstick: few.memory(),
            value: many.mib,
            target: Target::None,
        },
    ])
}

/// Posts transactions.
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

/// The five rules, and the transactions that they judge.
#[derive(Clone)]
pub(super) struct Subject {
    view: Arc<TeamView>,
    rules: Vec<Tested>,
    definitions: Arc<Definitions>,
    store: Store,
    tenant: TenantId,
    team: u32,
    limits: InputLimits,
}

/// What judging took.
#[derive(Clone)]
pub(super) struct Judging {
    /// Processor time of each part for a transaction.
    parts: String,
    rows: u64,
    /// Transactions a second.
    pub(super) rate: f64,
    mib: f64,
    /// What the windows took of that in the end.
    windows_mib: f64,
}

impl Judging {
    fn memory(&self) -> String {
        format!(
            "{:.1} MiB over {} transactions, {:.1} MiB of it windows with all of these in them",
            self.mib, self.rows, self.windows_mib
        )
    }
}

impl Subject {
    /// The published rules of the host's one tenant, each with the configuration that `config` returns for its name.
    pub(super) async fn of(host: &RunningHost, config: fn(&str) -> Value) -> anyhow::Result<Self> {
        let app = host.app();
        let (tenant, lane) = app.tenants().pop().context("there is a tenant")?;
        let definitions = lane.definitions();
        let team = definitions.teams.get(TEAM).context("there is a team")?;
        let schema = team.schema().context("it has a payload schema")?;
        let mut rules = Vec::new();
        for published in definitions.plugins.iter() {
            let plugin = app.services.load_rule(tenant, published).await?;
            let config = config(&published.name).to_string();
            let limits = plugin.row_limits();
            rules.push(Tested::prepare(plugin, &config, &schema, limits)?);
        }
        ensure!(rules.len() == RULES.len(), "all rules are published");
        Ok(Self {
            view: lane.team(team.id).await?,
            rules,
            definitions: definitions.clone(),
            store: app.services.store.clone(),
            tenant,
            team: team.id,
            limits: app.services.limits.inputs,
        })
    }

    /// Judges the first transactions.
    pub(super) fn judge(&self, rows: u64) -> anyhow::Result<Judging> {
        let process = Path::new("/proc/self");
        let before = kib(process, "VmRSS:")?;
        reset_peak(process)?;
        let begun = Instant::now();
        let course = Course {
            view: self.view.clone(),
            rules: self.rules.clone(),
            wanted: Wanted::Between {
                from: None,
                to: None,
            },
            first: 1,
            last: rows,
            lists: ListsAsOf::load(
                &self.store,
                self.tenant,
                self.team,
                self.definitions.clone(),
                Course::lists_of(&self.rules),
                ListsMode::Then,
            )?,
            limits: self.limits,
            fields: Course::fields_of(&self.rules),
        };
        let (mut judged, mut found, mut windows) = (0, 0, 0);
        let mut took = vec![Duration::ZERO; self.rules.len() + 1];
        stream(course, &AtomicBool::new(false), &mut |batch| {
            judged += batch.rows.len() as u64;
            took[0] += batch.inputs_took;
            windows = batch.windows_bytes;
            for (said, took) in batch.said.iter().zip(&mut took[1..]) {
                *took += said.took;
                found += said
                    .tried
                    .outcomes
                    .iter()
                    .filter(|it| **it != runtime::rule::RowOutcome::Clear)
                    .count();
            }
            ControlFlow::Continue(())
        })?;
        let seconds = begun.elapsed().as_secs_f64();
        ensure!(
            judged == rows && found > 0,
            "all is judged, and some is found"
        );
        let names = self.rules.iter();
        let names = names.map(|rule| rule.plugin.manifest().common.name.to_string());
        let parts = std::iter::once("inputs".to_owned()).chain(names).zip(took);
        let parts = parts.map(|(part, took)| {
            let nanos = took.as_nanos() / u128::from(rows);
            format!("{part} {nanos} ns")
        });
        Ok(Judging {
            parts: parts.collect::<Vec<_>>().join(", "),
            rows,
            rate: rows as f64 / seconds,
            mib: (kib(process, "VmHWM:")? - before).max(0.0) / MIB,
            windows_mib: windows as f64 / (1 << 20) as f64,
        })
    }
}

/// Transactions that are posted while a backtest goes on, again and again.
pub(super) fn beside(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let runtime = runtime()?;
    let host = ServedHost::start(&setting.folder("backtest-beside")?)?;
    let stored = setting.amount(1_000_000);
    let (tenant, version) = runtime.block_on(async {
        let tenant = Tenant::create(&host.client()?, "bench").await?;
        fill(&tenant, 0, stored).await?;
        tenant.install_rules(&setting.plugins).await?;
        let rule = format!("/v1/teams/{TEAM}/rules/{TRIED}");
        let version = tenant.client().get(&rule).await?["version"].take();
        anyhow::Ok((tenant, version))
    })?;
    let posting = Posting {
        address: host.address()?,
        key: tenant.key().to_owned(),
        connections: CONNECTIONS,
        time: Duration::from_millis(setting.amount(4_000).max(2_000)),
    };
    let next = Arc::new(AtomicU64::new(stored));
    load::post(&posting, &next)?;
    let rate = || load::post(&posting, &next).map_or(0.0, |load| load.rate);
    let new = json!({
        "plugin": TRIED, "version": version, "config": workload::config(TRIED),
    });
    let (beside, alone) = in_turns(
        ROUNDS,
        || {
            let trying = Trying::start(tenant.client(), &new);
            let rate = rate();
            trying.stop();
            rate
        },
        rate,
    );
    host.stop()?;
    Ok(vec![Figure {
        what: format!(
            "backtest: transactions posted one at a time while a rule is tried on {stored}, again and again"
        ),
        measured: format!("{beside:.0} a second"),
        yardstick: format!("{alone:.0} a second without"),
        value: beside / alone,
        target: Target::AtLeast(0.7, "of the rate"),
    }])
}

/// All alerts, judged again.
pub(super) fn replays(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    const ALERTS: u64 = 1_000;
    let runtime = runtime()?;
    let host = ServedHost::start(&setting.folder("replays")?)?;
    let seconds = runtime.block_on(async {
        let tenant = Tenant::create(&host.client()?, "bench").await?;
        let limits = json!({"limits": {"EUR": 0.01}, "other_limit": 0.01});
        let rule = setting.plugins.component(EVERY)?;
        tenant.install_with(EVERY, rule, limits).await?;
        fill(&tenant, 0, ALERTS).await?;
        let mut taken = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let asked = tenant.client().post("/v1/replays", &json!({})).await?;
            let replay = asked.location.context("a replay is somewhere")?;
            let done = loop {
                let replay = tenant.client().get(&replay).await?;
                if replay["state"] == "done" {
                    break replay;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            };
            taken.push(begun.elapsed().as_secs_f64());
            ensure!(
                done["same"] == done["findings"] && done["same"].as_u64() > Some(ALERTS / 10 * 9),
                "not all is as it was: {done}"
            );
        }
        anyhow::Ok(median(taken))
    })?;
    host.stop()?;
    Ok(vec![Figure {
        what: format!("backtest: {ALERTS} alerts, judged again"),
        measured: format!("{seconds:.3} s"),
        yardstick: String::new(),
        value: seconds,
        target: Target::AtMost(1.0, "s"),
    }])
}

/// Tries a rule, one time after the other, until it is stopped.
struct Trying {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<anyhow::Result<()>>,
}

impl Trying {
    fn start(client: &Client, new: &Value) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (client, new, stopped) = (client.clone(), new.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                while !stopped.load(Ordering::Relaxed) {
                    try_once(&client, &new, &stopped).await?;
                }
                anyhow::Ok(())
            })
        });
        Self { stop, thread }
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Err(error) = self.thread.join().expect("it does not panic") {
            tracing::warn!(%error, "a backtest beside the transactions failed");
        }
    }
}

/// Tries a rule until all is judged, or it is stopped.
async fn try_once(client: &Client, new: &Value, stopped: &AtomicBool) -> anyhow::Result<()> {
    let backtests = format!("/v1/teams/{TEAM}/backtests");
    let started = client.post(&backtests, new).await?;
    let backtest = started.location.context("a backtest is somewhere")?;
    loop {
        let state = client.get(&backtest).await?;
        match state["state"].as_str() {
            Some("queued" | "running") if stopped.load(Ordering::Relaxed) => {
                client
                    .post(&format!("{backtest}/cancel"), &json!({}))
                    .await?;
            }
            Some("queued" | "running") => tokio::time::sleep(Duration::from_millis(20)).await,
            Some("done" | "cancelled") => return Ok(()),
            _ => bail!("the backtest failed: {state}"),
        }
    }
}
