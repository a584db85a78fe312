//! Changing many alerts: each by itself, with progress, and through stops of the host.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, TestHost};

use super::search::make;
use super::text;
use crate::payments::{BATCH, Payments, payment};

const BULK: &str = "/v1/alerts/bulk";

/// Waits until a change of many alerts is done.
async fn done(client: &Client, path: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let bulk = client.get(path).await.expect(200);
        if bulk["state"] == "done" {
            return bulk;
        }
        assert!(Instant::now() < deadline, "{bulk}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) async fn change(client: &Client, body: Value) -> Value {
    let begun = client.post(BULK, body).await;
    begun.expect(202);
    done(client, begun.header("location")).await
}

/// Posts so many payments that each lead to an alert.
async fn alerts(payments: &Payments, count: usize) {
    let lines =
        (0..count).map(|number| format!("{}\n", payment(&format!("t{number}"), "anna", 20_000.0)));
    let answer = payments
        .key
        .post_as(BATCH, "application/x-ndjson", lines.collect::<String>())
        .await;
    assert!(answer.is_success(), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_alert_is_changed_or_not_by_itself() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let open = make(client, json!({ "labels": ["old", "kept"] })).await;
    let closed = make(client, json!({})).await;
    let path = format!("/v1/alerts/{closed}/transitions");
    client
        .post(&path, json!({ "to": "closed" }))
        .await
        .expect(200);
    let unknown = "0197aaaa-0000-7000-8000-000000000000";
    let body = json!({
        "alerts": [open, unknown, closed],
        "change": {
            "to": "closed", "comment": "<p>All <b>well</b></p><script>x</script>", "severity": "low",
            "add_labels": ["new"], "remove_labels": ["old"],
        },
    });
    let bulk = change(client, body).await;
    assert_eq!(
        (&bulk["of"], &bulk["done"], &bulk["failed"]),
        (&json!(3), &json!(3), &json!(2))
    );
    let failures = bulk["failures"].as_array().expect("failures");
    let of = |id: &str| {
        let failure = failures.iter().find(|failure| failure["alert"] == *id);
        failure.expect("a failure")["status"].clone()
    };
    assert_eq!((of(unknown), of(&closed)), (json!(404), json!(409)));

    let changed = client.get(&format!("/v1/alerts/{open}")).await.expect(200);
    assert_eq!(changed["state"], "closed");
    assert_eq!(changed["severity"], "low");
    assert_eq!(changed["labels"], json!(["kept", "new"]));
    let comments = client.all(&format!("/v1/alerts/{open}/comments")).await;
    assert_eq!(comments[0]["text"], "<p>All <b>well</b></p>");
    // Of what failed nothing is kept, not the comment either.
    let untouched = client
        .get(&format!("/v1/alerts/{closed}"))
        .await
        .expect(200);
    assert_eq!(untouched["version"], 2);
    let comments = client.all(&format!("/v1/alerts/{closed}/comments")).await;
    assert!(comments.is_empty());
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_hold_for_many_alerts_too() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let workflow = client.get("/v1/workflow").await.expect(200);
    let mut workflow = workflow;
    for transition in workflow["transitions"].as_array_mut().expect("transitions") {
        if transition["destination"] == "closed" {
            transition["condition"] =
                json!("'AML Supervisor' in security.scope and alert.severity == 'low'");
        }
    }
    let workflow = json!({ "states": workflow["states"], "transitions": workflow["transitions"] });
    client.put("/v1/workflow", workflow).await.expect(200);
    make(client, json!({ "severity": "low" })).await;
    make(client, json!({ "severity": "high" })).await;
    let close = json!({ "filter": { "state": ["open"] }, "change": { "to": "closed" } });
    let analyst = payments.tenant.user("ana", &["AML Analyst"]).await;
    let bulk = change(&analyst, close.clone()).await;
    assert_eq!(bulk["failed"], 2);
    let supervisor = payments.tenant.user("sue", &["AML Supervisor"]).await;
    let bulk = change(&supervisor, close).await;
    assert_eq!((&bulk["of"], &bulk["failed"]), (&json!(2), &json!(1)));
    assert_eq!(bulk["failures"][0]["status"], 403);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_is_refused_at_once() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let id = make(client, json!({})).await;
    for wrong in [
        json!({ "change": { "to": "closed" } }),
        json!({ "alerts": [id], "filter": {}, "change": { "to": "closed" } }),
        json!({ "alerts": [id, id], "change": { "to": "closed" } }),
        json!({ "alerts": [id], "change": {} }),
        json!({ "alerts": [id], "change": { "to": "nowhere" } }),
        json!({ "alerts": [id], "change": { "user_id": "nobody" } }),
        json!({ "alerts": [id], "change": { "add_labels": ["x"] } }),
        json!({ "alerts": [id], "change": { "comment": "" } }),
        json!({ "alerts": [id], "change": { "to": "in_progress", "outcome": "inconclusive" } }),
        json!({ "alerts": [id], "change": { "to": "closed", "outcome": "none" } }),
        json!({ "alerts": [id], "change": { "unknown": 1 } }),
        json!({ "filter": { "unknown": 1 }, "change": { "to": "closed" } }),
        json!({ "filter": { "severity": ["worst"] }, "change": { "to": "closed" } }),
    ] {
        let refused = client.post(BULK, wrong.clone()).await;
        refused.problem(422);
    }
    let watcher = payments.tenant.user("wim", &["Watcher"]).await;
    let body = json!({ "alerts": [id], "change": { "to": "closed" } });
    watcher.post(BULK, body.clone()).await.problem(403);
    let other = payments.host.tenant("other").await;
    let begun = client.post(BULK, body).await;
    begun.expect(202);
    let path = begun.header("location");
    other.administrator.get(path).await.problem(404);
    done(client, path).await;
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_of_the_host_loses_none_and_repeats_none() {
    const COUNT: usize = 1_500;
    let mut payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    alerts(&payments, COUNT).await;
    let client = payments.tenant.administrator.clone();
    let request = || {
        client
            .request(Method::POST, BULK)
            .header("idempotency-key", "\"once\"")
            .json(&json!({
                "filter": { "state": ["open"] }, "change": { "to": "closed", "comment": "Done" },
            }))
    };
    let begun = client.send(request()).await;
    begun.expect(202);
    let path = begun.header("location").to_owned();
    let mut restarts = 0;
    while client.get(&path).await.expect(200)["state"] == "running" {
        payments.host.restart().await;
        restarts += 1;
    }
    assert!(restarts > 0, "it was over before the host was stopped");
    let bulk = done(&client, &path).await;
    assert_eq!(
        (&bulk["of"], &bulk["failed"]),
        (&json!(COUNT), &json!(0)),
        "{bulk}"
    );
    let counts = client.get("/v1/alerts/summary").await.expect(200);
    let groups = json!([{ "state": "closed", "count": COUNT }]);
    assert_eq!(counts["groups"], groups);
    for alert in client.all("/v1/alerts").await.iter().step_by(97) {
        let path = format!("/v1/alerts/{}/comments", text(&alert["id"]));
        assert_eq!(client.all(&path).await.len(), 1);
    }
    // The same request, sent again, begins nothing.
    let again = client.send(request()).await;
    assert_eq!(again.header("location"), path);
    payments.host.stop().await;
}
