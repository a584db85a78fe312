//! Who may not see what a rule wrote works on its alerts without destroying it.

use serde_json::{Value, json};

use super::{Masked, NEUTRAL};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_seen_is_not_lost() {
    let masked = Masked::start().await;
    let analyst = masked.payments.tenant.user("ana", &["AML Analyst"]).await;
    masked.post("t1", "anna").await;
    let path = masked.alert_of("t1", "large-amount").await;
    let before = masked.administrator.get(&path).await.expect(200);

    // What was read is sent back with one change.
    let read = analyst.get(&path).await.expect(200);
    assert_eq!(read["title"], NEUTRAL);
    let sent = json!({
        "title": read["title"], "severity": "low", "labels": ["seen"],
    });
    let changed = analyst.patch(&path, sent).await.expect(200);
    assert_eq!(changed["title"], NEUTRAL);
    assert_eq!(changed["labels"], json!(["seen"]));
    let after = masked.administrator.get(&path).await.expect(200);
    for member in ["title", "score", "info"] {
        assert_eq!(after[member], before[member]);
    }
    assert_eq!(after["labels"], json!(["seen", "large amount"]));
    assert_eq!(after["severity"], "low");

    // Who does not see an info cannot replace it.
    let info = json!({ "info": { "note": 1 } });
    let refused = analyst.patch(&path, info.clone()).await.problem(403);
    assert!(refused.contains("transaction:sensitive"), "{refused}");
    let changed = masked.administrator.patch(&path, info).await.expect(200);
    assert_eq!(changed["info"]["limit"], 10_000.0);
    assert_eq!(changed["info"]["note"], 1);

    // A stale change tells no more than the alert.
    let request = analyst.request(reqwest::Method::PATCH, &path);
    let request = request.header("if-match", "\"1\"");
    let request = request.header("content-type", "application/merge-patch+json");
    let stale = analyst.send(request.body(r#"{"severity":"high"}"#)).await;
    assert_eq!(stale.status, 412);
    assert_eq!(super::told(&stale.text()), [""; 0]);

    let unmerged = analyst.get(&path).await.expect(200);
    assert_eq!(unmerged["score"], Value::Null);
    masked.payments.host.stop().await;
}

/// A rule that reads no masked field, of the same team, is shown to all.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_masked_stays_as_it_is() {
    let masked = Masked::start().await;
    let tenant = &masked.payments.tenant;
    let config = json!({ "other_limit": 50, "amount_field": "fee" });
    tenant
        .install("payments", "fees", &masked.large, config)
        .await;
    masked.post("t1", "anna").await;
    let path = masked.alert_of("t1", "fees").await;
    let full = masked.administrator.get(&path).await.expect(200);
    let title = "EUR 55.50 exceeds the limit of 50.00";
    assert_eq!(full["title"], title);
    let seen = masked.watcher.get(&path).await.expect(200);
    for member in ["title", "score", "labels", "findings"] {
        assert_eq!(seen[member], full[member], "{member}");
    }
    let found = masked
        .watcher
        .all("/v1/alerts?q=55.50&label=large+amount")
        .await;
    assert_eq!(found.len(), 1);
    masked.payments.host.stop().await;
}
