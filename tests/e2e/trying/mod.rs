//! Rules, tried before they bite: what they found is judged again, and what they would find is seen.

mod agreement;
mod backtest;
mod catch_up;
mod command;
mod languages;
mod large_rules;
mod least_limits;
mod replay;
mod replays;
mod revoked;
mod said;
mod shadow;
mod story;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use store::Batch;
use store::backend::{Direction, KeyRange};
use store::key::{Key, TenantId};
use tests::Client;

use crate::payments::{BATCH, Payments, payment};

/// Rules of every sort of input: fields, sums, rows and memberships; each with its configuration.
fn all_rules() -> [(&'static str, Value); 5] {
    [
        ("large-amount", json!({ "other_limit": 10_000 })),
        ("structuring", json!({})),
        ("high-risk-country", json!({})),
        ("unfamiliar-counterparty", json!({ "least_history": 1 })),
        ("velocity", json!({ "most_amount": 20_000.5 })),
    ]
}

/// Installs all of them live.
async fn with_all_rules(payments: &Payments) {
    let tenant = &payments.tenant;
    let countries = json!(["IR", "KP"]);
    let list = "/v1/lists/high_risk_countries";
    tenant.administrator.put(list, countries).await.expect(201);
    for (rule, config) in all_rules() {
        let plugin = tenant.publish(rule).await;
        tenant.install("payments", rule, &plugin, config).await;
    }
}

/// Waits until a job is done.
async fn done(client: &Client, path: &str) -> Value {
    until(client, path, |job| job["state"] == "done").await
}

/// Waits until something that goes on in the background is in a state.
pub(crate) async fn until(client: &Client, path: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let seen = client.get(path).await.expect(200);
        if is_meant(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "{seen}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Posts transactions as one batch.
async fn post_all(payments: &Payments, transactions: impl Iterator<Item = Value>) {
    let lines: String = transactions.map(|one| format!("{one}\n")).collect();
    let answer = payments.key.post_as(BATCH, "application/x-ndjson", lines);
    let answer = answer.await;
    assert!(answer.is_success(), "{}", answer.text());
    let text = answer.text();
    assert!(!text.contains("\"error\""), "{text}");
}

/// Large payments of amounts that no float has exactly.
fn large(count: usize) -> impl Iterator<Item = Value> {
    (0..count).map(|number| {
        let amount = 20_000.1 + number as f64 / 3.0;
        payment(&format!("t{number}"), "anna", amount)
    })
}

/// Changes the first finding of an alert where it is kept, as nothing but damage would.
async fn tamper(payments: &Payments, alert: &str, change: impl Fn(&mut Value)) {
    let tenant = payments.host.app().tenant_named(payments.tenant.name());
    let tenant: TenantId = tenant.expect("the tenant");
    let id = u128::from_str_radix(&alert.replace('-', ""), 16).expect("an id");
    let store = &payments.host.app().services.store;
    let findings = KeyRange::findings(tenant, id.to_be_bytes());
    let first = store.range(findings, Direction::Forward).next();
    let (key, value) = first.expect("a finding").expect("it is read");
    let (_, record) = Key::parse(&key).expect("a key");
    let mut finding: Value = serde_json::from_slice(&value).expect("a finding");
    change(&mut finding);
    let mut batch = Batch::new();
    batch.put(Key::new(tenant, &record), finding.to_string().into_bytes());
    store.commit_wait(batch).await.expect("it is written");
}

/// Judges an alert's findings again.
async fn replay(client: &Client, alert: &str, body: Value) -> Value {
    let path = format!("/v1/alerts/{alert}/replay");
    client.post(&path, body).await.expect(200)
}

/// The ids of all alerts, oldest first.
async fn ids(payments: &Payments) -> Vec<String> {
    let mut alerts = payments.tenant.alerts().await;
    alerts.reverse();
    let ids = alerts.iter().map(|alert| alert["id"].as_str());
    ids.map(|id| id.expect("an id").to_owned()).collect()
}

/// Counts of a replay: findings, same, different, failed.
fn counts(replay: &Value) -> [u64; 4] {
    ["findings", "same", "different", "failed"].map(|member| {
        let count = &replay[member];
        count
            .as_u64()
            .unwrap_or_else(|| panic!("{member}: {replay}"))
    })
}

/// All parameters are as they were.
fn as_it_was() -> Value {
    json!({})
}
