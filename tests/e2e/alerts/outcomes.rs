//! What a closed alert was, and wherever it is told.

use serde_json::{Value, json};
use tests::{Answer, Client, TestHost};

use super::search::make;
use super::workflow::workflow;
use super::{alert_of, text};
use crate::payments::Payments;

const MERGE: &str = "/v1/alerts/merge";

async fn move_to(client: &Client, alert: &str, body: Value) -> Answer {
    client.post(&format!("{alert}/transitions"), body).await
}

/// The ids that a search finds, oldest first.
async fn found(client: &Client, query: &str) -> Vec<String> {
    let path = format!("/v1/alerts?sort=created_at&{query}");
    let found = client.all(&path).await;
    found
        .iter()
        .map(|alert| text(&alert["id"]).to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_closes_an_alert_says_what_it_was() {
    let mut payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    let client = payments.tenant.administrator.clone();
    let alert = alert_of(&payments, "t1").await;
    assert_eq!(client.get(&alert).await.expect(200)["outcome"], Value::Null);

    let not_closed = json!({ "to": "in_progress", "outcome": "true_positive" });
    let refused = move_to(&client, &alert, not_closed).await;
    let refused = refused.problem(422);
    assert!(
        refused.contains("'in_progress' is not closed") && refused.contains("closed is closed"),
        "{refused}"
    );
    let open = client.patch(&alert, json!({ "outcome": "true_positive" }));
    let refused = open.await.problem(422);
    assert!(refused.contains("not closed"), "{refused}");
    let unknown = json!({ "to": "closed", "outcome": "positive" });
    let refused = move_to(&client, &alert, unknown).await;
    assert!(
        refused.text().contains("true_positive"),
        "{}",
        refused.text()
    );
    refused.problem(422);
    let unchanged = client.get(&alert).await.expect(200);
    assert_eq!(
        (&unchanged["state"], &unchanged["version"]),
        (&json!("open"), &json!(1))
    );
    // What says nothing asks for nothing.
    let nothing = client.patch(&alert, json!({ "outcome": null })).await;
    assert_eq!(nothing.expect(200)["version"], 1);

    let close = json!({ "to": "closed", "outcome": "false_positive", "comment": "<p>Salary</p>" });
    let closed = move_to(&client, &alert, close).await.expect(200);
    assert_eq!(closed["outcome"], "false_positive");
    payments.host.restart().await;
    assert_eq!(client.get(&alert).await.expect(200), closed);

    let corrected = client.patch(&alert, json!({ "outcome": "true_positive" }));
    assert_eq!(corrected.await.expect(200)["outcome"], "true_positive");
    let taken_back = client.patch(&alert, json!({ "outcome": null })).await;
    assert_eq!(taken_back.expect(200)["outcome"], Value::Null);
    let again = client.patch(&alert, json!({ "outcome": "inconclusive" }));
    assert_eq!(again.await.expect(200)["outcome"], "inconclusive");
    let reopened = move_to(&client, &alert, json!({ "to": "open" })).await;
    assert_eq!(reopened.expect(200)["outcome"], Value::Null);
    let without = move_to(&client, &alert, json!({ "to": "closed" })).await;
    assert_eq!(
        without.expect(200)["outcome"],
        Value::Null,
        "none is required"
    );

    let history = client.all(&format!("{alert}/history")).await;
    let changes = history
        .iter()
        .flat_map(|entry| entry["changes"].as_array().expect("changes"));
    let outcomes = changes.filter(|change| change["field"] == "outcome");
    let outcomes: Vec<(&Value, &Value)> = outcomes
        .map(|change| (&change["from"], &change["to"]))
        .collect();
    let [none, falsely, truly, unclear] = [
        Value::Null,
        json!("false_positive"),
        json!("true_positive"),
        json!("inconclusive"),
    ];
    assert_eq!(
        outcomes,
        [
            (&none, &falsely),
            (&falsely, &truly),
            (&truly, &none),
            (&none, &unclear),
            (&unclear, &none)
        ]
    );
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_can_ask_for_an_outcome() {
    let payments = Payments::start().await.with_large_amount().await;
    let client = &payments.tenant.administrator;
    let own = workflow(
        &["open", "closed!", "archived!"],
        &[
            ("open", "closed", Some("alert.outcome is not None")),
            ("closed", "open", Some("alert.outcome != 'true_positive'")),
            ("closed", "archived", None),
        ],
    );
    client.put("/v1/workflow", own).await.expect(200);
    let alert = alert_of(&payments, "t1").await;
    move_to(client, &alert, json!({ "to": "closed" }))
        .await
        .problem(403);
    let close = json!({ "to": "closed", "outcome": "inconclusive" });
    let closed = move_to(client, &alert, close.clone()).await.expect(200);
    assert_eq!(closed["outcome"], "inconclusive");
    let open = json!({ "to": "open" });
    move_to(client, &alert, open.clone()).await.expect(200);
    let truly = json!({ "to": "closed", "outcome": "true_positive" });
    move_to(client, &alert, truly).await.expect(200);
    move_to(client, &alert, open).await.problem(403);
    // From one closed state to another it is taken along.
    let archived = move_to(client, &alert, json!({ "to": "archived" })).await;
    assert_eq!(archived.expect(200)["outcome"], "true_positive");
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_are_found_and_counted_by_outcome() {
    let mut payments = Payments::on(TestHost::builder()).await;
    let client = payments.tenant.administrator.clone();
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(make(&client, json!({})).await);
    }
    let bulk = |alerts: &[String], change: Value| json!({ "alerts": alerts, "change": change });
    let ends = [
        bulk(
            &ids[..2],
            json!({ "to": "closed", "outcome": "true_positive", "comment": "<p>Yes</p>" }),
        ),
        bulk(
            &ids[2..3],
            json!({ "to": "closed", "outcome": "false_positive" }),
        ),
        bulk(&ids[3..4], json!({ "to": "closed" })),
        // Two are corrected; of two that are open or are none there is nothing to correct.
        bulk(&ids[1..5], json!({ "outcome": "inconclusive" })),
    ];
    for (number, body) in ends.into_iter().enumerate() {
        let failed = super::bulk::change(&client, body).await["failed"].clone();
        assert_eq!(failed, u32::from(number == 3), "{number}");
    }
    for _ in 0..2 {
        assert_eq!(found(&client, "outcome=true_positive").await, ids[..1]);
        assert_eq!(found(&client, "outcome=inconclusive").await, ids[1..4]);
        assert_eq!(found(&client, "outcome=none").await, ids[4..]);
        assert_eq!(found(&client, "outcome=none&state=closed").await.len(), 0);
        assert_eq!(
            found(&client, "outcome=none&outcome=true_positive").await,
            [&ids[..1], &ids[4..]].concat()
        );
        client.get("/v1/alerts?outcome=positive").await.problem(400);
        let counts = client.get("/v1/alerts/summary?by=outcome").await;
        assert_eq!(
            counts.expect(200)["groups"],
            json!([
                { "outcome": null, "count": 1 },
                { "outcome": "inconclusive", "count": 3 },
                { "outcome": "true_positive", "count": 1 },
            ])
        );
        payments.host.restart().await;
    }
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_alert_has_one_outcome_and_its_originals_none() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    let (one, two) = (make(client, json!({})).await, make(client, json!({})).await);
    client
        .post(MERGE, json!({ "alerts": [one, two] }))
        .await
        .expect(201);
    let merged = format!("/v1/alerts/{one}");
    let close = json!({ "to": "closed", "outcome": "true_positive" });
    let closed = move_to(client, &merged, close).await.expect(200);
    assert_eq!(closed["outcome"], "true_positive");
    assert_eq!(
        found(client, "outcome=true_positive").await,
        std::slice::from_ref(&one)
    );
    let originals = client.get(&format!("{merged}/originals")).await.expect(200);
    assert_eq!(originals["items"][0]["outcome"], Value::Null);
    let unmerge = client.post(&format!("{merged}/unmerge"), json!({})).await;
    assert_eq!(unmerge.expect(200)["outcome"], "true_positive");
    let back = client.get(&format!("/v1/alerts/{two}")).await.expect(200);
    assert_eq!(
        (&back["state"], &back["outcome"]),
        (&json!("open"), &Value::Null)
    );
    payments.host.stop().await;
}
