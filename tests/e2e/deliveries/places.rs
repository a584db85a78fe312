//! Where deliveries may not go.

use serde_json::json;
use tests::TestHost;

use super::receiver::{Receiver, Reply};
use super::{Exporting, open, tried};

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_inside_is_found_when_it_is_called() {
    let builder = TestHost::builder().in_memory().config(|config| {
        config.deliveries.allow_http = true;
    });
    let exporting = Exporting::on(builder).await;
    let receiver = Receiver::that(Reply::Status(200)).await;
    let literal = json!([{ "kind": "webhook", "url": receiver.url() }]);
    let answer = exporting
        .client()
        .put("/v1/exports/nightly", exporting.definition(literal))
        .await;
    assert!(answer.problem(422).contains("which is loopback"));

    let named = receiver.url().replace("127.0.0.1", "localhost");
    exporting
        .define(json!([{ "kind": "webhook", "url": named }]))
        .await;
    let run = exporting.run().await;
    let delivery = exporting.delivery(&run, tried(1)).await;
    let answer = delivery["last_answer"].as_str().expect("an answer");
    assert!(
        answer.contains("which is loopback") && answer.contains("allow_private"),
        "{answer}"
    );
    assert_eq!(delivery["state"], "pending");

    let bucket = json!([{
        "kind": "object_store", "bucket": "exports", "region": "us-east-1", "access_key_id": "a", "secret_access_key": "b",
        "endpoint": named.trim_end_matches("/in"),
    }]);
    exporting.define(bucket).await;
    let run = exporting.run().await;
    let delivery = exporting.delivery(&run, tried(1)).await;
    let answer = delivery["last_answer"].as_str().expect("an answer");
    assert!(answer.contains("which is loopback"), "{answer}");
    assert!(receiver.received().is_empty());
    exporting.payments.host.stop().await;
}

/// Promises more bytes than there are.
const ENDLESS: &str = "HTTP/1.1 500 X\r\ncontent-length: 9000000000000000000\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_end_is_not_listened_to() {
    let builder = open(TestHost::builder().in_memory()).config(|config| {
        config.deliveries.answer_seconds = 20;
    });
    let exporting = Exporting::on(builder).await;
    let flood = Receiver::that(Reply::Flood(ENDLESS)).await;
    exporting
        .define(json!([{ "kind": "webhook", "url": flood.url() }]))
        .await;
    let run = exporting.run().await;
    let delivery = exporting.delivery(&run, tried(1)).await;
    assert_eq!(
        delivery["last_answer"],
        "the receiver answered 500 Internal Server Error"
    );

    let bucket = json!([{
        "kind": "object_store", "bucket": "exports", "region": "us-east-1", "access_key_id": "a", "secret_access_key": "b",
        "endpoint": flood.url().trim_end_matches("/in"),
    }]);
    exporting.define(bucket).await;
    let run = exporting.run().await;
    let delivery = exporting.delivery(&run, tried(1)).await;
    let answer = delivery["last_answer"].as_str().expect("an answer");
    assert!(answer.contains("answered 500 and more than"), "{answer}");
    exporting.payments.host.stop().await;
}
