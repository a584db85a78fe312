//! Plugins that log: what of it reaches the log of the host.

use reqwest::Method;
use serde_json::json;
use tests::guests::component;
use tests::{HostProcess, field};

use super::guest_that_describes;

#[tokio::test(flavor = "multi_thread")]
async fn lines_say_whose_they_are_and_nothing_of_transactions() {
    let host = HostProcess::start_logging();
    let athora = host.tenant("athora").await;
    let fields = ["amount", "items", "country", "cash", "opened", "card"];
    let types = [
        "float",
        "integer",
        "string",
        "boolean",
        "date_time",
        "string",
    ];
    let fields: Vec<_> = fields
        .iter()
        .zip(types)
        .map(|(name, of)| field(name, of))
        .collect();
    let aml = athora.team("aml", &fields).await;
    let client = &athora.administrator;

    // Before its name is known, a plugin is known by its digest.
    let floods = guest_that_describes("hostile-rule", "floods");
    let upload = client.request(Method::POST, "/v1/plugins");
    let upload = upload.header("content-type", "application/wasm");
    let answer = client.send(upload.body(floods)).await;
    let place = answer.header("location").to_owned();
    if answer.status == 202 {
        athora.compiled(&place).await;
    }
    let log = host.log();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("plugin=\"sha256:"))
        .collect();
    assert!(!lines.is_empty(), "{log}");
    assert!(
        lines.iter().all(|line| line.contains("tenant=1")),
        "{lines:?}"
    );

    // It logs a line for each transaction that it judges, and says in its own words what it cannot judge.
    client
        .put("/v1/lists/countries", json!(["IR"]))
        .await
        .expect(201);
    let rule = athora.publish_bytes(component("every-input")).await;
    let config = json!({ "list": "countries", "card": "card", "large": 5.0 });
    athora.install("aml", "every", &rule, config).await;
    let posted = json!({
        "txn_id": "secret-id", "customer_id": "anna", "date_time": "2026-11-20T10:00:00Z",
        "amount": 987654321.25, "items": -271828, "country": "BE", "cash": true, "opened": "2026-01-01T00:00:00Z", "card": "c1",
    });
    let posted = aml.post("/v1/transactions", posted).await;
    assert!(posted.text().contains("failed"), "{}", posted.text());
    let log = host.log();
    for secret in [
        "a transaction is judged",
        "987654321",
        "271828",
        "secret-id",
    ] {
        assert!(!log.contains(secret), "'{secret}' is in the log: {log}");
    }
    let metrics = client.get("/metrics").await.text();
    let withheld = metrics.lines().find(|line| {
        line.starts_with("vervet_plugin_log_lines_total") && line.contains("withheld")
    });
    assert!(
        withheld.is_some_and(|line| line.contains("every-input@")),
        "{metrics}"
    );
}
