//! Making and changing alerts by hand, by several people at once.

use reqwest::Method;
use serde_json::{Value, json};
use tests::Client;

use super::search::make;
use crate::payments::{Payments, payment, with};

fn new_alert(more: Value) -> Value {
    let alert = json!({ "team": "payments", "title": "Odd", "incident_type": "other" });
    with(alert, more)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_is_made_wrongly_says_what_is_wrong() {
    let payments = Payments::start().await;
    payments.post(payment("t1", "anna", 5.0)).await.expect(201);
    let client = &payments.tenant.administrator;
    let check = async |more: Value, expect: &str| {
        let refused = client.post("/v1/alerts", new_alert(more)).await;
        let refused = refused.expect(422).to_string();
        assert!(refused.contains(expect), "{refused}");
    };
    check(json!({ "team": "nobody" }), "no team 'nobody'").await;
    check(json!({ "incident_type": "strange" }), "/v1/alert-types").await;
    check(json!({ "title": "" }), "title").await;
    check(json!({ "dprofile_id": "" }), "dprofile_id").await;
    check(json!({ "user_id": "nobody" }), "user_id").await;
    check(json!({ "severity": "worst" }), "severity").await;
    check(json!({ "txn_ids": ["t1", "t2"] }), "no transaction 't2'").await;
    check(json!({ "state": "closed" }), "state").await;
    check(json!({ "info": [] }), "info").await;
    check(json!({ "labels": ["cash", "cash"] }), "twice").await;
    let made = new_alert(json!({ "incident_type": "trx_fraud_alert", "txn_ids": ["t1"] }));
    let made = client.post("/v1/alerts", made).await.expect(201);
    let path = format!("/v1/alerts/{}", super::text(&made["id"]));
    let alert = client.get(&path).await.expect(200);
    assert_eq!(alert["info"]["transactions"][0]["txn_id"], "t1");
    payments.host.stop().await;
}

/// Characters are counted as a person counts them.
#[tokio::test(flavor = "multi_thread")]
async fn a_label_has_2_to_20_characters() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let combined = "e\u{301}".repeat(20);
    let family = "👨‍👩‍👧‍👦";
    for (label, expect) in [
        ("a", false),
        ("ab", true),
        (&*"a".repeat(20), true),
        (&*"a".repeat(21), false),
        (&*combined, true),
        (&*format!("{combined}e"), false),
        (family, false),
        (&*family.repeat(2), true),
        (&*family.repeat(16), true),
        ("🇧🇪", false),
        ("🇧🇪🇳🇱", true),
        ("  a  ", false),
        ("a\u{0}b", false),
        ("a\nb", false),
    ] {
        let answer = client
            .post("/v1/alerts", new_alert(json!({ "labels": [label] })))
            .await;
        assert_eq!(answer.is_success(), expect, "{label:?}: {}", answer.text());
    }
    payments.host.stop().await;
}

async fn patch_as_of(client: &Client, path: &str, version: &Value, body: Value) -> tests::Answer {
    let request = client
        .request(Method::PATCH, path)
        .header("if-match", format!("\"{version}\""))
        .json(&body);
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_an_alert_at_once_one_wins_and_the_other_learns_what_changed() {
    let payments = Payments::start().await;
    let ana = payments.tenant.user("ana", &["AML Analyst"]).await;
    let bob = payments.tenant.user("bob", &["AML Analyst"]).await;
    let path = format!("/v1/alerts/{}", make(&ana, json!({})).await);
    for round in 0..5 {
        let version = ana.get(&path).await.expect(200)["version"].clone();
        let title = |who: &str| json!({ "title": format!("{who} {round}") });
        let (one, other) = tokio::join!(
            patch_as_of(&ana, &path, &version, title("ana")),
            patch_as_of(&bob, &path, &version, title("bob")),
        );
        let (won, lost) = match one.is_success() {
            true => (one, other),
            false => (other, one),
        };
        let won = won.expect(200);
        let lost = lost.expect(412);
        let changed = &lost["errors"][0];
        assert_eq!(changed["field"], "title");
        assert_eq!(changed["reason"], "changed");
        let detail = super::text(&changed["detail"]);
        assert!(detail.contains(super::text(&won["title"])), "{detail}");
        assert_eq!(ana.get(&path).await.expect(200)["title"], won["title"]);
    }
    payments.host.stop().await;
}
