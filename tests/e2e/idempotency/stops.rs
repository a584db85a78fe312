//! What was answered is known after a stop of the host, without its secrets.

use serde_json::{Value, json};
use tests::TestHost;

use super::{JSON, post};

#[tokio::test(flavor = "multi_thread")]
async fn answers_outlive_a_stop_and_hold_no_secret() {
    let mut host = TestHost::builder().start().await;
    let tenant = host.tenant("athora").await;
    let user = r#"{"login":"bert","scopes":["Watcher"]}"#;
    let first = post(&tenant.administrator, "/v1/users", "k", JSON, user)
        .await
        .expect(201);
    let belfius = json!({ "name": "belfius", "title": "Belfius", "timezone": "UTC" }).to_string();
    let administrator = host.administrator();
    post(&administrator, "/v1/tenants", "k", JSON, &belfius)
        .await
        .expect(201);
    let person = r#"{"login":"first","scopes":["Administrator"]}"#;
    let made = post(
        &administrator,
        "/v1/tenants/belfius/users",
        "k2",
        JSON,
        person,
    )
    .await
    .expect(201);
    let token = made["token"].as_str().expect("a token").to_owned();
    host.restart().await;
    let again = post(&tenant.administrator, "/v1/users", "k", JSON, user)
        .await
        .expect(201);
    assert_eq!(again, first);
    let again = post(
        &administrator,
        "/v1/tenants/belfius/users",
        "k2",
        JSON,
        person,
    )
    .await
    .expect(201);
    assert_eq!((&again["id"], &again["token"]), (&made["id"], &Value::Null));
    // The same key of another caller, and another key, are other requests.
    let other = post(&administrator.with(&token), "/v1/users", "k", JSON, user)
        .await
        .expect(201);
    assert_ne!(other["id"], first["id"]);
    post(&tenant.administrator, "/v1/users", "k3", JSON, user)
        .await
        .problem(409);
    let store = host.data().join("store");
    host.stop().await;
    let mut files = vec![store];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).expect("a directory");
            files.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if let Ok(bytes) = std::fs::read(&path) {
            let is_there = bytes.windows(token.len()).any(|at| at == token.as_bytes());
            assert!(!is_there, "{} has the token", path.display());
        }
    }
}
