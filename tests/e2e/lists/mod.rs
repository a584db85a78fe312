//! Lists that rules ask.

mod at_once;
mod csv;
mod older_release;
mod versions;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, TestHost};

/// PUTs or POSTs entries in some form.
async fn send(client: &Client, method: Method, path: &str, media_type: &str, body: &str) -> Answer {
    let request = client.request(method, path);
    let request = request.header("content-type", media_type);
    client.send(request.body(body.to_owned())).await
}

/// The members `name` of a list's items.
fn each<'v>(items: &'v [Value], name: &str) -> Vec<&'v Value> {
    items.iter().map(|item| &item[name]).collect()
}

#[tokio::test]
async fn a_list_is_set_changed_read_and_deleted() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    let path = "/v1/lists/high_risk";
    let put = async |body: &str| send(client, Method::PUT, path, "text/plain", body).await;
    let first = put("\u{feff}IR\r\n  KP \n\nIR\n").await.expect(201);
    assert_eq!(first["count"], 2);
    let same = client.put(path, json!(["KP", "IR"])).await.expect(200);
    assert_eq!(same["version"], first["version"]);
    let changed = client
        .patch(path, json!({ "add": ["MM"], "remove": ["IR"] }))
        .await
        .expect(200);
    assert!(changed["version"].as_u64() > first["version"].as_u64());
    assert_eq!(
        client.get(path).await.expect(200)["entries"],
        json!(["KP", "MM"])
    );
    assert_eq!(client.get_as(path, "text/plain").await.text(), "KP\nMM\n");

    let stale = client
        .request(Method::DELETE, path)
        .header("if-match", "\"0\"");
    client.send(stale).await.problem(412);
    client.delete(path).await.expect(204);
    client.get(path).await.problem(404);
    let again = put("IR").await.expect(201);
    assert!(
        again["version"].as_u64() > changed["version"].as_u64(),
        "evidence names versions"
    );
    host.stop().await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    for name in ["a", "b", "c"] {
        client
            .put(&format!("/v1/lists/{name}"), json!([]))
            .await
            .expect(201);
    }
    let first = client.get("/v1/lists?limit=2").await.expect(200);
    assert_eq!(first["items"][1]["name"], "b");
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let last = client
        .get(&format!("/v1/lists?limit=2&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(
        (&last["items"][0]["name"], &last["next_cursor"]),
        (&json!("c"), &json!(null))
    );
    client
        .get(&format!("/v1/users?cursor={cursor}"))
        .await
        .problem(400);
    client.get("/v1/lists?colour=red").await.problem(400);
    host.stop().await;
}
