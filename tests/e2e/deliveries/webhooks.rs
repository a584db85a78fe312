//! What a receiver gets, and how it knows from whom.

use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::receiver::{Received, Receiver, Reply};
use super::{Exporting, is, path_of};

fn secret(defined: &Value) -> String {
    let secret = defined["deliveries"][0]["secret"].as_str();
    secret.expect("a secret").to_owned()
}

/// Whether the specification's own library takes the signature.
fn is_signed(received: &Received, secret: &str) -> bool {
    let webhook = Webhook::new(secret).expect("a secret");
    let timestamp = received.header("webhook-timestamp").parse();
    let id = received.header("webhook-id");
    let expect = webhook.sign(id, timestamp.expect("seconds"), &received.body);
    let expect = expect.expect("a signature");
    // The library's own check takes no time but the machine's.
    received
        .header("webhook-signature")
        .split(' ')
        .any(|one| one == expect)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_posted_and_signed() {
    let exporting = Exporting::start().await;
    let receiver = Receiver::that(Reply::Status(204)).await;
    let to = json!([{ "kind": "webhook", "url": receiver.url() }]);
    let secret = secret(&exporting.define(to).await);
    let run = exporting.run().await;
    let delivery = exporting.delivery(&run, is("delivered")).await;

    let received = receiver.wait_for(1).await.remove(0);
    let file = exporting
        .client()
        .get(&format!("{}/file", path_of(&run)))
        .await;
    assert!(received.whole && !file.body.is_empty());
    assert_eq!(received.body, file.body);
    assert_eq!(received.path, "/in");
    assert_eq!(received.header("content-type"), "application/x-ndjson");
    assert_eq!(received.header("vervet-export"), "nightly");
    assert_eq!(received.header("vervet-run"), run["id"]);
    assert_eq!(received.header("vervet-snapshot-at"), run["snapshot_at"]);
    assert_eq!(received.header("vervet-sha256"), run["sha256"]);
    assert_eq!(received.header("webhook-id"), delivery["message_id"]);
    let webhook = Webhook::new(&secret).expect("a secret");
    webhook
        .verify(&received.body, &received.headers)
        .expect("signed just now");
    assert!(!is_signed(&received, "whsec_AAAA"));
    let forged = Received {
        body: [&received.body[..], b"\n"].concat(),
        ..received
    };
    assert!(!is_signed(&forged, &secret));

    assert_eq!(delivery["attempts"], 1);
    assert!(delivery["delivered_at"].is_string() && delivery["next_try_at"].is_null());
    assert_eq!(delivery["last_answer"], "204 No Content");
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_says_where_the_file_is() {
    let exporting = Exporting::start().await;
    let receiver = Receiver::that(Reply::Status(200)).await;
    let to = json!([{ "kind": "webhook", "url": receiver.url(), "send": "notice" }]);
    let secret = secret(&exporting.define(to).await);
    let run = exporting.run().await;
    exporting.delivery(&run, is("delivered")).await;
    let received = receiver.wait_for(1).await.remove(0);
    assert!(is_signed(&received, &secret));
    assert_eq!(received.header("content-type"), "application/json");
    let mut notice: Value = serde_json::from_slice(&received.body).expect("JSON");
    let url = notice["data"]["url"].take();
    let expect = json!({
        "type": "export.run.ready",
        "timestamp": notice["timestamp"],
        "data": {
            "export": "nightly", "run": run["id"], "snapshot_at": run["snapshot_at"],
            "rows": 3, "lines": 3, "bytes": run["bytes"], "sha256": run["sha256"], "url": null,
        },
    });
    assert_eq!(notice, expect);
    let path = url
        .as_str()
        .and_then(|url| url.strip_prefix(exporting.client().base()));
    let file = exporting
        .client()
        .get(path.expect("a URL of this host"))
        .await;
    assert_eq!(file.status, 200);
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_once_and_its_follower_signs_with_it_for_a_while() {
    let exporting = Exporting::start().await;
    let receiver = Receiver::that(Reply::Status(200)).await;
    let to = json!([{ "kind": "webhook", "url": receiver.url() }]);
    let first = secret(&exporting.define(to.clone()).await);
    let again = exporting.define(to).await;
    assert!(again["deliveries"][0]["secret"].is_null(), "{again}");

    let path = "/v1/exports/nightly/webhook-secret";
    let rotated = exporting
        .client()
        .post(path, json!({ "overlap_seconds": 3600 }))
        .await;
    let rotated = rotated.expect(201);
    let second = rotated["secret"].as_str().expect("a secret").to_owned();
    assert_ne!(first, second);

    let signatures = async |count: usize| {
        let run = exporting.run().await;
        exporting.delivery(&run, is("delivered")).await;
        let received = receiver.wait_for(count).await.remove(count - 1);
        let count = received.header("webhook-signature").split(' ').count();
        (
            count,
            is_signed(&received, &first),
            is_signed(&received, &second),
        )
    };
    assert_eq!(signatures(1).await, (2, true, true));
    exporting.advance(3600);
    assert_eq!(signatures(2).await, (1, false, true));

    // Nobody sees them again, whatever is asked.
    let host = exporting.payments.host.anonymous();
    for (client, path) in [
        (exporting.client(), "/v1/exports/nightly"),
        (exporting.client(), "/v1/exports"),
        (exporting.client(), "/v1/exports/nightly/deliveries"),
        (exporting.client(), "/v1/exports/nightly/runs"),
        (exporting.client(), "/v1/audit"),
        (&host, "/metrics"),
    ] {
        let text = client.get(path).await.text();
        assert!(!text.contains("whsec_"), "{path}: {text}");
    }
    let audit = exporting.client().all("/v1/audit").await;
    let rotations = audit
        .iter()
        .filter(|entry| entry["action"] == "export.webhook_secret");
    assert_eq!(rotations.count(), 1);
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_former_secret_signs_until_the_end_that_was_promised_for_it() {
    let exporting = Exporting::start().await;
    let receiver = Receiver::that(Reply::Status(200)).await;
    let to = json!([{ "kind": "webhook", "url": receiver.url() }]);
    let mut secrets = vec![secret(&exporting.define(to).await)];
    let path = "/v1/exports/nightly/webhook-secret";
    let rotate = async |seconds: u64| {
        let overlap = json!({ "overlap_seconds": seconds });
        exporting.client().post(path, overlap).await
    };
    for seconds in [3600, 60, 1800] {
        let rotated = rotate(seconds).await.expect(201);
        secrets.push(rotated["secret"].as_str().expect("a secret").to_owned());
    }
    let signing = async |count: usize| {
        let run = exporting.run().await;
        exporting.delivery(&run, is("delivered")).await;
        let received = receiver.wait_for(count).await.remove(count - 1);
        let signing = secrets.iter().map(|secret| is_signed(&received, secret));
        signing.collect::<Vec<_>>()
    };
    assert_eq!(signing(1).await, [true, true, true, true]);
    exporting.advance(60);
    assert_eq!(signing(2).await, [true, false, true, true]);
    exporting.advance(1740);
    assert_eq!(signing(3).await, [true, false, false, true]);

    // The first still signs; three more may, and then no other without ending one early.
    for _ in 0..3 {
        rotate(3600).await.expect(201);
    }
    let refused = rotate(3600).await.problem(409);
    assert!(refused.contains("4 former secrets"), "{refused}");
    rotate(0).await.expect(201);
    exporting.advance(1800);
    rotate(3600).await.expect(201);
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_url_has_a_secret_of_its_own() {
    let exporting = Exporting::start().await;
    let urls = ["http://127.0.0.1:9/a", "http://127.0.0.1:9/b"];
    let to = |urls: &[&str]| -> Value {
        urls.iter()
            .map(|url| json!({ "kind": "webhook", "url": url }))
            .collect()
    };
    let defined = exporting.define(to(&urls)).await;
    let secrets: Vec<&Value> = (0..2)
        .map(|at| &defined["deliveries"][at]["secret"])
        .collect();
    assert!(secrets[0].is_string() && secrets[1].is_string());
    assert_ne!(secrets[0], secrets[1]);

    let path = "/v1/exports/nightly/webhook-secret";
    let detail = exporting.client().post(path, json!({})).await.problem(422);
    assert!(detail.contains("2 webhooks"), "{detail}");
    let unknown = json!({ "url": "http://127.0.0.1:9/c" });
    exporting.client().post(path, unknown).await.problem(422);
    let long = json!({ "url": urls[0], "overlap_seconds": 2_592_001 });
    exporting.client().post(path, long).await.problem(422);
    let one = json!({ "url": urls[1], "overlap_seconds": 0 });
    let rotated = exporting.client().post(path, one).await.expect(201);
    assert!(rotated["former_until"].is_null(), "{rotated}");

    // What was taken away and comes back is another webhook.
    exporting.define(to(&urls[..1])).await;
    let back = exporting.define(to(&urls)).await;
    assert!(back["deliveries"][0]["secret"].is_null());
    assert_ne!(&back["deliveries"][1]["secret"], &rotated["secret"]);
    exporting.define(to(&[])).await;
    let detail = exporting.client().post(path, json!({})).await.problem(422);
    assert!(detail.contains("no webhook"), "{detail}");
    exporting.payments.host.stop().await;
}
