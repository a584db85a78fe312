//! An old snapshot never lands after a newer one, and no tenant holds up another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tests::TestHost;
use tokio::sync::Notify;

use super::receiver::{Receiver, Reply};
use super::{Exporting, definition, delivery, is, open, run, tried};
use crate::payments::payment;

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_run_takes_the_place_of_what_is_pending() {
    let exporting = Exporting::start().await;
    let receiver =
        Receiver::start(|number, _| Reply::Status(if number == 0 { 500 } else { 200 })).await;
    exporting
        .define(json!([{ "kind": "webhook", "url": receiver.url() }]))
        .await;
    let older = exporting.run().await;
    exporting.delivery(&older, tried(1)).await;
    exporting
        .payments
        .post(payment("t9", "anna", 20_000.0))
        .await
        .expect(201);
    let newer = exporting.run().await;
    exporting.delivery(&newer, is("delivered")).await;
    let superseded = exporting.delivery(&older, is("superseded")).await;
    assert_eq!(superseded["by"], newer["id"]);
    assert!(superseded["next_try_at"].is_null());

    let detail = exporting.retry(&older).await.problem(409);
    let newer_id = newer["id"].as_str().expect("an id");
    assert!(detail.contains(newer_id), "{detail}");
    exporting.advance(30 * 86_400);
    let all = exporting
        .client()
        .all("/v1/exports/nightly/deliveries")
        .await;
    let states: Vec<_> = all
        .iter()
        .map(|one| one["state"].as_str().expect("a state"))
        .collect();
    assert_eq!(states, ["delivered", "superseded"]);
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[1].header("vervet-run"), newer_id);
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_a_run_with_errors_arrives_as_any_other() {
    let mut exporting = Exporting::start().await;
    exporting.formatter = exporting.payments.tenant.publish("hostile-formatter").await;
    let client = exporting.client();
    let alerts = exporting.payments.tenant.alerts().await;
    let poisoned = alerts[1]["id"].as_str().expect("an id");
    let title = json!({ "title": "this is poison" });
    let alert = format!("/v1/alerts/{poisoned}");
    client.patch(&alert, title).await.expect(200);
    let receiver = Receiver::start(|_, _| Reply::Status(200)).await;
    let mut export = exporting.definition(json!([{ "kind": "webhook", "url": receiver.url() }]));
    export["formatter"]["config"] = json!({ "write": "traps", "at": "poison" });
    client.put("/v1/exports/nightly", export).await.expect(201);
    let begun = client.post("/v1/exports/nightly/runs", json!({})).await;
    let path = super::path_of(&begun.expect(202));
    let run = super::until(
        async || client.get(&path).await.expect(200),
        |run| run["state"] == "ready_with_errors",
    )
    .await;
    assert_eq!(run["errors"][0]["alert"], poisoned);
    exporting.delivery(&run, is("delivered")).await;
    assert_eq!(receiver.received()[0].header("vervet-run"), run["id"]);
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn to_one_place_there_is_one_try_at_a_time() {
    let exporting = Exporting::on(open(TestHost::builder().in_memory()).config(|config| {
        config.deliveries.answer_seconds = 30;
    }))
    .await;
    let answer = Arc::new(Notify::new());
    let waiting = answer.clone();
    let receiver = Receiver::start(move |number, _| match number {
        0 => Reply::Wait(waiting.clone(), 200),
        _ => Reply::Status(200),
    })
    .await;
    exporting
        .define(json!([{ "kind": "webhook", "url": receiver.url() }]))
        .await;
    let older = exporting.run().await;
    receiver.wait_for(1).await;
    let newer = exporting.run().await;
    // The newer one is due, and its place is not free.
    exporting.delivery(&older, is("superseded")).await;
    exporting.delivery(&newer, is("pending")).await;
    assert_eq!(exporting.payments.host.app().outbox.in_flight(), 1);
    assert_eq!(receiver.received().len(), 1);
    answer.notify_one();
    exporting.delivery(&newer, is("delivered")).await;
    // It arrived after all, before the newer one.
    exporting.delivery(&older, is("delivered")).await;
    let runs: Vec<_> = receiver
        .received()
        .iter()
        .map(|one| one.header("vervet-run").to_owned())
        .collect();
    let id = |run: &serde_json::Value| run["id"].as_str().expect("an id").to_owned();
    assert_eq!(runs, [id(&older), id(&newer)]);
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_taken_away_gets_nothing_more() {
    let exporting = Exporting::start().await;
    let receiver = Receiver::that(Reply::Status(500)).await;
    exporting
        .define(json!([{ "kind": "webhook", "url": receiver.url() }]))
        .await;
    let pending = exporting.run().await;
    exporting.delivery(&pending, tried(1)).await;
    exporting.define(json!([])).await;
    // Long before it would be tried again.
    let stopped = exporting.delivery(&pending, is("stopped")).await;
    let reason = stopped["reason"].as_str().expect("a reason");
    assert!(reason.contains("no such delivery any more"), "{reason}");
    assert_eq!(receiver.received().len(), 1);

    // So does an export that is deleted.
    exporting
        .define(json!([{ "kind": "webhook", "url": receiver.url() }]))
        .await;
    let pending = exporting.run().await;
    exporting.delivery(&pending, tried(1)).await;
    assert!(
        exporting
            .client()
            .delete("/v1/exports/nightly")
            .await
            .is_success()
    );
    exporting.delivery(&pending, is("stopped")).await;
    assert_eq!(receiver.received().len(), 2);
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_whose_receivers_hang_holds_nobody_up() {
    let exporting = Exporting::on(open(TestHost::builder().in_memory()).config(|config| {
        config.deliveries.answer_seconds = 30;
        config.deliveries.at_once = 3;
        config.deliveries.at_once_per_tenant = 2;
    }))
    .await;
    let hanging = Receiver::that(Reply::Hang).await;
    let places: serde_json::Value = (0..10)
        .map(|number| json!({ "kind": "webhook", "url": format!("{}/{number}", hanging.url()) }))
        .collect();
    exporting.define(places).await;
    exporting.run().await;
    hanging.wait_for(2).await;

    let host = &exporting.payments.host;
    let other = host.tenant("other").await;
    let formatter = other.publish("ndjson").await;
    let busiest = Arc::new(AtomicUsize::new(0));
    let (app, most) = (host.app().clone(), busiest.clone());
    let receiver = Receiver::start(move |_, _| {
        most.fetch_max(app.outbox.in_flight(), Ordering::Relaxed);
        Reply::Status(200)
    })
    .await;
    let to = json!([{ "kind": "webhook", "url": receiver.url() }]);
    let client = &other.administrator;
    client
        .put("/v1/exports/e", definition(&formatter, to))
        .await
        .expect(201);
    let made = run(&other, "e").await;
    delivery(client, &made, is("delivered")).await;
    assert_eq!(busiest.load(Ordering::Relaxed), 3);
    assert_eq!(hanging.received().len(), 2);
    let ready = host.anonymous().get("/readyz").await;
    assert_eq!(ready.status, 200);
    let metrics = host.anonymous().get("/metrics").await.text();
    for metric in [
        "vervet_deliveries_pending",
        "vervet_deliveries_oldest_pending_seconds",
        "vervet_delivery_attempts_total",
    ] {
        assert!(metrics.contains(metric), "{metric}");
    }
    drop(receiver);
    exporting.payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_for_a_tenant_that_is_suspended() {
    let exporting = Exporting::start().await;
    let receiver =
        Receiver::start(|number, _| Reply::Status(if number == 0 { 500 } else { 200 })).await;
    exporting
        .define(json!([{ "kind": "webhook", "url": receiver.url() }]))
        .await;
    let made = exporting.run().await;
    let before = exporting.delivery(&made, tried(1)).await;
    let host = &exporting.payments.host;
    let administrator = host.administrator();
    let suspend = async |suspended: bool| {
        let change = json!({ "suspended": suspended });
        let changed = administrator.patch("/v1/tenants/athora", change);
        changed.await.expect(200);
    };
    suspend(true).await;
    exporting.advance(10);
    // Another tenant's run is made and delivered meanwhile, so that the worker had its turn.
    let other = host.tenant("other").await;
    let formatter = other.publish("ndjson").await;
    let beside = Receiver::that(Reply::Status(200)).await;
    let to = json!([{ "kind": "webhook", "url": beside.url() }]);
    let client = &other.administrator;
    client
        .put("/v1/exports/e", definition(&formatter, to))
        .await
        .expect(201);
    delivery(client, &run(&other, "e").await, is("delivered")).await;
    assert_eq!(receiver.received().len(), 1);
    suspend(false).await;
    assert_eq!(exporting.delivery(&made, |_| true).await, before);
    exporting.advance(60);
    exporting.delivery(&made, is("delivered")).await;
    exporting.payments.host.stop().await;
}
