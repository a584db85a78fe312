//! What the inputs of a rule may cost the host: priced when it is installed, and measured while it works.

use serde_json::{Value, json};
use tests::{Client, TestHost, TestTenant, field};

use crate::stored_release::OldHost;

/// A host with a tenant, and the key of its team.
async fn host(max_plan_price: u64) -> (TestHost, TestTenant, Client) {
    let builder = TestHost::builder().in_memory().taking_plugins();
    let builder = builder.config(|config| {
        config.lanes.max_plan_price = max_plan_price;
        config.lanes.input_milliseconds = 0;
    });
    let host = builder.start().await;
    // No other test has a tenant of this name, so its metrics are those of this one.
    let athora = host.tenant(&format!("prices-{max_plan_price}")).await;
    let fields = [field("amount", "float"), field("country", "string")];
    let aml = athora.team("aml", &fields).await;
    (host, athora, aml)
}

/// The value of a metric of a tenant.
async fn metric(host: &TestHost, tenant: &TestTenant, name: &str) -> f64 {
    metric_with(host, tenant, name, "").await
}

/// The value of a tenant's metric with a label.
async fn metric_with(host: &TestHost, tenant: &TestTenant, name: &str, label: &str) -> f64 {
    let metrics = host.anonymous().get("/metrics").await.text();
    let of = |line: &&str| {
        line.starts_with(name) && line.contains(tenant.name()) && line.contains(label)
    };
    let line = metrics.lines().find(of);
    let line = line.unwrap_or_else(|| panic!("there is no {name}: {metrics}"));
    let (_, value) = line.rsplit_once(' ').expect("a value");
    value.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_costs_too_much_is_refused_with_what_costs_what() {
    let (_host, athora, _) = host(5_000).await;
    let plugin = athora.publish("costly-plan").await;
    let live = json!({ "mode": "live" });
    let refused = athora
        .put_rule("aml", "costly", &plugin, live)
        .await
        .expect(422);
    let detail = refused["detail"].as_str().expect("a detail");
    let expect = "rule 'costly' has inputs that cost 44832 units for a transaction, and may have inputs that cost 5000: \
                  'amounts_0' 732 (distinct values by 'country' over 730 days), ";
    assert!(detail.starts_with(expect), "{detail}");
    assert!(detail.contains("lanes.max_plan_price"), "{detail}");
    assert_eq!(refused["errors"][0]["reason"], "too_expensive");
    let backtest = json!({ "plugin": plugin.name, "version": plugin.version });
    let refused = athora
        .administrator
        .post("/v1/teams/aml/backtests", backtest)
        .await;
    assert!(refused.problem(422).contains("cost 44832 units"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_inputs_take_is_measured_and_interrupted() {
    let (host, athora, aml) = host(50_000).await;
    let plugin = athora.publish("costly-plan").await;
    athora.install("aml", "costly", &plugin, json!({})).await;
    let row = |number: u32| {
        let day = 1 + number * 7 % 28;
        json!({
            "txn_id": format!("t{number}"), "customer_id": "anna", "amount": number, "country": "BE",
            "date_time": format!("2026-01-{day:02}T12:00:00Z"),
        })
    };
    let rows: Vec<Value> = (0..60).map(row).collect();
    let accepted = aml.post("/v1/transactions/batch", Value::from(rows)).await;
    assert_eq!(accepted.text().matches("\"status\":201").count(), 60);
    assert!(metric(&host, &athora, "vervet_input_stage_seconds_sum").await > 0.0);
    assert!(metric(&host, &athora, "vervet_input_stage_interruptions_total").await > 0.0);
    assert!(metric(&host, &athora, "vervet_window_bytes").await > 0.0);
    // All are of one country: it was new once, and in memory from then on.
    let lookups = async |found| {
        let label = format!("found=\"{found}\"");
        metric_with(&host, &athora, "vervet_window_lookups_total", &label).await
    };
    let (memory, new, index) = (
        lookups("memory").await,
        lookups("new").await,
        lookups("index").await,
    );
    assert!(memory > 0.0 && new > 0.0, "{memory} {new}");
    assert_eq!(index, 0.0);
    assert_eq!(
        metric(&host, &athora, "vervet_window_rows_read_total").await,
        0.0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_plan_goes_on_and_is_listed() {
    let old = OldHost::start().await;
    let owner = old.owner();
    let readiness = old.host.anonymous();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    let counts = loop {
        let ready = readiness.get("/readyz").await.expect(200);
        if ready["grandfathered"].is_object() {
            break ready["grandfathered"].clone();
        }
        assert!(std::time::Instant::now() < deadline, "{ready}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(counts["plan_price"], 1, "{counts}");
    // The same may be installed again, though nothing like it may be installed newly.
    let costly = owner.get("/v1/teams/aml/rules/costly").await.expect(200);
    let again = |config: Value| json!({ "plugin": costly["plugin"], "version": costly["version"], "config": config, "mode": "shadow" });
    let path = "/v1/teams/aml/rules/costly";
    assert!(
        owner
            .put(path, again(costly["config"].clone()))
            .await
            .is_success()
    );
    let other = owner.put(path, again(json!({ "other": 1 }))).await;
    assert!(other.problem(422).contains("lanes.max_plan_price"));
}
