//! For how long files are kept.

use std::time::Duration;

use serde_json::json;

use super::{Exports, NIGHTLY, id};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test(flavor = "multi_thread")]
async fn old_files_go_and_their_records_stay() {
    let mut exports = Exports::start("ndjson", 2).await;
    let export = exports.put(json!({ "retention": { "days": 3 } })).await;
    assert_eq!(export.expect(201)["retention"]["days"], 3);
    let clock = exports.payments.host.clock().clone();
    let mut runs = Vec::new();
    for _ in 0..3 {
        let run = exports.begin().await;
        assert_eq!(exports.over(&run).await["state"], "ready");
        runs.push(run);
        if runs.len() < 3 {
            clock.advance(DAY);
        }
    }
    assert_eq!(exports.files().len(), 3);

    clock.advance(DAY * 3 / 2);
    let expired = exports
        .until(&runs[0], |run| run["state"] == "expired")
        .await;
    assert_eq!(expired["rows"], 2);
    assert!(
        expired["reason"]
            .as_str()
            .expect("a reason")
            .contains("3 days")
    );
    assert_eq!(expired["sha256"].as_str().map(str::len), Some(64));
    let gone = exports.get(&format!("{}/file", runs[0])).await.problem(404);
    assert!(gone.contains("/v1/exports/nightly/latest"), "{gone}");
    assert_eq!(exports.get(&runs[1]).await.expect(200)["state"], "ready");

    // The newest stays, however old it is, also over a restart.
    exports.payments.host.restart_later(100 * DAY).await;
    exports
        .until(&runs[1], |run| run["state"] == "expired")
        .await;
    let latest = exports.get(&format!("{NIGHTLY}/latest")).await;
    assert_eq!(latest.status, 200);
    assert_eq!(exports.get(&runs[2]).await.expect(200)["state"], "ready");
    assert_eq!(exports.files().len(), 1);

    // A shorter time is kept to at once.
    let newest = exports.begin().await;
    exports.over(&newest).await;
    exports
        .until(&runs[2], |run| run["state"] == "expired")
        .await;
    exports
        .put(json!({ "retention": { "days": 1 } }))
        .await
        .expect(200);
    assert_eq!(exports.get(&newest).await.expect(200)["state"], "ready");

    let client = exports.payments.tenant.administrator.clone();
    assert_eq!(client.delete(NIGHTLY).await.status, 204);
    let deleted = exports
        .until(&newest, |run| run["state"] == "expired")
        .await;
    assert_eq!(deleted["reason"], "the export was deleted");
    none_left(&exports).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_deleted_while_it_runs_leaves_no_file() {
    let exports = Exports::start("hostile-formatter", 600).await;
    let config = json!({ "formatter": {
        "plugin": exports.formatter.name, "version": exports.formatter.version,
        "config": { "write": "burns" },
    } });
    exports.put(config).await.expect(201);
    let run = exports.begin().await;
    exports.until(&run, |run| run["state"] == "running").await;
    let client = &exports.payments.tenant.administrator;
    assert_eq!(client.delete(NIGHTLY).await.status, 204);
    let failed = exports.over(&run).await;
    assert_eq!(failed["state"], "failed");
    assert_eq!(failed["reason"], "the export was deleted");
    none_left(&exports).await;
}

/// What was written when the host was ended, and never noted, is removed at the next start.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_no_run_are_removed_at_a_start() {
    let mut exports = Exports::start("ndjson", 2).await;
    exports.put(json!({})).await.expect(201);
    let ready = exports.run().await;
    let file = exports.files().pop().expect("a file");
    assert!(file.ends_with(id(&ready)));
    let orphan = file.with_file_name("0197f7a0-0000-7000-8000-000000000001");
    std::fs::write(&orphan, "half").expect("a file");
    exports.payments.host.restart().await;
    let deadline = std::time::Instant::now() + super::PATIENCE;
    while orphan.exists() {
        assert!(std::time::Instant::now() < deadline);
        tokio::task::yield_now().await;
    }
    assert_eq!(exports.files(), [file]);
    assert_eq!(exports.get(&format!("{NIGHTLY}/latest")).await.status, 200);
}

async fn none_left(exports: &Exports) {
    let deadline = std::time::Instant::now() + super::PATIENCE;
    while !exports.files().is_empty() {
        assert!(
            std::time::Instant::now() < deadline,
            "{:?}",
            exports.files()
        );
        tokio::task::yield_now().await;
    }
}
