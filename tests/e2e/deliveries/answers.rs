//! Receivers that do not answer as one hopes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::receiver::{Receiver, Reply};
use super::{Exporting, is, path_of, seconds, tried};
use crate::idempotency::post_twice;

/// The seconds of the ladder.
const LADDER: [f64; 9] = [
    5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0,
];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_receiver_answers_is_told_and_decides_what_comes_next() {
    let exporting = Exporting::start().await;
    let check =
        async |reply: Reply, state: &'static str, answer: &str, waits: Option<(f64, f64)>| {
            let receiver = Receiver::that(reply.clone()).await;
            exporting
                .define(json!([{ "kind": "webhook", "url": receiver.url() }]))
                .await;
            let run = exporting.run().await;
            let delivery = exporting.delivery(&run, tried(1)).await;
            assert_eq!(delivery["state"], state, "{reply:?}: {delivery}");
            let last = delivery["last_answer"].as_str().unwrap_or_default();
            assert!(last.contains(answer), "{reply:?}: {delivery}");
            match waits {
                None => assert!(delivery["next_try_at"].is_null(), "{delivery}"),
                Some((least, most)) => {
                    let wait = seconds(&delivery["last_try_at"], &delivery["next_try_at"]);
                    assert!((least..=most).contains(&wait), "{reply:?}: {wait} s");
                }
            }
            receiver.received()
        };
    let soon = Some((4.0, 6.0));
    for status in [500, 502, 404, 401, 413, 503, 429] {
        check(Reply::Status(status), "pending", &status.to_string(), soon).await;
    }
    check(Reply::Status(202), "delivered", "202", None).await;
    check(Reply::Status(410), "stopped", "wants no more", None).await;
    let elsewhere = "http://127.0.0.1:9/elsewhere".to_owned();
    for status in [301, 302, 303, 307, 308] {
        let redirect = Reply::With(status, "location", elsewhere.clone());
        let received = check(redirect, "pending", "redirects are not followed", soon).await;
        assert_eq!(received.len(), 1);
    }
    let later = |value: &str| Reply::With(429, "retry-after", value.to_owned());
    check(later("600"), "pending", "429", Some((600.0, 600.0))).await;
    check(later("1"), "pending", "429", soon).await;
    check(
        later("99999999"),
        "pending",
        "429",
        Some((86_400.0, 86_400.0)),
    )
    .await;
    let unavailable = Reply::With(503, "retry-after", "60".to_owned());
    check(unavailable, "pending", "503", Some((60.0, 60.0))).await;
    check(Reply::Hang, "pending", "no answer within 1 s", soon).await;
    check(Reply::BreakOff(0), "pending", "", soon).await;
    let broken = check(Reply::BreakOff(10), "pending", "", soon).await;
    assert!(!broken[0].whole);

    // Nobody listens there any more.
    let gone = Receiver::that(Reply::Status(200)).await.url().to_owned();
    exporting
        .define(json!([{ "kind": "webhook", "url": gone }]))
        .await;
    let run = exporting.run().await;
    let delivery = exporting.delivery(&run, tried(1)).await;
    let last = delivery["last_answer"].as_str().expect("an answer");
    assert!(last.to_lowercase().contains("refused"), "{last}");
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_last_step_a_delivery_has_failed_until_someone_asks_again() {
    let exporting = Exporting::start().await;
    let works = Arc::new(AtomicBool::new(false));
    let mended = works.clone();
    let receiver = Receiver::start(move |_, _| match mended.load(Ordering::Relaxed) {
        true => Reply::Status(200),
        false => Reply::Status(500),
    })
    .await;
    exporting
        .define(json!([{ "kind": "webhook", "url": receiver.url() }]))
        .await;
    let run = exporting.run().await;
    for (done, step) in (1..).zip(LADDER) {
        let delivery = exporting.delivery(&run, tried(done)).await;
        assert_eq!(delivery["state"], "pending");
        let wait = seconds(&delivery["last_try_at"], &delivery["next_try_at"]);
        assert!(
            (0.8 * step..=1.2 * step).contains(&wait),
            "{done}: {wait} s"
        );
        // A second before it is due nothing comes.
        let left = delivery["next_try_at"].clone();
        let now = exporting.payments.host.clock().now().to_string();
        let left = seconds(&Value::from(now), &left);
        exporting.advance(left as u64 + 1);
    }
    let failed = exporting.delivery(&run, tried(10)).await;
    assert_eq!(failed["state"], "failed");
    let reason = failed["reason"].as_str().expect("a reason");
    assert!(
        reason.contains("10 tries") && reason.contains("500"),
        "{reason}"
    );
    exporting.advance(30 * 86_400);
    let list = exporting
        .client()
        .all("/v1/exports/nightly/deliveries?state=failed")
        .await;
    assert_eq!(list, [failed]);
    let none = exporting
        .client()
        .all("/v1/exports/nightly/deliveries?state=pending")
        .await;
    assert!(none.is_empty(), "{none:?}");

    works.store(true, Ordering::Relaxed);
    let retry = format!("{}/deliveries/0/retry", path_of(&run));
    post_twice(exporting.client(), &retry).await.expect(200);
    let delivered = exporting.delivery(&run, is("delivered")).await;
    assert_eq!(delivered["attempts"], 11);
    let received = receiver.wait_for(11).await;
    for request in &received {
        assert_eq!(request.header("webhook-id"), delivered["message_id"]);
        assert_eq!(request.body, received[0].body);
    }
    let times: Vec<&str> = received
        .iter()
        .map(|one| one.header("webhook-timestamp"))
        .collect();
    assert!(times.is_sorted() && times[0] != times[10], "{times:?}");
    let detail = exporting.retry(&run).await.problem(409);
    assert!(detail.contains("has arrived"), "{detail}");

    let audit = exporting.client().all("/v1/audit").await;
    for action in ["delivery.failed", "delivery.retry", "delivery.delivered"] {
        let noted = audit.iter().filter(|entry| entry["action"] == action);
        assert_eq!(noted.count(), 1, "{action}");
    }
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pending_survives_a_restart_and_is_tried_when_it_is_due() {
    let mut exporting = Exporting::start().await;
    let receiver = Receiver::start(|number, _| match number {
        0 => Reply::Status(500),
        // Still under way when the host stops.
        1 => Reply::Wait(Arc::new(Notify::new()), 200),
        _ => Reply::Status(200),
    })
    .await;
    exporting
        .define(json!([{ "kind": "webhook", "url": receiver.url() }]))
        .await;
    let run = exporting.run().await;
    let before = exporting.delivery(&run, tried(1)).await;
    exporting.payments.host.restart().await;
    let after = exporting.delivery(&run, |_| true).await;
    assert_eq!(after, before);
    exporting.advance(10);
    receiver.wait_for(2).await;
    exporting.payments.host.restart().await;
    exporting.advance(400);
    let delivered = exporting.delivery(&run, is("delivered")).await;
    let received = receiver.wait_for(3).await;
    for request in &received {
        assert_eq!(request.header("webhook-id"), delivered["message_id"]);
    }
    exporting.payments.host.stop().await;
}
