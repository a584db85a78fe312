//! Ids that look like parts of paths, and times at the edges.

use reqwest::Method;
use serde_json::json;
use tests::{TestHost, field};

use crate::payments::{BATCH, POST, Payments, payment};

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_of_any_id_is_reachable() {
    let payments = Payments::start().await;
    let encoded = |id: &str| -> String { id.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let ids = [
        "batch",
        "BATCH",
        "a/b",
        "/",
        "//",
        "a//b",
        ".",
        "..",
        "../batch",
        "%",
        "%2F",
        "a%2Fb",
        "?a=b",
        "#",
        "a b",
        " ",
        "+",
        "é\u{1f600}",
        "\u{202e}x",
        "\n",
        "\u{7f}",
        "\"",
        "null",
        "a\\b",
    ];
    for id in ids {
        payments
            .key
            .post(POST, payment(id, "anna", 1.0))
            .await
            .expect(201);
        let request = payments.key.request(Method::GET, POST);
        let listed = payments
            .key
            .send(request.query(&[("txn_id", id)]))
            .await
            .expect(200);
        assert_eq!(listed["items"][0]["payload"]["txn_id"], id, "{id:?}");
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{id:?}");
        assert_eq!(listed["next_cursor"], json!(null));
        let request = payments.key.request(Method::GET, POST);
        let other = request.query(&[("txn_id", id), ("customer_id", "bert")]);
        assert_eq!(
            payments.key.send(other).await.expect(200)["items"],
            json!([]),
            "{id:?}"
        );
        // Clients take '.' and '..' for steps of a path, even encoded.
        if id != "." && id != ".." {
            let path = format!("{POST}/{}", encoded(id));
            let read = payments.key.get(&path).await.expect(200);
            assert_eq!(read["payload"]["txn_id"], id, "{id:?}");
        }
    }
    payments.key.get(BATCH).await.expect(200);
    payments.host.stop().await;
}

#[tokio::test]
async fn a_bank_of_any_id_is_reachable() {
    let host = TestHost::builder().in_memory().start().await;
    let bank = host.tenant("bank").await;
    let client = bank.bank_client("hub", "hub").await;
    for id in ["session", "accounts", "transactions", "authorize", "75"] {
        let path = |call: &str| format!("/api/v2/bank/{id}/{call}");
        let body = json!({ "userId": "anna", "sessionExternalId": id });
        let begun = client.post(&path("authorize"), body).await.expect(201);
        assert_eq!(begun["bankId"], id);
        client
            .post(&path("refresh"), json!({ "userId": "bert" }))
            .await
            .problem(404);
        let consent = json!({ "userId": "anna" });
        client
            .delete_with(&path("consent"), consent)
            .await
            .expect(200);
    }
    host.stop().await;
}

#[tokio::test]
async fn times_at_the_edges_and_odd_ids_are_taken_or_refused_for_what_they_are() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let key = athora.team("aml", &[field("until", "date_time")]).await;
    let post = async |id: &str, customer: &str, at: &str, until: &str| {
        let payload =
            json!({ "txn_id": id, "customer_id": customer, "date_time": at, "until": until });
        key.post("/v1/transactions", payload).await
    };
    let now = "2026-03-01T10:00:00Z";
    post("1", "c", now, "0001-01-01T00:00:00Z")
        .await
        .expect(201);
    post("2", "c", now, "2016-12-31T23:59:60Z")
        .await
        .expect(201);
    let read = key.get("/v1/transactions/2").await.expect(200);
    assert_eq!(read["payload"]["until"], "2016-12-31T23:59:60Z");
    let latest = "must be from -009999-01-02T01:59:59Z to 9999-12-30T22:00:00Z";
    for (at, until, expect) in [
        (now, "9999-12-31T23:59:59Z", latest),
        ("9999-12-31T23:59:59Z", now, latest),
        (
            now,
            "2024-09-25T24:00:00Z",
            "a time of day from 00:00 to 23:59:59",
        ),
    ] {
        let refused = post("x", "c", at, until).await;
        refused.problem(422);
        assert!(refused.text().contains(expect), "{}", refused.text());
    }

    let alert = async |customer: &str| {
        let alert = json!({
            "team": "aml", "title": "t", "incident_type": "trx_aml_alert", "dprofile_id": customer,
        });
        athora.administrator.post("/v1/alerts", alert).await
    };
    post("3", "a\tb\u{7f}", now, "").await.expect(201);
    alert("a\tb\u{7f}").await.expect(201);
    assert!(alert("a\0b").await.problem(422).contains("U+0000"));
    assert!(alert("").await.problem(422).contains("must not be empty"));
    assert!(
        alert(&"x".repeat(201))
            .await
            .problem(422)
            .contains("200 characters")
    );
    host.stop().await;
}
