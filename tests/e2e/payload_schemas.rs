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

#[tokio::test]
async fn a_description_has_an_end() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[]).await;
    let path = "/v1/teams/aml/payload-schema";
    let put = async |description: String| {
        let field = json!({ "name": "amount", "type": "float", "description": description });
        let schema = json!({ "fields": [field] });
        athora.administrator.put(path, schema).await
    };
    put("é".repeat(1_000)).await.expect(200);
    let refused = put("é".repeat(1_001)).await.expect(422);
    let detail = refused["errors"][0]["detail"].as_str().expect("a detail");
    assert!(
        detail.contains("\"amount\"") && detail.contains("at most 1000 characters"),
        "{detail}"
    );
    // A name is any text that shows something.
    let named = async |name: &str| {
        let schema = json!({ "fields": [field("amount", "float"), field(name, "string")] });
        athora.administrator.put(path, schema).await
    };
    named("<script>").await.expect(200);
    let refused = named("\u{200b}\u{2060}").await.expect(422);
    let detail = refused["errors"][0]["detail"].as_str().expect("a detail");
    assert!(detail.contains("must show something"), "{detail}");
    let refused = put("a\0b".to_owned()).await.expect(422);
    assert_eq!(refused["errors"][0]["field"], "fields[0].description");
    assert_eq!(refused["errors"][0]["reason"], "invalid_character");
    host.stop().await;
}

#[tokio::test]
async fn a_time_zone_has_a_place() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[]).await;
    let factory = json!({ "fields": [], "default_timezone": "Factory" });
    let path = "/v1/teams/aml/payload-schema";
    let refused = athora.administrator.put(path, factory).await.expect(422);
    assert_eq!(
        refused["errors"].as_array().map(Vec::len),
        Some(1),
        "{refused}"
    );
    let preferences = json!({ "preferences": { "timezone": "factory" } });
    let refused = athora.administrator.patch("/v1/me", preferences).await;
    refused.problem(422);
    let tenant = json!({ "name": "belfius", "title": "B", "timezone": "Factory" });
    host.administrator()
        .post("/v1/tenants", tenant)
        .await
        .problem(422);
    host.stop().await;
}

#[tokio::test]
async fn what_a_schema_would_change_is_told_before_it_is_set() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora
        .team(
            "aml",
            &[field("amount", "float"), field("country", "string")],
        )
        .await;
    let path = "/v1/teams/aml/payload-schema";
    let preview = async |fields| {
        let schema = json!({ "fields": fields });
        let path = format!("{path}/try");
        athora.administrator.post(&path, schema).await.expect(200)
    };
    let same = preview(json!([
        field("amount", "float"),
        field("country", "string")
    ]))
    .await;
    assert_eq!(
        same,
        json!({
            "fits": true, "version": 1, "added_fields": [], "removed_fields": [], "changed_fields": [],
            "rules": [], "breaks": [],
        })
    );
    let other = preview(json!([field("amount", "string"), field("iban", "string")])).await;
    assert_eq!(
        other,
        json!({
            "fits": true, "version": 2, "added_fields": ["iban"], "removed_fields": ["country"],
            "changed_fields": ["amount"], "rules": [], "breaks": [],
        })
    );
    let wrong = json!({ "fields": [field("txn_id", "string")] });
    athora
        .administrator
        .post(&format!("{path}/try"), wrong)
        .await
        .problem(422);
    let now = athora.administrator.get(path).await.expect(200);
    assert_eq!(now["version"], 1, "nothing was changed");
    host.stop().await;
}
