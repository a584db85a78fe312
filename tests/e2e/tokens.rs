//! Access tokens, and requests that come again.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, TestHost};

async fn own_tokens(client: &Client) -> String {
    let me = client.get("/v1/me").await.expect(200);
    format!("/v1/users/{}/tokens", me["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn users_manage_their_own_tokens_alone() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let watcher = athora.user("watcher", &["Watcher"]).await;
    let path = own_tokens(&watcher).await;
    let made = watcher
        .post(&path, json!({ "name": "laptop" }))
        .await
        .expect(201);
    let laptop = watcher.with(made["token"].as_str().expect("a token"));
    laptop.get("/v1/me").await.expect(200);

    let list = watcher.get(&path).await;
    assert!(!list.text().contains(laptop.credential()));
    let names: Vec<Value> = list.expect(200)["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|token| token["name"].clone())
        .collect();
    assert_eq!(names, ["test", "laptop"]);

    let others = format!("/v1/users/{}/tokens", athora.administrator_id);
    watcher
        .post(&others, json!({ "name": "x" }))
        .await
        .problem(403);
    watcher.get(&others).await.problem(403);

    let one = format!("{path}/{}", made["id"].as_str().expect("an id"));
    watcher.delete(&one).await.expect(204);
    laptop.get("/v1/me").await.problem(401);
    watcher.delete(&one).await.problem(404);
    host.stop().await;
}

#[tokio::test]
async fn a_token_is_refused_once_it_has_expired() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let path = own_tokens(&athora.administrator).await;
    let past = json!({ "name": "x", "expires_at": "2020-01-01T00:00:00Z" });
    athora.administrator.post(&path, past).await.problem(422);
    let hour = std::time::Duration::from_secs(3600);
    let end = host.clock().now().plus_seconds(hour.as_secs());
    let made = json!({ "name": "x", "expires_at": end.to_string() });
    let made = athora.administrator.post(&path, made).await.expect(201);
    let client = athora
        .administrator
        .with(made["token"].as_str().expect("a token"));
    client.get("/v1/me").await.expect(200);
    host.clock().advance(hour);
    client.get("/v1/me").await.problem(401);
    host.stop().await;
}

#[tokio::test]
async fn a_request_that_comes_again_is_done_once() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let path = own_tokens(&athora.administrator).await;
    let post = async |key: &str, name: &str| -> Answer {
        let request = athora.administrator.request(Method::POST, &path);
        let request = request
            .header("idempotency-key", key)
            .json(&json!({ "name": name }));
        athora.administrator.send(request).await
    };
    let first = post("\"a\"", "laptop").await.expect(201);
    let again = post("\"a\"", "laptop").await.expect(201);
    assert_eq!(again["id"], first["id"]);
    assert!(
        first["token"].is_string() && again["token"].is_null(),
        "{again}"
    );
    post("\"a\"", "phone").await.problem(422);
    // Clients send whatever they like; it is a key all the same.
    let odd = post("two words", "laptop").await.expect(201);
    assert_eq!(
        post("two words", "laptop").await.expect(201)["id"],
        odd["id"]
    );
    let other = post("\"b\"", "laptop").await.expect(201);
    assert_ne!(other["id"], first["id"]);

    host.clock()
        .advance(std::time::Duration::from_secs(25 * 3600));
    let forgotten = post("\"a\"", "phone").await.expect(201);
    assert!(forgotten["token"].is_string());
    host.stop().await;
}
