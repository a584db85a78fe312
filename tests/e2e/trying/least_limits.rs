//! The least that an operator can allow plugins is enough for those that come with the host.

use serde_json::json;
use tests::TestHost;

use super::{large, post_all, until, with_all_rules};
use crate::payments::Payments;

/// The smallest values that the configuration takes.
const LEAST: &str = "
    [plugins]
    row_fuel = 200_000
    setup_fuel = 1_000_000
    alert_fuel = 200_000
    call_milliseconds = 100
    memory_bytes = 4_194_304
    large_memory_bytes = 4_194_304
    setup_memory_bytes = 4_194_304
    answer_bytes = 65_536
    alert_bytes = 4_096
    prepared_bytes = 1_024
    upload_bytes = 1_048_576
    compile_seconds = 5
    compile_memory_bytes = 2_147_483_648
    pooled_instances = 1
    large_instances = 1
    open_files = 1
    publish_wait_milliseconds = 300_000
    [lanes]
    window_mib = 1
    max_plan_price = 100
    input_milliseconds = 0
";

#[tokio::test(flavor = "multi_thread")]
async fn the_least_that_can_be_allowed_is_enough_for_our_own_plugins() {
    let file = ("vervet.toml".into(), LEAST.to_owned());
    let least = config::read(Some(file), [], []).expect("all of it is allowed");
    let builder = TestHost::builder().config(|config| {
        config.plugins = least.plugins;
        config.lanes.window_mib = least.lanes.window_mib;
        config.lanes.max_plan_price = least.lanes.max_plan_price;
        config.lanes.input_milliseconds = least.lanes.input_milliseconds;
    });
    let payments = Payments::on(builder.in_memory()).await;
    with_all_rules(&payments).await;
    post_all(&payments, large(300)).await;
    let client = &payments.tenant.administrator;
    for rule in [
        "large-amount",
        "structuring",
        "high-risk-country",
        "unfamiliar-counterparty",
        "velocity",
    ] {
        let failures = format!("/v1/teams/payments/rules/{rule}/failures");
        assert_eq!(client.all(&failures).await.len(), 0, "{rule}");
    }
    assert!(payments.tenant.alerts().await.len() >= 300);

    for formatter in ["standard-csv", "athora-csv", "columns-csv", "ndjson"] {
        let plugin = payments.tenant.publish(formatter).await;
        let config = match formatter {
            "columns-csv" => json!({ "columns": [{ "header": "id", "path": "id" }] }),
            _ => json!({}),
        };
        let export = json!({
            "formatter": { "plugin": plugin.name, "version": plugin.version, "config": config },
        });
        let path = format!("/v1/exports/{formatter}");
        client.put(&path, export).await.expect(201);
        let run = client.post(&format!("{path}/runs"), json!({})).await;
        run.expect(202);
        let is_over = |run: &serde_json::Value| run["finished_at"].is_string();
        let over = until(client, run.header("location"), is_over).await;
        assert_eq!(over["state"], "ready", "{formatter}: {over}");
    }
    payments.host.stop().await;
}
