//! The files of runs arrive, or it is known why not.

mod answers;
mod definition;
mod object_store;
mod order;
mod places;
mod receiver;
pub(crate) mod seaweed;
mod tls;
mod truth;
mod webhooks;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Client, TestHostBuilder, TestPlugin, TestTenant};

use crate::payments::{Payments, payment};

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// A tenant with some alerts and a formatter.
struct Exporting {
    payments: Payments,
    formatter: TestPlugin,
}

impl Exporting {
    /// On a host that lets deliveries go to this machine, over http.
    async fn start() -> Self {
        Self::on(open(tests::TestHost::builder().in_memory())).await
    }

    async fn on(builder: TestHostBuilder) -> Self {
        let payments = Payments::on(builder).await.with_large_amount().await;
        for number in 0..3 {
            let transaction = payment(&format!("t{number}"), "anna", 20_000.0);
            payments.post(transaction).await.expect(201);
        }
        let formatter = payments.tenant.publish("ndjson").await;
        Self {
            payments,
            formatter,
        }
    }

    fn client(&self) -> &Client {
        &self.payments.tenant.administrator
    }

    fn definition(&self, deliveries: Value) -> Value {
        definition(&self.formatter, deliveries)
    }

    /// Defines the export `nightly`.
    async fn define(&self, deliveries: Value) -> Value {
        let answer = self
            .client()
            .put("/v1/exports/nightly", self.definition(deliveries))
            .await;
        assert!(answer.is_success(), "{}", answer.text());
        answer.expect(answer.status)
    }

    /// Runs `nightly`, and answers the run when it is ready.
    async fn run(&self) -> Value {
        run(&self.payments.tenant, "nightly").await
    }

    /// The delivery of a run, when it is as wanted.
    async fn delivery(&self, run: &Value, is_wanted: impl Fn(&Value) -> bool) -> Value {
        delivery(self.client(), run, is_wanted).await
    }

    async fn retry(&self, run: &Value) -> tests::Answer {
        let path = format!("{}/deliveries/0/retry", path_of(run));
        self.client().post(&path, json!({})).await
    }

    /// Moves the host's clock.
    fn advance(&self, seconds: u64) {
        let clock = self.payments.host.clock();
        clock.advance(Duration::from_secs(seconds));
    }
}

/// Lets deliveries go to this machine, over http, and gives up soon on receivers that hang.
fn open(builder: TestHostBuilder) -> TestHostBuilder {
    builder.config(|config| {
        config.deliveries.allow_private = true;
        config.deliveries.allow_http = true;
        config.deliveries.answer_seconds = 1;
    })
}

fn definition(formatter: &TestPlugin, deliveries: Value) -> Value {
    json!({
        "formatter": { "plugin": formatter.name, "version": formatter.version },
        "deliveries": deliveries,
    })
}

fn path_of(run: &Value) -> String {
    let text = |member: &str| run[member].as_str().expect("a text");
    format!("/v1/exports/{}/runs/{}", text("export"), text("id"))
}

/// Runs an export, and answers the run when it is ready.
async fn run(tenant: &TestTenant, export: &str) -> Value {
    let client = &tenant.administrator;
    let begun = client
        .post(&format!("/v1/exports/{export}/runs"), json!({}))
        .await;
    let begun = begun.expect(202);
    let path = path_of(&begun);
    until(
        async || client.get(&path).await.expect(200),
        |run| run["state"] == "ready",
    )
    .await
}

async fn delivery(client: &Client, run: &Value, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let path = path_of(run);
    until(
        async || client.get(&path).await.expect(200)["deliveries"][0].take(),
        is_wanted,
    )
    .await
}

/// Asks until the answer is as wanted.
async fn until(ask: impl AsyncFn() -> Value, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = ask().await;
        if is_wanted(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "still {answer}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a delivery was tried so often.
fn tried(attempts: u64) -> impl Fn(&Value) -> bool {
    move |delivery| delivery["attempts"] == attempts
}

fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |delivery| delivery["state"] == state
}

/// Seconds from one time to another.
fn seconds(from: &Value, to: &Value) -> f64 {
    let parse = |time: &Value| {
        let text = time
            .as_str()
            .unwrap_or_else(|| panic!("a time, not {time}"));
        let moment: jiff::Timestamp = text.parse().expect("RFC 3339");
        moment.as_microsecond() as f64 / 1e6
    };
    parse(to) - parse(from)
}
