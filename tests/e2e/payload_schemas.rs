//! Payload schemas have versions.

use serde_json::json;
use tests::{TestHost, field};

#[tokio::test]
async fn a_new_version_keeps_the_order_of_fields() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora
        .team(
            "aml",
            &[field("amount", "float"), field("country", "string")],
        )
        .await;
    let path = "/v1/teams/aml/payload-schema";
    let put = async |fields| {
        athora
            .administrator
            .put(path, json!({ "fields": fields }))
            .await
    };
    let same = put([field("country", "string"), field("amount", "float")])
        .await
        .expect(200);
    assert_eq!(same["version"], 1);
    let masked = json!({ "name": "iban", "type": "string", "sensitive": "mask" });
    let next = json!({ "fields": [masked, field("country", "string"), field("amount", "float")] });
    let next = athora.administrator.put(path, next).await.expect(200);
    assert_eq!(next["version"], 2);
    let names: Vec<_> = next["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|field| &field["name"])
        .collect();
    assert_eq!(names, ["amount", "country", "iban"]);
    assert_eq!(athora.administrator.get(path).await.expect(200), next);

    let schema = athora
        .administrator
        .get_as(path, "application/schema+json")
        .await;
    assert_eq!(schema.header("content-type"), "application/schema+json");
    let schema = schema.expect(200);
    assert_eq!(schema["properties"]["amount"]["type"], "number");
    let example = athora
        .administrator
        .get("/v1/teams/aml/payload-example")
        .await
        .expect(200);
    assert_eq!(
        (&example["amount"], &example["iban"]),
        (&json!(0), &json!(""))
    );
    host.stop().await;
}

#[tokio::test]
async fn every_fault_of_a_schema_is_told() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[]).await;
    let wrong = json!({
        "fields": [field("txn_id", "string"), field("a", "float"), field("a", "float")],
        "default_timezone": "Mars/Olympus",
    });
    let refused = athora
        .administrator
        .put("/v1/teams/aml/payload-schema", wrong)
        .await
        .expect(422);
    assert_eq!(
        refused["errors"].as_array().map(Vec::len),
        Some(3),
        "{refused}"
    );
    athora
        .administrator
        .get("/v1/teams/none/payload-schema")
        .await
        .problem(404);
    host.stop().await;
}
