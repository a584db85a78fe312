//! The document of the API, which others build against: a change of it is seen.

mod examples;
mod introduction;

use serde_json::Value;
use tests::TestHost;

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_the_one_that_others_build_against() {
    let host = TestHost::builder().in_memory().start().await;
    let document = host.anonymous().get("/openapi.json").await.expect(200);
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_json_snapshot!("openapi", document);
    });
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_and_every_body_says_what_it_is() {
    let host = TestHost::builder().in_memory().start().await;
    let document = host.anonymous().get("/openapi.json").await.expect(200);
    let mut wanting = Vec::new();
    for (path, of_path) in document["paths"].as_object().expect("paths") {
        for (method, operation) in of_path.as_object().expect("operations") {
            let name = format!("{method} {path}");
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let has_content = response["content"]
                    .as_object()
                    .is_some_and(|all| !all.is_empty());
                if !has_content && !matches!(&**status, "204" | "304") {
                    wanting.push(format!("{name} {status}: no media type"));
                }
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                if parameter["schema"].get("default") == Some(&Value::Null) {
                    wanting.push(format!("{name}: {} defaults to null", parameter["name"]));
                }
            }
            let bodies = operation["requestBody"]["content"].as_object();
            for (media_type, body) in bodies.into_iter().flatten() {
                if body.get("schema").is_none() {
                    wanting.push(format!("{name}: a body {media_type} without a schema"));
                }
            }
        }
    }
    assert_eq!(wanting, [] as [String; 0]);
    let of_client = |path: &str, method: &str| {
        let parameters = document["paths"][path][method]["parameters"]
            .as_array()
            .cloned();
        let mut parameters = parameters.into_iter().flatten();
        let found = parameters.find(|parameter| parameter["name"] == "api-clientId");
        found.expect("the header")["required"].clone()
    };
    assert_eq!(of_client("/api/v2/bank/{bankId}/authorize", "post"), true);
    assert_eq!(of_client("/api/v2/bank/{bankId}/refresh", "post"), true);
    assert_eq!(of_client("/api/v2/bank/{bankId}/consent", "delete"), true);
    assert_ne!(of_client("/api/v2/bank/accounts", "get"), true);
    host.stop().await;
}
