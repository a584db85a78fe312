//! A tenant that asks for everything at once, and another that does not.

use reqwest::Method;
use serde_json::json;
use tests::TestHost;

use super::until;
use crate::payments::{BATCH, POST, Payments, fields, payment};

const EXPORT: &str = "/v1/alerts/export";

#[tokio::test(flavor = "multi_thread")]
async fn exports_of_one_tenant_do_not_refuse_another() {
    let payments = Payments::start().await;
    let other = payments.host.tenant("belfius").await;
    for tenant in [&payments.tenant, &other] {
        tenant.publish("standard-csv").await;
    }
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let greedy = payments.tenant.administrator.clone();
        flood.spawn(async move { greedy.get(EXPORT).await });
    }
    for _ in 0..10 {
        assert_eq!(other.administrator.get(EXPORT).await.status, 200);
    }
    let answers = flood.join_all().await;
    for answer in answers {
        match answer.status {
            200 => {}
            _ => assert!(answer.problem(503).contains("of this tenant")),
        }
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_ready_though_a_lane_is_full() {
    let payments = Payments::start().await;
    let other = payments.host.tenant("belfius").await;
    let other = other.team("cards", &fields()).await;
    let app = payments.host.app();
    let tenant = app.tenant_named("athora").expect("a tenant");
    let lane = app.lane(tenant).expect("a lane");
    // The lane is busy until it is let go.
    let (let_go, go) = std::sync::mpsc::channel::<()>();
    let busy = tokio::spawn({
        let lane = lane.clone();
        async move { lane.change(move |_| go.recv()).await }
    });
    let mut batches = tokio::task::JoinSet::new();
    for batch in 0..8 {
        let key = payments.key.clone();
        let row = |row| payment(&format!("{batch}-{row}"), "anna", 1.0);
        let body: String = (0..5000)
            .map(|number| format!("{}\n", row(number)))
            .collect();
        batches.spawn(async move { key.post_as(BATCH, "application/x-ndjson", body).await });
    }
    until("the lane is full", async || lane.waiting_rows() > 16_000).await;
    let anyone = payments.host.anonymous();
    assert_eq!(anyone.get("/readyz").await.expect(200)["status"], "ready");
    other
        .post(POST, payment("t1", "bert", 1.0))
        .await
        .expect(201);

    let_go.send(()).expect("the lane waits");
    busy.await.expect("no panic").expect("the change is made");
    for answer in batches.join_all().await {
        assert_eq!(answer.text().matches("\"status\":201").count(), 5000);
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_one_tenant_do_not_hold_up_another() {
    let few = TestHost::builder().in_memory().config(|config| {
        config.http.requests_at_once_per_tenant = 4;
        config.http.requests_waiting_per_tenant = 4;
    });
    let host = few.start().await;
    let (greedy, other) = (host.tenant("athora").await, host.tenant("belfius").await);
    let app = host.app();
    let lane = app.lane(app.tenant_named("athora").expect("a tenant"));
    let lane = lane.expect("a lane");
    let (let_go, go) = std::sync::mpsc::channel::<()>();
    let busy = tokio::spawn({
        let lane = lane.clone();
        async move { lane.change(move |_| go.recv()).await }
    });
    let mut flood = tokio::task::JoinSet::new();
    for number in 0..20 {
        let team = json!({ "name": format!("t{number}"), "title": "T", "kind": "aml" });
        let request = greedy.administrator.request(Method::POST, "/v1/teams");
        let (greedy, request) = (greedy.administrator.clone(), request.json(&team));
        flood.spawn(async move { greedy.send(request).await });
    }
    for _ in 0..12 {
        let refused = flood.join_next().await.expect("it is refused");
        let refused = refused.expect("no panic");
        assert!(refused.problem(503).contains("of this tenant"));
        assert_eq!(refused.header("retry-after"), "1");
    }
    for _ in 0..20 {
        other.administrator.get("/v1/teams").await.expect(200);
    }
    let_go.send(()).expect("the lane waits");
    busy.await.expect("no panic").expect("the change is made");
    for made in flood.join_all().await {
        made.expect(201);
    }
    host.stop().await;
}
