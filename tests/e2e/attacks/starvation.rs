//! A tenant that asks for everything at once, and another that does not.

use std::sync::Arc;

use host::store::memory::MemoryBackend;
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
    let backend = Arc::new(MemoryBackend::new());
    let payments = Payments::on(TestHost::builder().over(backend.clone())).await;
    let other = payments.host.tenant("belfius").await;
    let other = other.team("cards", &fields()).await;
    backend.hold_sync();
    let mut batches = tokio::task::JoinSet::new();
    for batch in 0..8 {
        let key = payments.key.clone();
        let rows =
            (0..5000).map(|row| format!("{}\n", payment(&format!("{batch}-{row}"), "anna", 1.0)));
        let body: String = rows.collect();
        batches.spawn(async move { key.post_as(BATCH, "application/x-ndjson", body).await });
    }
    let tenant = payments
        .host
        .app()
        .tenant_named("athora")
        .expect("a tenant");
    let lane = payments.host.app().lane(tenant).expect("a lane");
    until("the lane is full", async || lane.waiting_rows() > 16_000).await;
    let anyone = payments.host.anonymous();
    assert_eq!(anyone.get("/readyz").await.expect(200)["status"], "ready");

    let posted = tokio::spawn(async move { other.post(POST, payment("t1", "bert", 1.0)).await });
    backend.release_sync();
    posted.await.expect("no panic").expect(201);
    for answer in batches.join_all().await {
        assert_eq!(answer.text().matches("\"status\":201").count(), 5000);
    }
    payments.host.stop().await;
}
