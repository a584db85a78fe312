//! All alerts of a period, judged again.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, TestHost};

use super::{counts, done, ids, large, post_all, tamper};
use crate::payments::Payments;

const REPLAYS: &str = "/v1/replays";

async fn replay_all(client: &Client, body: Value) -> Value {
    let begun = client.post(REPLAYS, body).await;
    begun.expect(202);
    done(client, begun.header("location")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_of_a_period_are_judged_again() {
    let payments = Payments::start().await.with_large_amount().await;
    post_all(&payments, large(600)).await;
    let client = &payments.tenant.administrator;
    let all = replay_all(client, json!({})).await;
    assert_eq!(counts(&all), [600, 600, 0, 0], "{all}");
    assert_eq!(
        (&all["alerts"], &all["other_engine"]),
        (&json!(600), &json!(0))
    );
    assert_eq!(all["odd"], json!([]));

    let alerts = ids(&payments).await;
    tamper(&payments, &alerts[3], |finding| {
        finding["title"] = json!("Other")
    })
    .await;
    tamper(&payments, &alerts[4], |finding| {
        finding["install"] = json!(7)
    })
    .await;
    let engine = |finding: &mut Value| finding["made_by"] = Value::Null;
    tamper(&payments, &alerts[5], engine).await;
    let merged = json!({ "alerts": [alerts[3], alerts[4], alerts[6]] });
    client.post("/v1/alerts/merge", merged).await.expect(201);
    let all = replay_all(client, json!({})).await;
    assert_eq!(counts(&all), [600, 598, 1, 1], "{all}");
    assert_eq!(all["other_engine"], 1);
    let odd = all["odd"].as_array().expect("what is odd");
    assert_eq!(odd[0]["alert"], *alerts[3]);
    let difference = json!({ "member": "title", "stored": "Other" });
    assert_eq!(odd[0]["differences"][0]["member"], difference["member"]);
    assert_eq!(odd[0]["differences"][0]["stored"], difference["stored"]);
    assert_eq!(odd[1]["alert"], *alerts[4]);
    assert!(
        odd[1]["failure"]
            .as_str()
            .expect("a reason")
            .contains("install 7")
    );

    let at = client
        .get(&format!("/v1/alerts/{}", alerts[0]))
        .await
        .expect(200)["created_at"]
        .take();
    for (period, findings) in [
        (json!({ "rule": "large-amount", "team": "payments" }), 600),
        (json!({ "from": at }), 600),
        (json!({ "to": at }), 0),
    ] {
        let some = replay_all(client, period.clone()).await;
        assert_eq!(counts(&some)[0], findings, "{period}");
    }
    let nowhere = json!({ "team": "nowhere" });
    client.post(REPLAYS, nowhere).await.problem(400);
    let other = payments.host.tenant("other").await;
    let begun = client.post(REPLAYS, json!({})).await;
    let path = begun.header("location");
    other.administrator.get(path).await.problem(404);
    done(client, path).await;
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_of_the_host_loses_no_replay() {
    const COUNT: usize = 3_000;
    let mut payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    for hundreds in 0..COUNT / 500 {
        let some = large(COUNT).skip(hundreds * 500).take(500);
        post_all(&payments, some).await;
    }
    let client = payments.tenant.administrator.clone();
    let request = || {
        let request = client.request(Method::POST, REPLAYS);
        request
            .header("idempotency-key", "\"once\"")
            .json(&json!({}))
    };
    let begun = client.send(request()).await;
    begun.expect(202);
    let path = begun.header("location").to_owned();
    let before = client.get(&path).await.expect(200);
    assert_eq!(
        before["state"], "running",
        "it was over before the host was stopped"
    );
    payments.host.restart().await;
    let all = done(&client, &path).await;
    let count = COUNT as u64;
    assert_eq!(counts(&all), [count, count, 0, 0], "{all}");
    // The same request, sent again, begins nothing.
    let again = client.send(request()).await;
    assert_eq!(again.header("location"), path);
    payments.host.stop().await;
}
