//! What a rule needs must be there, and cannot be taken from under it.

use reqwest::Method;
use serde_json::json;
use tests::guests::component;
use tests::{TestHost, field};

#[tokio::test]
async fn what_an_installed_rule_needs_stays() {
    let host = TestHost::builder()
        .in_memory()
        .taking_plugins()
        .start()
        .await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    let (amount, country) = (field("amount", "float"), field("country", "string"));
    let currency = field("currency", "string");
    athora
        .team(
            "aml",
            &[field("amount", "string"), country.clone(), currency.clone()],
        )
        .await;
    let (list, schema) = (
        "/v1/lists/high_risk_countries",
        "/v1/teams/aml/payload-schema",
    );
    client.put(list, json!(["IR"])).await.expect(201);
    let upload = client.request(Method::POST, "/v1/plugins");
    let upload = upload.header("content-type", "application/wasm");
    let plugin = client
        .send(upload.body(component("high-risk-country")))
        .await
        .expect(201);
    let rule = json!({ "plugin": plugin["name"], "version": plugin["version"], "config": {}, "mode": "live" });
    let rule_path = "/v1/teams/aml/rules/countries";
    let refused = client.put(rule_path, rule.clone()).await.expect(422);
    assert_eq!(
        refused["errors"],
        json!([{
            "field": "config",
            "reason": "does_not_fit",
            "detail": "rule 'countries' needs field 'amount' as float; team 'aml' has it as string",
        }])
    );
    let fitting = json!({ "fields": [amount.clone(), country.clone(), currency.clone()] });
    client.put(schema, fitting).await.expect(200);
    client.put(rule_path, rule).await.expect(201);

    let changed = json!({ "fields": [field("amount", "string"), country, currency.clone()] });
    let preview = client.post(&format!("{schema}/try"), changed.clone()).await;
    let preview = preview.expect(200);
    assert_eq!(preview["fits"], false);
    assert_eq!(preview["rules"], json!(["countries"]));
    assert_eq!(
        preview["breaks"],
        json!([
            "rule 'countries' needs field 'amount' as float; team 'aml' would have it as string"
        ])
    );
    let refused = client.put(schema, changed.clone()).await.problem(409);
    assert_eq!(
        refused,
        "rule 'countries' needs field 'amount' as float; team 'aml' would have it as string"
    );
    let dropped = client
        .put(
            schema,
            json!({ "fields": [amount.clone(), currency.clone()] }),
        )
        .await
        .problem(409);
    assert!(
        dropped.contains("'country'") && dropped.contains("would not have it"),
        "{dropped}"
    );
    let more = json!({ "fields": [amount, field("country", "string"), currency, field("iban", "string")] });
    assert_eq!(client.put(schema, more).await.expect(200)["version"], 3);
    let kept = client.delete(list).await.problem(409);
    assert!(
        kept.contains("rule 'countries'") && kept.contains("high_risk_countries"),
        "{kept}"
    );

    client.delete(rule_path).await.expect(204);
    client.put(schema, changed).await.expect(200);
    client.delete(list).await.expect(204);
    host.stop().await;
}
