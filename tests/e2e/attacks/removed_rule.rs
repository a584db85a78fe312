//! A rule that holds up its tenant's transactions, and is removed or switched off.

use serde_json::{Value, json};

use super::until;
use crate::payments::{BATCH, POST, Payments, alerting, payment};

const RULE: &str = "/v1/teams/payments/rules/large-amount";

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_rule_judges_nothing_that_waits() {
    check(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_switched_off_judges_nothing_that_waits() {
    check(Some("off")).await;
}

/// Puts the rule into a mode, or removes it, while transactions wait.
async fn check(mode: Option<&'static str>) {
    let payments = Payments::start().await.with_large_amount().await;
    let before = payments.post(payment("before", "anna", 20_000.0)).await;
    assert_eq!(alerting(&before.expect(201)), ["large-amount"]);

    let app = payments.host.app();
    let tenant = app.tenant_named("athora").expect("a tenant");
    let lane = app.lane(tenant).expect("a lane");
    // The lane is busy until it is let go.
    let (let_go, go) = std::sync::mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let busy = tokio::spawn({
        let lane = lane.clone();
        let wait = move |_: &mut engine::lane::Change<'_>| {
            begin.send(()).expect("the test waits");
            go.recv()
        };
        async move { lane.change(wait).await }
    });
    begun.await.expect("the lane is busy");
    let single = tokio::spawn({
        let key = payments.key.clone();
        async move { key.post(POST, payment("single", "anna", 20_000.0)).await }
    });
    let batch = tokio::spawn({
        let key = payments.key.clone();
        let rows = (0..500).map(|row| payment(&format!("row-{row}"), "anna", 20_000.0));
        let body: String = rows.map(|row| format!("{row}\n")).collect();
        async move { key.post_as(BATCH, "application/x-ndjson", body).await }
    });
    until("all transactions wait", async || lane.waiting_rows() == 501).await;
    let removed = tokio::spawn({
        let client = payments.tenant.administrator.clone();
        async move {
            let Some(mode) = mode else {
                return client.delete(RULE).await.expect(204);
            };
            let rule = client.get(RULE).await.expect(200);
            let same = ["plugin", "version", "config"].map(|it| (it.to_owned(), rule[it].clone()));
            let mut put = Value::from_iter(same);
            put["mode"] = mode.into();
            client.put(RULE, put).await.expect(200)
        }
    });
    until("the removal waits", async || lane.waiting_changes() == 1).await;
    let_go.send(()).expect("the lane waits");
    busy.await.expect("no panic").expect("the change is made");

    removed.await.expect("no panic");
    let single = single.await.expect("no panic").expect(201);
    assert_eq!(single["alerts"], json!([]));
    let batch = batch.await.expect("no panic").text();
    assert_eq!(batch.matches("\"status\":201").count(), 500);
    let client = &payments.tenant.administrator;
    let alerts = client.all("/v1/alerts").await;
    assert_eq!(alerts.len(), 1, "that of the transaction before");

    // The install says exactly from which transaction on the rule is gone.
    let definitions = lane.definitions();
    let installs = definitions.rules.under("payments/large-amount/");
    let from: Vec<u64> = installs.map(|install| install.from_sequence).collect();
    assert_eq!(from, [1, 2]);
    payments.host.stop().await;
}
