//! What is masked cannot be found out by asking often.

use serde_json::{Value, json};
use tests::Client;

use super::Masked;

async fn count(client: &Client, query: &str) -> (usize, u64, usize) {
    let list = client.all(&format!("/v1/alerts?{query}")).await.len();
    let summary = client.get(&format!("/v1/alerts/summary?{query}")).await;
    let summary = summary.expect(200)["count"].as_u64().expect("a count");
    let file = client.get(&format!("/v1/alerts/export?{query}")).await;
    assert_eq!(file.status, 200, "{}", file.text());
    let mut rows = csv::Reader::from_reader(&*file.body);
    (list, summary, rows.records().count())
}

/// A Watcher guesses an amount digit by digit, and by every word of the titles and every label.
#[tokio::test(flavor = "multi_thread")]
async fn searches_do_not_tell_what_is_masked() {
    let masked = Masked::start().await;
    masked.payments.tenant.publish("standard-csv").await;
    masked.post("a", "anna").await;
    let all = masked.administrator.all("/v1/alerts").await.len();
    let digits = [
        "1",
        "12",
        "123",
        "1234",
        "12345",
        "123456",
        "123456.7",
        "123456.78",
    ];
    for digits in digits {
        let query = format!("q={digits}");
        assert_ne!(count(&masked.administrator, &query).await.0, 0, "{query}");
        assert_eq!(count(&masked.watcher, &query).await, (0, 0, 0), "{query}");
    }
    for query in [
        "q=EUR",
        "q=the+limit",
        "q=large+exceeds",
        "q=everything",
        "q=iran+OR+IR",
        "label=large+amount",
        "label=everything",
        "label=country&label=large",
        "label=everything&q=needs",
    ] {
        assert_eq!(count(&masked.watcher, query).await, (0, 0, 0), "{query}");
    }
    // What is shown is found, by no more than it says.
    for (query, expect) in [
        ("q=details", all),
        ("q=large-amount", 1),
        ("q=every-input+need", 2),
        ("q=a", all),
        ("severity=high", 1),
        ("txn_id=a", all),
    ] {
        assert_eq!(count(&masked.watcher, query).await.0, expect, "{query}");
    }
    assert_eq!(count(&masked.administrator, "q=details").await.0, 0);

    // What people say is theirs, and found by all.
    let large = masked.alert_of("a", "large-amount").await;
    let said = json!({ "title": "Ask anna", "labels": ["large amount", "vip"] });
    masked.administrator.patch(&large, said).await.expect(200);
    assert_eq!(count(&masked.watcher, "q=ask").await.0, 1);
    assert_eq!(count(&masked.watcher, "label=vip").await.0, 1);
    assert_eq!(count(&masked.watcher, "label=large+amount").await.0, 0);
    masked
        .watcher
        .get("/v1/alerts?sort=score")
        .await
        .problem(400);
    masked.payments.host.stop().await;
}

/// Who guesses a title or a label by writing it learns nothing from the answer, the version or the history.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_that_are_written_do_not_tell() {
    let masked = Masked::start().await;
    let analyst = masked.payments.tenant.user("ana", &["AML Analyst"]).await;
    let outcome = async |txn_id: &str, title: &str, label: &str| -> Value {
        masked.post(txn_id, txn_id).await;
        let path = masked.alert_of(txn_id, "large-amount").await;
        let guess = json!({ "title": title, "labels": [label] });
        let mut changed = analyst.patch(&path, guess).await.expect(200);
        for own in [
            "id",
            "dprofile_id",
            "txn_ids",
            "created_at",
            "updated_at",
            "findings",
            "info",
        ] {
            changed.as_object_mut().expect("an object").remove(own);
        }
        changed["title"] = Value::Null;
        changed["labels"] = Value::Null;
        let history = analyst.all(&format!("{path}/history")).await;
        let changes = history.last().expect("a change")["changes"].clone();
        let fields = changes.as_array().expect("changes").iter();
        let fields: Vec<Value> = fields
            .map(|change| json!([change["field"], change["from"]]))
            .collect();
        json!([changed, fields])
    };
    let right = outcome(
        "r",
        "EUR 123,456.78 exceeds the limit of 10,000.00",
        "large amount",
    );
    let right = right.await;
    let wrong = outcome(
        "w",
        "EUR 123,456.79 exceeds the limit of 10,000.00",
        "small amount",
    );
    assert_eq!(right, wrong.await);

    masked.post("b", "b").await;
    let path = masked.alert_of("b", "large-amount").await;
    let before = analyst.get(&path).await.expect(200);
    let id = before["id"].clone();
    for label in ["large amount", "small amount"] {
        let change = json!({ "alerts": [id], "change": { "remove_labels": [label] } });
        let bulk = analyst.post("/v1/alerts/bulk", change).await;
        bulk.expect(202);
        let done = |bulk: &Value| bulk["state"] == "done";
        crate::trying::until(&analyst, bulk.header("location"), done).await;
    }
    let after = analyst.get(&path).await.expect(200);
    assert_eq!(after, before, "nothing was removed, and nothing counted");
    let full = masked.administrator.get(&path).await.expect(200);
    assert_eq!(full["labels"], json!(["large amount"]));
    masked.payments.host.stop().await;
}
