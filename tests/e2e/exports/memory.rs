//! What runs of exports leave in memory.

use serde_json::json;
use tests::HostProcess;

use super::NIGHTLY;
use crate::payments::{BATCH, fields, payment, with};
use crate::trying::until;

/// Each run reads all alerts on a thread of its own; what the system's allocator keeps for each thread added up.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn one_run_after_the_other_adds_nothing() {
    const ALERTS: usize = 8_000;
    const RUNS: usize = 12;
    // The store caches less than a run reads.
    let host = HostProcess::start_with(&[("VERVET_STORE_CACHE_MIB", "24")]);
    let tenant = host.tenant("athora").await;
    let key = tenant.team("payments", &fields()).await;
    let plugin = tenant.publish("large-amount").await;
    let config = json!({ "other_limit": 1 });
    tenant
        .install("payments", "large-amount", &plugin, config)
        .await;
    let lines: Vec<String> = (0..ALERTS)
        .map(|number| {
            let long = json!({ "counterparty": "x".repeat(2_000) });
            let posted = with(payment(&format!("t{number}"), "anna", 500.0), long);
            format!("{posted}\n")
        })
        .collect();
    for some in lines.chunks(2_000) {
        let posted = key.post_as(BATCH, "application/x-ndjson", some.concat());
        assert!(posted.await.is_success());
    }
    let formatter = tenant.publish("athora-csv").await;
    let client = &tenant.administrator;
    let export = json!({ "formatter": { "plugin": formatter.name, "version": formatter.version } });
    client.put(NIGHTLY, export).await.expect(201);
    let mut resident = Vec::new();
    for _ in 0..RUNS {
        let begun = client.post(&format!("{NIGHTLY}/runs"), json!({})).await;
        begun.expect(202);
        let run = until(client, begun.header("location"), |run| {
            run["state"] != "queued" && run["state"] != "running"
        });
        let run = run.await;
        assert_eq!(
            (&run["state"], &run["rows"]),
            (&json!("ready"), &json!(ALERTS))
        );
        resident.push(host.resident_bytes() >> 20);
    }
    // One run reads some 10 MiB.
    assert!(
        resident[RUNS - 1] < resident[2] + 20,
        "MiB after each run: {resident:?}"
    );
}
