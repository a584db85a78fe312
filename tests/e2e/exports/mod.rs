//! Exports: when they run, what they write, how it is taken.

mod button;
mod choice;
mod corpus;
mod declared;
mod downloads;
mod loads;
mod memory;
mod own_form;
mod power_query;
mod readers;
mod retention;
mod runs;
mod schedules;
mod snapshots;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Answer, TestPlugin};

use crate::payments::{BATCH, Payments, payment};

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// A tenant with alerts and an export, `nightly`.
struct Exports {
    payments: Payments,
    formatter: TestPlugin,
}

/// Where the export is.
const NIGHTLY: &str = "/v1/exports/nightly";

impl Exports {
    /// With so many alerts, and a formatter.
    async fn start(formatter: &str, alerts: usize) -> Self {
        Self::on(Payments::start().await, formatter, alerts).await
    }

    async fn on(payments: Payments, formatter: &str, alerts: usize) -> Self {
        let formatter = payments.tenant.publish(formatter).await;
        let payments = match alerts {
            0 => payments,
            _ => payments.with_large_amount().await,
        };
        let exports = Self {
            payments,
            formatter,
        };
        exports.alert(alerts).await;
        exports
    }

    /// Makes so many more alerts.
    async fn alert(&self, count: usize) {
        let before = if count == 0 {
            0
        } else {
            self.alerts().await.len()
        };
        let lines: String = (before..before + count)
            .map(|number| payment(&format!("t{number:06}"), "anna", 20_000.0).to_string() + "\n")
            .collect();
        if count > 0 {
            let key = &self.payments.key;
            let answer = key.post_as(BATCH, "application/x-ndjson", lines).await;
            assert!(answer.is_success(), "{}", answer.text());
            assert_eq!(self.alerts().await.len(), before + count);
        }
    }

    /// All alerts, newest first.
    async fn alerts(&self) -> Vec<Value> {
        self.payments.tenant.alerts().await
    }

    async fn get(&self, path: &str) -> Answer {
        self.payments.tenant.administrator.get(path).await
    }

    /// Asks for the export with these members, beside its formatter.
    async fn put(&self, more: Value) -> Answer {
        let formatter = json!({
            "plugin": self.formatter.name, "version": self.formatter.version,
        });
        let mut export = json!({ "formatter": formatter });
        merge(&mut export, more);
        self.payments
            .tenant
            .administrator
            .put(NIGHTLY, export)
            .await
    }

    async fn patch(&self, patch: Value) -> Answer {
        self.payments
            .tenant
            .administrator
            .patch(NIGHTLY, patch)
            .await
    }

    /// Starts a run, and answers where it is.
    async fn begin(&self) -> String {
        let client = &self.payments.tenant.administrator;
        let run = client.post(&format!("{NIGHTLY}/runs"), json!({})).await;
        run.expect(202);
        run.header("location").to_owned()
    }

    /// Starts a run, and waits until it is over.
    async fn run(&self) -> Value {
        let run = self.begin().await;
        self.over(&run).await
    }

    /// Waits until a run is over.
    async fn over(&self, run: &str) -> Value {
        self.until(run, |run| {
            !["queued", "running"].contains(&run["state"].as_str().unwrap_or_default())
        })
        .await
    }

    /// Waits until what is at a path is as it must be.
    async fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.get(path).await.expect(200);
            if is_so(&answer) {
                return answer;
            }
            assert!(Instant::now() < deadline, "{path}: {answer}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until there are so many runs and all are over, and answers them, oldest first.
    async fn all_over(&self, count: usize) -> Vec<Value> {
        let is_over = |run: &Value| run["finished_at"].is_string();
        let runs = format!("{NIGHTLY}/runs?limit=500");
        let page = self.until(&runs, |page| {
            let items = page["items"].as_array().expect("a list");
            items.len() >= count && items.iter().all(is_over)
        });
        let mut runs = page.await["items"].as_array().expect("a list").clone();
        assert_eq!(runs.len(), count, "{runs:?}");
        runs.reverse();
        runs
    }

    /// Moves the clock to a moment that the API told.
    fn move_to(&self, moment: &Value) {
        let clock = self.payments.host.clock();
        let until = micros(moment) - clock.now().as_micros();
        clock.advance(Duration::from_micros(
            until.try_into().expect("a later moment"),
        ));
    }

    /// The files of runs that there are.
    fn files(&self) -> Vec<PathBuf> {
        fn into(found: &mut Vec<PathBuf>, folder: &Path) {
            // A folder that was never needed is not there.
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    into(found, &path);
                } else {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        into(&mut found, &self.payments.host.data().join("files"));
        found
    }
}

fn merge(into: &mut Value, more: Value) {
    let members = into.as_object_mut().expect("an object");
    members.extend(more.as_object().cloned().unwrap_or_default());
}

/// Microseconds since the epoch.
fn micros(moment: &Value) -> i64 {
    let text = moment
        .as_str()
        .unwrap_or_else(|| panic!("no moment: {moment}"));
    let moment: jiff::Timestamp = text.parse().expect("a moment");
    moment.as_microsecond()
}

/// Of a run: its id.
fn id(run: &Value) -> &str {
    run["id"].as_str().expect("an id")
}

/// The bytes with others of the same length in the place of some.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() - old.len() {
        if bytes[at..].starts_with(old) {
            bytes[at..at + old.len()].copy_from_slice(new);
        }
    }
    bytes
}
