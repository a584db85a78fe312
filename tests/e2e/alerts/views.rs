//! Saved views of alerts: one's own, and those of the tenant.

use serde_json::{Value, json};
use tests::TestHost;

use super::search::make;
use crate::payments::Payments;

const OWN: &str = "/v1/me/views";
const SHARED: &str = "/v1/views";

fn id(view: &Value) -> &str {
    view["id"].as_str().expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_saved_set_and_deleted_by_the_user_whose_it_is() {
    let payments = Payments::start().await;
    let an = payments.tenant.user("an", &["AML Analyst"]).await;
    let bo = payments.tenant.user("bo", &["AML Supervisor"]).await;
    let new = json!({
        "name": "  Mine, the worst first ", "sort": "-severity",
        "filter": { "team": ["payments"], "user_id": ["me"], "severity": ["high"], "overdue": true,
            "created_from": "2026-01-01T00:00:00Z", "q": "cash" },
    });
    let made = an.post(OWN, new.clone()).await.expect(201);
    assert_eq!(made["name"], "Mine, the worst first");
    assert_eq!(made["filter"]["user_id"], json!(["me"]));
    assert_eq!(made["filter"]["q"], "cash");
    assert_eq!(made["created_by"], "an");
    let path = format!("{OWN}/{}", id(&made));
    let read = an.get(&path).await;
    assert_eq!(read.expect(200), made);
    assert_eq!(an.get(OWN).await.expect(200)["items"], json!([made]));
    // Nobody else has it, however they ask.
    bo.get(&path).await.problem(404);
    bo.put(&path, json!({ "name": "Yours" })).await.problem(404);
    bo.delete(&path).await.problem(404);
    bo.get(&format!("{SHARED}/{}", id(&made)))
        .await
        .problem(404);
    assert_eq!(bo.get(OWN).await.expect(200)["items"], json!([]));

    // What it asks for is what a search takes.
    let alert = make(
        &payments.tenant.administrator,
        json!({ "severity": "high" }),
    )
    .await;
    let me = an.get("/v1/me").await.expect(200);
    let mine = json!({ "user_id": me["id"] });
    let admin = &payments.tenant.administrator;
    admin
        .patch(&format!("/v1/alerts/{alert}"), mine)
        .await
        .expect(200);
    assert_eq!(an.all("/v1/alerts?user_id=me&severity=high").await.len(), 1);
    assert_eq!(bo.all("/v1/alerts?user_id=me&severity=high").await.len(), 0);

    let set = json!({ "name": "All", "filter": {} });
    let stale = an
        .request(reqwest::Method::PUT, &path)
        .header("if-match", "\"7\"");
    an.send(stale.json(&set)).await.problem(412);
    let now = an.put(&path, set).await.expect(200);
    assert_eq!((&now["name"], &now["sort"]), (&json!("All"), &Value::Null));
    assert!(an.delete(&path).await.is_success());
    an.get(&path).await.problem(404);
    an.delete(&path).await.problem(404);
    let audit = admin.all("/v1/audit?actor=an").await;
    let actions: Vec<_> = audit.iter().map(|entry| entry["action"].clone()).collect();
    for action in ["view.create", "view.put", "view.delete"] {
        assert!(actions.contains(&json!(action)), "{actions:?}");
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shared_views_are_for_everybody_and_outlive_a_stop() {
    let mut host = TestHost::builder().start().await;
    let athora = host.tenant("athora").await;
    let an = athora.user("an", &["AML Analyst"]).await;
    let bo = athora.user("bo", &["AML Supervisor"]).await;
    let view = json!({ "name": "Severe", "filter": { "severity": ["high"] } });
    an.post(SHARED, view.clone()).await.problem(403);
    let made = bo.post(SHARED, view).await.expect(201);
    let path = format!("{SHARED}/{}", id(&made));
    assert_eq!(an.get(&path).await.expect(200), made);
    an.put(&path, json!({ "name": "Mine" })).await.problem(403);
    an.delete(&path).await.problem(403);
    host.restart().await;
    let an = an.at(host.url());
    assert_eq!(an.get(SHARED).await.expect(200)["items"], json!([made]));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_view_is_refused() {
    let payments = Payments::start().await;
    let an = payments.tenant.user("an", &["AML Analyst"]).await;
    let long = "x".repeat(101);
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    for (view, status) in [
        (json!({ "name": "" }), 422),
        (json!({ "name": "   " }), 422),
        (json!({ "name": long }), 422),
        (json!({ "name": "a\u{7}b" }), 422),
        (json!({ "filter": {} }), 422),
        (json!({ "name": "x", "sort": "colour" }), 422),
        (json!({ "name": "x", "filter": { "colour": ["red"] } }), 422),
        (
            json!({ "name": "x", "filter": { "state": ["nowhere"] } }),
            400,
        ),
        (json!({ "name": "x", "filter": { "label": many } }), 422),
        (
            json!({ "name": "x", "filter": { "label": ["y".repeat(201)] } }),
            422,
        ),
        (
            json!({ "name": "x", "filter": { "q": "z".repeat(501) } }),
            400,
        ),
    ] {
        let answer = an.post(OWN, view.clone()).await;
        assert_eq!(answer.status, status, "{view}: {}", answer.text());
    }
    // The most there can be, and no name twice.
    for number in 0..50 {
        let view = json!({ "name": format!("View {number}") });
        an.post(OWN, view).await.expect(201);
    }
    let more = an.post(OWN, json!({ "name": "One more" })).await;
    assert!(more.problem(409).contains("at most 50"));
    let views = an.get(OWN).await.expect(200);
    let path = format!("{OWN}/{}", id(&views["items"][0]));
    let taken = an.put(&path, json!({ "name": "View 1" })).await;
    assert!(taken.problem(409).contains("View 1"));
    an.put(&path, json!({ "name": "View 0" })).await.expect(200);
    payments.host.stop().await;
}
