//! Rules whose windows need an index of stored transactions: they are answered at once, and take effect when it is whole.

mod effect;
mod gate;
mod meanwhile;
mod replaced;
mod stops;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tests::{Client, TestHost, TestPlugin, TestTenant, field};

use crate::payments::{BATCH, POST, payment, with};
use crate::trying::until;
use gate::Gate;

const TEAM: &str = "/v1/teams/payments";
/// How many tenants were made.
static TENANTS: AtomicUsize = AtomicUsize::new(0);

const RULES: &str = "/v1/teams/payments/rules";

/// A host that prepares every rule in the background whose windows need any stored transaction, and reads none of them
/// before the test opens the gate.
struct World {
    gate: Arc<Gate>,
    host: TestHost,
    tenant: TestTenant,
    /// Has an API key of the team.
    key: Client,
    velocity: TestPlugin,
}

/// The fields of the team: many that windows can be by.
fn fields() -> Vec<Value> {
    let texts = [
        "currency",
        "country",
        "counterparty",
        "city",
        "bank",
        "card",
    ];
    let texts = texts.iter().map(|name| field(name, "string"));
    texts.chain([field("amount", "float")]).collect()
}

/// A payment to acme of whoever.
fn to_acme(txn_id: &str, customer: &str) -> Value {
    let more = json!({ "city": "Ghent", "bank": "b", "card": "c" });
    with(payment(txn_id, customer, 1.0), more)
}

/// The body of an install: whoever has more than `most` transactions within a day, by a field, is reported.
fn by(field: &str, most: u64) -> Value {
    json!({ "mode": "live", "config": { "by": field, "most_transactions": most } })
}

impl World {
    async fn start() -> Self {
        let gate = Gate::closed();
        let host = TestHost::builder()
            .over(gate.clone())
            .config(|config| config.lanes.prepare_in_request_rows = 0)
            .taking_plugins()
            .start()
            .await;
        // Metrics are of a process, and tests may share one.
        let number = TENANTS.fetch_add(1, Ordering::Relaxed);
        let tenant = host.tenant(&format!("athora-{number}")).await;
        let key = tenant.team("payments", &fields()).await;
        let velocity = tenant.publish("velocity").await;
        Self {
            gate,
            host,
            tenant,
            key,
            velocity,
        }
    }

    /// Posts payments to acme, each of another customer.
    async fn post_many(&self, numbers: Range<usize>) {
        let lines: String = numbers
            .map(|number| to_acme(&format!("t{number}"), &format!("c{number}")))
            .map(|payment| format!("{payment}\n"))
            .collect();
        let answer = self.key.post_as(BATCH, "application/x-ndjson", lines).await;
        assert!(answer.is_success(), "{}", answer.text());
        assert!(!answer.text().contains("\"error\""), "{}", answer.text());
    }

    /// Posts a payment to acme; returns the titles of its alerts.
    async fn titles(&self, txn_id: &str, customer: &str) -> Vec<String> {
        let payment = to_acme(txn_id, customer);
        let posted = self.key.post(POST, payment).await.expect(201);
        let alerts = posted["alerts"].as_array().expect("alerts").iter();
        let title = |alert: &Value| alert["title"].as_str().expect("a title").to_owned();
        alerts.map(title).collect()
    }

    async fn put(&self, rule: &str, install: Value) -> tests::Answer {
        let (tenant, velocity) = (&self.tenant, &self.velocity);
        tenant.put_rule("payments", rule, velocity, install).await
    }

    async fn get(&self, path: &str) -> Value {
        self.tenant.administrator.get(path).await.expect(200)
    }

    async fn rule(&self, rule: &str) -> Value {
        self.get(&format!("{RULES}/{rule}")).await
    }

    /// Waits until the newest install of a rule is in force.
    async fn active(&self, rule: &str) -> Value {
        let path = format!("{RULES}/{rule}");
        let client = &self.tenant.administrator;
        until(client, &path, |rule| rule["state"] == "active").await
    }

    /// Number and state of each install of a rule that is listed, newest first.
    async fn installs(&self, rule: &str) -> Vec<(u64, String)> {
        let path = format!("{RULES}/{rule}/installs");
        let installs = self.tenant.administrator.all(&path).await;
        let one = |install: &Value| {
            let number = install["install"].as_u64().expect("a number");
            let state = install["state"].as_str().expect("a state");
            (number, state.to_owned())
        };
        installs.iter().map(one).collect()
    }

    /// How many rules of the tenant are being prepared, as `/metrics` and `/readyz` say.
    async fn preparing(&self) -> (String, u64) {
        let anyone = self.host.anonymous();
        let metrics = anyone.get("/metrics").await.text();
        let gauge = format!(
            "vervet_rules_preparing{{tenant=\"{}\"}} ",
            self.tenant.name()
        );
        let mut lines = metrics.lines();
        let count = lines.find_map(|line| line.strip_prefix(&*gauge));
        let ready = anyone.get("/readyz").await.expect(200);
        assert_eq!(ready["status"], "ready");
        let counted = ready["rules"]["preparing"].as_u64();
        (
            count.unwrap_or("absent").to_owned(),
            counted.expect("a count"),
        )
    }
}

fn listed(installs: &[(u64, &str)]) -> Vec<(u64, String)> {
    let installs = installs.iter();
    installs
        .map(|(number, state)| (*number, (*state).to_owned()))
        .collect()
}
