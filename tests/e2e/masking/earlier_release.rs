//! What an earlier release stored has no marks: it is withheld unless it is known to tell of no masked field.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::Client;

use crate::alerts::text;
use crate::stored_release::OldHost;

/// The masked amounts of the store.
const AMOUNTS: [&str; 4] = ["123456.78", "123457.78", "123458.78", "123459.78"];

async fn alerts_of(client: &Client, team: &str) -> Vec<Value> {
    let mut alerts = client.all(&format!("/v1/alerts?team={team}")).await;
    alerts.sort_by_key(|alert| text(&alert["id"]).to_owned());
    alerts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_is_shown_no_masked_amount_of_an_old_store() {
    let old = OldHost::start().await;
    let (owner, watcher) = (old.owner(), old.client("/users/watcher/token"));
    let full = alerts_of(&owner, "masked").await;
    let seen = alerts_of(&watcher, "masked").await;
    assert_eq!(full.len(), seen.len());
    let is_large = |alert: &&Value| alert["rule"] == "large-amount";
    let large = full.iter().zip(&seen).filter(|(alert, _)| is_large(alert));
    let mut count = 0;
    for (full, seen) in large {
        count += 1;
        assert!(
            AMOUNTS
                .iter()
                .any(|amount| text(&full["title"]).contains(*amount)),
            "{full}"
        );
        assert_eq!(seen["title"], super::NEUTRAL);
        assert_eq!(
            (&seen["score"], &seen["labels"]),
            (&Value::Null, &json!([]))
        );
        assert_eq!(seen["severity"], full["severity"]);
    }
    assert_ne!(count, 0);

    let mut paths: Vec<String> = [
        "/v1/teams/masked/transactions?limit=500",
        "/v1/teams/masked/rules/large-amount/comparison?with=shadow-large&samples=100",
        "/v1/teams/masked/rules/large-amount/stats",
        "/v1/teams/masked/rules/large-amount/failures",
        "/v1/alerts?limit=500",
    ]
    .map(str::to_owned)
    .into();
    for alert in &seen {
        let path = format!("/v1/alerts/{}", text(&alert["id"]));
        paths.extend(
            ["", "/history", "/originals", "/transitions"].map(|part| format!("{path}{part}")),
        );
    }
    for path in &paths {
        let answer = watcher.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let body = answer.text();
        let told = AMOUNTS.iter().find(|amount| body.contains(**amount));
        assert_eq!(told, None, "{path}: {body}");
    }
    for amount in AMOUNTS {
        assert!(
            watcher
                .all(&format!("/v1/alerts?q={amount}"))
                .await
                .is_empty()
        );
        assert!(
            !owner
                .all(&format!("/v1/alerts?q={amount}"))
                .await
                .is_empty()
        );
    }
    old.host.stop().await;
}

/// Of a team that never had a masked field nothing is withheld.
#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_takes_nothing_from_a_team_without_masked_fields() {
    let old = OldHost::start().await;
    let (owner, watcher) = (old.owner(), old.client("/users/watcher/token"));
    let (full, seen) = (
        alerts_of(&owner, "aml").await,
        alerts_of(&watcher, "aml").await,
    );
    assert!(!full.is_empty());
    assert_eq!(seen, full);
    for alert in full
        .iter()
        .filter(|alert| alert["rule"].is_string())
        .take(5)
    {
        let path = format!("/v1/alerts/{}", text(&alert["id"]));
        let findings =
            async |client: &Client| client.get(&path).await.expect(200)["findings"].take();
        assert_eq!(findings(&watcher).await, findings(&owner).await);
    }
    // Exports go on as they were defined, and are listed.
    let nightly = watcher.get("/v1/exports/nightly").await.expect(200);
    assert_eq!(nightly["sensitive"], Value::Null);
    let file = watcher.get("/v1/exports/nightly/latest").await;
    assert!(AMOUNTS.iter().any(|amount| file.text().contains(amount)));
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let ready = old.host.anonymous().get("/readyz").await.expect(200);
        if ready["grandfathered"]["sensitive_export"] == 4 {
            break;
        }
        assert!(Instant::now() < deadline, "{ready}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    old.host.stop().await;
}
