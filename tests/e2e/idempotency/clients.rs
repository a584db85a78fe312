//! Clients that do not wait for their answer.

use reqwest::Method;
use serde_json::json;

use super::{JSON, post};
use crate::payments::Payments;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_on_without_its_client() {
    let payments = Payments::start().await;
    let me = &payments.tenant.administrator;
    let app = payments.host.app();
    let tenant = app.tenant_named("athora").expect("a tenant");
    let lane = app.lane(tenant).expect("a lane");
    let (let_go, go) = std::sync::mpsc::channel::<()>();
    let busy = tokio::spawn({
        let lane = lane.clone();
        async move { lane.change(move |_| go.recv()).await }
    });
    let team = json!({ "name": "cards", "title": "Cards", "kind": "aml" }).to_string();
    let request = me
        .request(Method::POST, "/v1/teams")
        .header("idempotency-key", "k");
    let request = request.header("content-type", JSON).body(team.clone());
    let gone = tokio::time::timeout(std::time::Duration::from_millis(500), me.send(request)).await;
    assert!(gone.is_err(), "it was answered though the lane is busy");
    post(me, "/v1/teams", "k", JSON, &team).await.problem(409);
    let_go.send(()).expect("the lane waits");
    busy.await.expect("no panic").expect("the change is made");
    let again = loop {
        let again = post(me, "/v1/teams", "k", JSON, &team).await;
        if again.status != 409 {
            break again;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(again.expect(201)["name"], "cards");
    payments.host.stop().await;
}
