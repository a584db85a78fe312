//! A team's API keys.

use serde_json::json;
use tests::{TestHost, TestTenant, field};

async fn key(athora: &TestTenant, path: &str, body: serde_json::Value) -> (String, tests::Client) {
    let made = athora.administrator.post(path, body).await.expect(201);
    let client = athora
        .administrator
        .with(made["key"].as_str().expect("a key"));
    (made["id"].as_str().expect("an id").to_owned(), client)
}

#[tokio::test]
async fn a_key_is_good_until_it_is_revoked_or_another_takes_its_place() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let first = athora.team("aml", &[]).await;
    let path = "/v1/teams/aml/api-keys";
    let regenerate = "/v1/teams/aml/api-keys/regenerate";
    let me = first.get("/v1/me").await.expect(200);
    assert_eq!((&me["kind"], &me["team"]), (&json!("team"), &json!("aml")));
    first.get("/v1/teams").await.problem(403);

    let (id, second) = key(&athora, path, json!({ "name": "nightly" })).await;
    let list = athora.administrator.get(path).await;
    assert_eq!(list.expect(200)["items"].as_array().map(Vec::len), Some(2));
    assert!(!list.text().contains(second.credential()));
    athora
        .administrator
        .delete(&format!("{path}/{id}"))
        .await
        .expect(204);
    second.get("/v1/me").await.problem(401);

    let (_, third) = key(&athora, regenerate, json!({ "overlap_seconds": 60 })).await;
    first.get("/v1/me").await.expect(200);
    host.clock().advance(std::time::Duration::from_secs(60));
    first.get("/v1/me").await.problem(401);
    let (_, fourth) = key(&athora, regenerate, json!({})).await;
    third.get("/v1/me").await.problem(401);
    fourth.get("/v1/me").await.expect(200);
    host.stop().await;
}

#[tokio::test]
async fn a_new_key_comes_with_a_command_to_copy() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora
        .team(
            "aml",
            &[field("amount", "float"), field("payee's name", "string")],
        )
        .await;
    let made = athora
        .administrator
        .post("/v1/teams/aml/api-keys", json!({}))
        .await
        .expect(201);
    let command = made["command"].as_str().expect("a command");
    assert!(
        command.starts_with(&format!("curl -sS '{}/v1/transactions'", host.url())),
        "{command}"
    );
    // A shell takes the command apart as it will when it is copied.
    let shown = std::process::Command::new("sh")
        .args(["-c", &command.replacen("curl", "printf '%s\\n'", 1)])
        .output()
        .expect("a shell");
    let shown = String::from_utf8(shown.stdout).expect("text");
    let payload: serde_json::Value =
        serde_json::from_str(shown.lines().last().expect("a line")).expect("JSON");
    assert_eq!(payload["payee's name"], "");
    assert_eq!(payload["amount"], 0);
    assert!(
        payload["txn_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("example-"))
    );
    assert!(shown.contains(made["key"].as_str().expect("a key")));
    let key = athora
        .administrator
        .with(made["key"].as_str().expect("a key"));
    key.post("/v1/transactions", payload).await.expect(201);
    host.stop().await;
}
