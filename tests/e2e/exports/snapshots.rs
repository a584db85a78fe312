//! A snapshot is one moment, however fast alerts are changed meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::alert::Viewer;
use engine::alert::AlertRecord;
use serde_json::{Value, json};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record};
use tests::Client;

use super::{Exports, NIGHTLY, id, micros};
use crate::payments::{POST, payment};

const RUNS: usize = 6;

/// Changes alerts as fast as it can; each number that it was told is the version of an alert.
async fn write(
    client: Client,
    key: Client,
    alerts: Vec<String>,
    stop: Arc<AtomicBool>,
    number: u64,
    done: Arc<AtomicU64>,
) {
    let mut turn = number;
    while !stop.load(Ordering::Relaxed) {
        turn += 1;
        let alert = &alerts[(turn * 7 + number) as usize % alerts.len()];
        let path = format!("/v1/alerts/{alert}");
        let severity = ["low", "high"][turn as usize % 2];
        let answer = match turn % 5 {
            0 => {
                let transaction = payment(&format!("w{number}-{turn}"), "bert", 30_000.0);
                key.post(POST, transaction).await
            }
            1 => {
                // A move that is not allowed from where the alert is changes nothing.
                let to = ["in_progress", "open", "under_review"][turn as usize % 3];
                client
                    .post(&format!("{path}/transitions"), json!({ "to": to }))
                    .await;
                continue;
            }
            2 => {
                client
                    .patch(&path, json!({ "labels": [format!("turn {turn}")] }))
                    .await
            }
            3 => client.patch(&path, json!({ "severity": severity })).await,
            _ => {
                client
                    .patch(
                        &path,
                        json!({ "title": format!("turn {turn} of {number}") }),
                    )
                    .await
            }
        };
        assert!(answer.is_success(), "{}", answer.text());
        done.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_the_state_of_its_moment() {
    let exports = Exports::start("ndjson", 200).await;
    exports.put(json!({})).await.expect(201);
    let alerts: Vec<String> = exports
        .alerts()
        .await
        .iter()
        .map(|alert| id(alert).to_owned())
        .collect();
    let (stop, done) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
    let writers: Vec<_> = (0..4)
        .map(|number| {
            let client = exports.payments.tenant.administrator.clone();
            let key = exports.payments.key.clone();
            tokio::spawn(write(
                client,
                key,
                alerts.clone(),
                stop.clone(),
                number,
                done.clone(),
            ))
        })
        .collect();

    let mut files: Vec<(Value, String)> = Vec::new();
    for _ in 0..RUNS {
        let before = done.load(Ordering::Relaxed);
        while done.load(Ordering::Relaxed) < before + 50 {
            tokio::task::yield_now().await;
        }
        let run = exports.begin().await;
        let ready = exports.over(&run).await;
        files.push((ready, exports.get(&format!("{run}/file")).await.text()));
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.expect("every change is acknowledged");
    }

    let mut changed = 0;
    for (run, file) in files {
        let expect = state_at(&exports, &run);
        let rows: Vec<Value> = file
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(rows.len() as u64, run["rows"]);
        let read: BTreeMap<String, Value> = rows
            .iter()
            .map(|row| (id(row).to_owned(), told(row)))
            .collect();
        assert_eq!(read.len(), rows.len(), "no alert twice");
        assert_eq!(read, expect, "run {}", id(&run));
        changed += read.values().filter(|alert| alert["version"] != 1).count();
    }
    assert!(changed > 0, "the writers were never given time");
    let latest = exports.get(&format!("{NIGHTLY}/latest")).await;
    assert_eq!(latest.status, 200);
}

/// What a row tells of what is changed here.
fn told(row: &Value) -> Value {
    json!({
        "version": row["version"], "title": row["title"], "state": row["state"],
        "severity": row["severity"], "labels": row["labels"], "updated_at": micros(&row["updated_at"]),
    })
}

/// The alerts as they were at the moment of a run, by all versions that the store holds: each version
/// is found by reading the audit up to the entry of the run.
fn state_at(exports: &Exports, run: &Value) -> BTreeMap<String, Value> {
    let app = exports.payments.host.app();
    let tenant = app.tenant_named("athora").expect("the tenant");
    let store = &app.services.store;
    // The position is that of the audit's entry of the run.
    let subject = format!("nightly/{}", id(run));
    let mut position = None;
    for entry in store.range(KeyRange::audit_from(tenant, 0), Direction::Forward) {
        let (key, value) = entry.expect("an entry");
        let Some((_, Record::Audit { position: at })) = Key::parse(&key) else {
            continue;
        };
        let text = String::from_utf8_lossy(&value);
        if text.contains(&subject) && text.contains("\"export.run\"") {
            position = Some(at);
        }
    }
    let position = position.expect("the run is audited");
    let mut state = BTreeMap::new();
    for entry in store.range(KeyRange::alerts(tenant), Direction::Forward) {
        let (key, value) = entry.expect("an entry");
        let Some((_, Record::Alert { position: at, .. })) = Key::parse(&key) else {
            continue;
        };
        let alert = AlertRecord::read(&value).expect("an alert");
        if at > position {
            continue;
        }
        let content = alert.seen_by(Viewer::Full);
        let labels: Vec<&str> = content.labels.iter().map(|label| label.as_str()).collect();
        let told = json!({
            "version": alert.version, "title": content.title, "state": alert.state,
            "severity": alert.severity.as_str(), "labels": labels,
            "updated_at": alert.updated_at.as_micros(),
        });
        // Of two versions the later one is read later.
        state.insert(alert.id.to_string(), told);
    }
    state
}
