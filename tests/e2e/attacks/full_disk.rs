//! A disk without room.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use store::memory::MemoryBackend;
use tests::TestHost;

use super::until;
use crate::payments::{BATCH, POST, Payments, fields, payment};

const NDJSON: &str = "application/x-ndjson";

fn rows(from: usize, to: usize) -> String {
    let rows = (from..to).map(|row| format!("{}\n", payment(&format!("t{row}"), "anna", 1.0)));
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_which_nothing_is_accepted_is_refused_as_a_whole() {
    let backend = Arc::new(MemoryBackend::new());
    let payments = Payments::on(TestHost::builder().over(backend.clone())).await;
    let anyone = payments.host.anonymous();
    anyone.get("/readyz").await.expect(200);

    backend.set_full(true);
    for accept in [NDJSON, "application/json"] {
        let request = payments
            .key
            .request(Method::POST, BATCH)
            .header("accept", accept);
        let request = request.header("content-type", NDJSON).body(rows(0, 20_000));
        let answer = payments.key.send(request).await;
        assert!(answer.problem(503).contains("send all of it again"));
        assert!(!answer.header("retry-after").is_empty());
    }
    anyone.get("/readyz").await.problem(503);
    anyone.get("/healthz").await.expect(200);
    assert!(payments.key.all(POST).await.is_empty());

    // Nobody writes, and yet it is noticed that there is room again.
    backend.set_full(false);
    until("it is ready", async || {
        anyone.get("/readyz").await.status == 200
    })
    .await;
    let answer = payments.key.post_as(BATCH, NDJSON, rows(0, 20_000)).await;
    assert_eq!(answer.text().matches("\"status\":201").count(), 20_000);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_which_something_was_accepted_says_so_line_by_line() {
    let backend = Arc::new(MemoryBackend::new());
    let payments = Payments::on(TestHost::builder().over(backend.clone())).await;
    let mut connection = tests::RawConnection::post(&payments.key, BATCH, NDJSON, None).await;
    connection.chunk(rows(0, 1).as_bytes()).await;
    connection.read_until("\"status\":201").await;
    backend.set_full(true);
    connection.chunk(rows(1, 1000).as_bytes()).await;
    connection.chunk(b"").await;
    let answer = connection.read_to_end().await;
    assert_eq!(answer.matches("\"status\":201").count(), 1);
    assert_eq!(answer.matches("\"status\":503").count(), 999);
    let last = answer
        .lines()
        .rev()
        .find(|line| line.starts_with('{'))
        .expect("a line");
    let last: Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(last["txn_id"], "t999");
    backend.set_full(false);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_stay_in_memory_without_what_was_refused() {
    let backend = Arc::new(MemoryBackend::new());
    let builder = TestHost::builder().over(backend.clone()).taking_plugins();
    let host = builder.start().await;
    // No other test has a tenant of this name, so its metrics are those of this one.
    let tenant = host.tenant("windows-of-a-full-disk").await;
    let key = tenant.team("payments", &fields()).await;
    let plugin = tenant.publish("velocity").await;
    let config = json!({ "minutes": 60, "most_transactions": 2, "most_amount": 1e9 });
    tenant
        .install("payments", "velocity", &plugin, config)
        .await;
    let post = async |number: u32, customer: String| {
        let transaction = payment(&format!("t{number}"), &customer, 1.0);
        key.post(POST, transaction).await
    };
    for number in 0..40 {
        post(number, format!("c{}", number % 20)).await.expect(201);
    }

    backend.set_full(true);
    post(40, "c0".to_owned()).await.problem(503);
    backend.set_full(false);
    until("there is room again", async || {
        post(41, "c1".to_owned()).await.status == 201
    })
    .await;
    let read_from_index = async || {
        let metrics = host.anonymous().get("/metrics").await.text();
        let is_count = |line: &&str| {
            line.starts_with("vervet_window_lookups_total")
                && line.contains(tenant.name())
                && line.contains("found=\"index\"")
        };
        let line = metrics.lines().find(is_count).expect("a count");
        line.rsplit_once(' ').expect("a value").1.to_owned()
    };
    for number in 42..60 {
        let customer = format!("c{}", number - 40);
        let answer = post(number, customer).await.expect(201);
        assert_eq!(
            answer["alerts"].as_array().map(Vec::len),
            Some(1),
            "{answer}"
        );
    }
    assert_eq!(read_from_index().await, "0");

    // The refused one does not count: two came before.
    let answer = post(60, "c0".to_owned()).await.expect(201);
    let alerts = tenant.administrator.get("/v1/alerts?dprofile_id=c0").await;
    assert_eq!(
        answer["alerts"].as_array().map(Vec::len),
        Some(1),
        "{answer}"
    );
    let alerts = alerts.expect(200);
    let seen = alerts["items"][0].to_string();
    assert!(seen.contains("3 transactions"), "{seen}");
    assert_ne!(
        read_from_index().await,
        "0",
        "what the refused one entered is read again"
    );
}
