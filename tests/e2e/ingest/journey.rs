//! The whole way, once: from an empty host to a file of alerts.

use serde_json::{Value, json};

use crate::payments::{Payments, alerting, payment, with};

const RULES: [(&str, &str); 5] = [
    ("large-amount", r#"{"limits": {"EUR": 10000}}"#),
    ("structuring", "{}"),
    ("velocity", r#"{"most_transactions": 3}"#),
    ("high-risk-country", "{}"),
    ("unfamiliar-counterparty", r#"{"least_history": 3}"#),
];

#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_host_to_a_file_of_alerts() {
    let payments = Payments::start().await;
    let tenant = &payments.tenant;
    let list = json!(["KP", "IR"]);
    let put = tenant
        .administrator
        .put("/v1/lists/high_risk_countries", list)
        .await;
    assert_eq!(put.status, 201, "{}", put.text());
    for (rule, config) in RULES {
        let plugin = tenant.publish(rule).await;
        let config = serde_json::from_str(config).expect("a configuration");
        tenant.install("payments", rule, &plugin, config).await;
    }

    let check = async |transaction: Value, expect: &[&str]| {
        let posted = payments.post(transaction).await.expect(201);
        assert_eq!(alerting(&posted), expect, "{posted}");
        posted
    };
    check(payment("t1", "anna", 9_500.0), &[]).await;
    check(payment("t2", "anna", 9_500.0), &[]).await;
    let third = check(payment("t3", "anna", 9_500.0), &["structuring"]).await;
    let other = json!({ "country": "KP", "counterparty": "stranger" });
    let everything = [
        "high-risk-country",
        "large-amount",
        "unfamiliar-counterparty",
        "velocity",
    ];
    check(with(payment("t4", "anna", 12_000.0), other), &everything).await;
    check(payment("t5", "bert", 9_999.99), &[]).await;

    let id = third["alerts"][0]["id"].as_str().expect("an id");
    let path = format!("/v1/alerts/{id}");
    let alert = tenant.administrator.get(&path).await.expect(200);
    assert_eq!(alert["dprofile_id"], "anna");
    assert_eq!(alert["txn_ids"], json!(["t3"]));
    let near = "same customer_id, last 7 days, where amount ≥ 9000 and amount < 10000 and currency = this transaction's currency";
    let evidence = json!([
        { "name": "amount", "value": 9500.0, "meaning": "amount of the transaction" },
        { "name": "near_before", "value": 2, "meaning": format!("number of transactions, {near}") },
        { "name": "near_before_sum", "value": 19000.0, "meaning": format!("sum of amount, {near}") },
        { "name": "currency", "value": "EUR", "meaning": "currency of the transaction" },
    ]);
    assert_eq!(alert["findings"][0]["evidence"], evidence);

    let alerts = tenant.alerts().await;
    let rows = exported(&payments, "athora-csv").await;
    let of = |rows: Vec<(String, String)>| {
        let mut rows = rows;
        rows.sort();
        rows
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let expect = alerts
        .iter()
        .map(|alert| (text(&alert["id"]), text(&alert["rule"])));
    assert_eq!(alerts.len(), 5);
    assert_eq!(of(rows), of(expect.collect()));
    payments.host.stop().await;
}

/// Exports all alerts: the id and the rule of each.
async fn exported(payments: &Payments, formatter: &str) -> Vec<(String, String)> {
    let client = &payments.tenant.administrator;
    let plugin = payments.tenant.publish(formatter).await;
    payments.tenant.run_export("nightly", &plugin).await;
    let file = client.get("/v1/exports/nightly/latest").await;
    assert_eq!(file.status, 200, "{}", file.text());
    let mut csv = csv::Reader::from_reader(&file.body[..]);
    let header = csv.headers().expect("a header").clone();
    let column = |name| {
        header
            .iter()
            .position(|column| column == name)
            .expect("a column")
    };
    let (id, rule) = (column("alert_reference"), column("scenario"));
    csv.records()
        .map(|row| row.expect("a row"))
        .map(|row| (row[id].to_owned(), row[rule].to_owned()))
        .collect()
}
