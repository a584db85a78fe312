//! Tokens that are minted with tokens.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Client, TestHost};

use super::{own_path, text};

/// Mints a token with another, and the client that has it.
async fn mint(client: &Client, body: Value) -> (Value, Client) {
    let path = format!("{}/tokens", own_path(client).await);
    let made = client.post(&path, body).await.expect(201);
    let client = client.with(text(&made["token"]));
    (made, client)
}

async fn is_good(client: &Client) -> bool {
    client.get("/v1/me").await.status == 200
}

#[tokio::test]
async fn a_token_outlives_none_that_it_was_minted_with() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let now = host.clock().now();
    let soon = now.plus_seconds(3).to_string();
    let (_, short) = mint(
        &athora.administrator,
        json!({ "name": "short", "expires_at": soon }),
    )
    .await;
    let (made, child) = mint(&short, json!({ "name": "child" })).await;
    let parsed = |text: &str| text.parse::<jiff::Timestamp>().expect("a time");
    assert_eq!(parsed(text(&made["expires_at"])), parsed(&soon));
    let later = now.plus_seconds(4).to_string();
    let path = format!("{}/tokens", own_path(&short).await);
    let refused = json!({ "name": "x", "expires_at": later });
    let refused = short.post(&path, refused).await.problem(422);
    assert!(refused.contains("must not be later than"), "{refused}");
    let sooner = json!({ "name": "x", "expires_at": now.plus_seconds(1).to_string() });
    let (_, sooner) = mint(&child, sooner).await;
    assert!(is_good(&sooner).await);
    host.clock().advance(Duration::from_secs(1));
    assert!(!is_good(&sooner).await);
    assert!(is_good(&child).await);
    host.clock().advance(Duration::from_secs(2));
    assert!(!is_good(&child).await && !is_good(&short).await);
    host.stop().await;
}

#[tokio::test]
async fn a_token_is_revoked_with_the_one_it_was_minted_with() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let watcher = athora.user("watcher", &["Watcher"]).await;
    let (parent, with_parent) = mint(&watcher, json!({ "name": "parent" })).await;
    let (child, with_child) = mint(&with_parent, json!({ "name": "child" })).await;
    let (_, with_grandchild) = mint(&with_child, json!({ "name": "grandchild" })).await;
    let tokens = format!("{}/tokens", own_path(&watcher).await);
    let listed = watcher.all(&tokens).await;
    let root = &listed[0];
    assert_eq!(root["parent"], Value::Null, "an administrator issued it");
    assert_eq!(listed[1]["parent"], root["id"]);
    assert_eq!(listed[2]["parent"], parent["id"]);
    assert_eq!(listed[3]["parent"], child["id"]);

    let path = format!("{tokens}/{}", text(&parent["id"]));
    watcher.delete(&path).await.expect(204);
    for revoked in [&with_parent, &with_child, &with_grandchild] {
        assert!(!is_good(revoked).await);
    }
    assert!(is_good(&watcher).await);
    assert_eq!(watcher.all(&tokens).await.len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_token_that_is_replaced_keeps_its_children() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let watcher = athora.user("watcher", &["Watcher"]).await;
    let tokens = format!("{}/tokens", own_path(&watcher).await);
    let root = watcher.all(&tokens).await.remove(0);
    let (child, with_child) = mint(&watcher, json!({ "name": "child" })).await;
    let rotate = |id: &Value| format!("{tokens}/{}/rotate", text(id));

    // A child does not get at what lasts longer than it does.
    let refused = with_child.post(&rotate(&root["id"]), json!({})).await;
    assert!(refused.problem(403).contains("descend from it"));
    let too_long = json!({ "overlap_seconds": 30 * 24 * 60 * 60 + 1 });
    let refused = watcher.post(&rotate(&root["id"]), too_long).await;
    refused.problem(422);

    let overlap = json!({ "overlap_seconds": 60 });
    let made = watcher
        .post(&rotate(&root["id"]), overlap)
        .await
        .expect(201);
    assert_eq!(made["name"], "test");
    assert_eq!(made["expires_at"], Value::Null);
    let fresh = watcher.with(text(&made["token"]));
    assert!(is_good(&fresh).await && is_good(&watcher).await && is_good(&with_child).await);
    let listed = fresh.all(&tokens).await;
    let by_id = |id: &Value| {
        let found = listed.iter().find(|token| token["id"] == *id);
        found.expect("it is listed").clone()
    };
    assert_eq!(by_id(&child["id"])["parent"], made["id"]);
    assert_eq!(by_id(&root["id"])["parent"], made["id"]);
    assert_eq!(by_id(&root["id"])["expires_at"], made["former_until"]);
    host.clock().advance(Duration::from_secs(60));
    assert!(!is_good(&watcher).await, "the overlap is over");
    assert!(is_good(&with_child).await);

    // Without an overlap the former one ends at once.
    let made = fresh
        .post(&rotate(&made["id"]), json!({}))
        .await
        .expect(201);
    assert_eq!(made["former_until"], Value::Null);
    let fresher = watcher.with(text(&made["token"]));
    assert!(!is_good(&fresh).await && is_good(&fresher).await && is_good(&with_child).await);

    // The new one is the end of all of them.
    let path = format!("{tokens}/{}", text(&made["id"]));
    fresher.delete(&path).await.expect(204);
    assert!(!is_good(&with_child).await);
    host.stop().await;
}

#[tokio::test]
async fn what_is_revoked_within_an_overlap_is_revoked_wholly() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let watcher = athora.user("watcher", &["Watcher"]).await;
    let tokens = format!("{}/tokens", own_path(&watcher).await);
    let root = watcher.all(&tokens).await.remove(0);
    let path = format!("{tokens}/{}/rotate", text(&root["id"]));
    let overlap = json!({ "overlap_seconds": 60 });
    let made = watcher.post(&path, overlap).await.expect(201);
    let path = format!("{tokens}/{}", text(&made["id"]));
    athora.administrator.delete(&path).await.expect(204);
    assert!(!is_good(&watcher).await);
    host.stop().await;
}

#[tokio::test]
async fn all_tokens_of_a_user_are_revoked_at_once() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let watcher = athora.user("watcher", &["Watcher"]).await;
    let (_, child) = mint(&watcher, json!({ "name": "child" })).await;
    let tokens = format!("{}/tokens", own_path(&watcher).await);
    let analyst = athora.user("analyst", &["AML Analyst"]).await;
    analyst.delete(&tokens).await.problem(403);
    athora.administrator.delete(&tokens).await.expect(204);
    assert!(!is_good(&watcher).await && !is_good(&child).await);
    assert!(is_good(&analyst).await);
    assert!(athora.administrator.all(&tokens).await.is_empty());

    let own = format!("{}/tokens", own_path(&analyst).await);
    analyst.delete(&own).await.expect(204);
    assert!(!is_good(&analyst).await);
    host.stop().await;
}

#[tokio::test]
async fn a_user_has_so_many_tokens_and_no_more() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let watcher = athora.user("watcher", &["Watcher"]).await;
    let tokens = format!("{}/tokens", own_path(&watcher).await);
    let end = host.clock().now().plus_seconds(60).to_string();
    let expiring = json!({ "name": "x", "expires_at": end });
    for _ in 1..tenant::MAX_TOKENS_PER_USER {
        watcher.post(&tokens, expiring.clone()).await.expect(201);
    }
    let refused = watcher.post(&tokens, json!({ "name": "x" })).await;
    let refused = refused.problem(409);
    assert!(refused.contains("has 100 access tokens"), "{refused}");
    // Those that have expired make room.
    host.clock().advance(Duration::from_secs(60));
    watcher
        .post(&tokens, json!({ "name": "x" }))
        .await
        .expect(201);
    assert_eq!(watcher.all(&tokens).await.len(), 2);
    host.stop().await;
}
