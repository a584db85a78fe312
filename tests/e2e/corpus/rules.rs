//! Rules of earlier releases, asked about transactions.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use tests::{TestHost, TestTenant, field, guests};

use super::{assert_said, component, folder};

/// The rules, each with the configuration that it is installed with.
pub(super) const RULES: [(&str, &str); 7] = [
    (
        "every-input",
        r#"{"list": "high_risk_countries", "card": "card", "large": 9000}"#,
    ),
    ("high-risk-country", "{}"),
    (
        "large-amount",
        r#"{"limits": {"EUR": 10000}, "other_limit": 5000}"#,
    ),
    ("structuring", "{}"),
    ("structuring-javascript-wasi", "{}"),
    ("unfamiliar-counterparty", r#"{"least_history": 2}"#),
    (
        "velocity",
        r#"{"minutes": 1440, "most_transactions": 2, "most_amount": 20000.5}"#,
    ),
];

/// A tenant with a team whose transactions have all that the rules look at.
async fn tenant(host: &TestHost) -> (TestTenant, tests::Client) {
    let tenant = host.tenant("athora").await;
    let fields = [
        field("amount", "float"),
        field("currency", "string"),
        field("country", "string"),
        field("counterparty", "string"),
        field("items", "integer"),
        field("cash", "boolean"),
        field("opened", "date_time"),
        field("card", "string"),
    ];
    let key = tenant.team("aml", &fields).await;
    let list = "/v1/lists/high_risk_countries";
    let countries = json!(["IR", "KP"]);
    tenant.administrator.put(list, countries).await.expect(201);
    (tenant, key)
}

/// What a plugin is, but for who published it and when.
async fn published(tenant: &TestTenant, plugin: &tests::TestPlugin) -> Value {
    let path = format!("/v1/plugins/{}/{}", plugin.name, plugin.version);
    let mut published = tenant.administrator.get(&path).await.expect(200);
    let members = published.as_object_mut().expect("an object");
    members.retain(|name, _| !name.starts_with("published_"));
    published
}

/// By rule and transaction what was found, and how the rule ended where it failed.
async fn said(tenant: &TestTenant) -> BTreeMap<String, BTreeMap<String, Vec<Value>>> {
    let mut said: BTreeMap<String, BTreeMap<String, Vec<Value>>> = BTreeMap::new();
    for alert in tenant.alerts().await {
        let path = format!("/v1/alerts/{}", alert["id"].as_str().expect("an id"));
        let mut alert = tenant.administrator.get(&path).await.expect(200);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        // The alert that tells of failures has none.
        let finding = alert["findings"].get(0).cloned().unwrap_or_default();
        let info = alert["info"].as_object_mut().expect("an object");
        info.remove("transactions");
        let mut found = json!({});
        for member in [
            "title",
            "incident_type",
            "severity",
            "priority",
            "score",
            "labels",
            "info",
        ] {
            found[member] = alert[member].take();
        }
        found["evidence"] = crate::payments::given(&finding);
        let of = said.entry(text(&alert["rule"])).or_default();
        of.entry(text(&finding["transaction"]))
            .or_default()
            .push(found);
    }
    for found in said.values_mut().flat_map(BTreeMap::values_mut) {
        found.sort_by_key(|found| found["title"].to_string());
    }
    said
}

async fn post(key: &tests::Client) {
    let transactions = fs::read_to_string(folder().join("transactions.ndjson"));
    let transactions = transactions.expect("the transactions");
    let count = transactions.lines().count();
    let batch = key.request(reqwest::Method::POST, "/v1/transactions/batch");
    let batch = batch.header("content-type", "application/x-ndjson");
    let batch = batch
        .header("accept", "application/json")
        .body(transactions);
    let answer = key.send(batch).await.expect(200);
    assert_eq!(answer["accepted"], count, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_find_what_they_found() {
    let host = TestHost::builder()
        .in_memory()
        .taking_plugins()
        .start()
        .await;
    let (tenant, key) = tenant(&host).await;
    for (rule, config) in RULES {
        let plugin = tenant.publish_bytes(component(rule)).await;
        let manifest = published(&tenant, &plugin).await;
        assert_said!(assert_json_snapshot, format!("{rule}.manifest"), manifest);
        let config = serde_json::from_str(config).expect("JSON");
        tenant.install("aml", rule, &plugin, config).await;
    }
    post(&key).await;
    for (rule, said) in said(&tenant).await {
        assert_said!(assert_json_snapshot, format!("{rule}.findings"), said);
    }
    host.stop().await;
}

/// Today's SDK makes of the same source a rule that says the same.
#[tokio::test(flavor = "multi_thread")]
async fn todays_sdk_reads_every_input_as_it_was_read() {
    let (rule, config) = RULES[0];
    let host = TestHost::builder()
        .in_memory()
        .taking_plugins()
        .start()
        .await;
    let (tenant, key) = tenant(&host).await;
    let plugin = tenant.publish_bytes(guests::component(rule)).await;
    let config = serde_json::from_str(config).expect("JSON");
    tenant.install("aml", rule, &plugin, config).await;
    post(&key).await;
    let said = said(&tenant).await.remove(rule).expect("findings");
    assert_said!(assert_json_snapshot, format!("{rule}.findings"), said);
    host.stop().await;
}
