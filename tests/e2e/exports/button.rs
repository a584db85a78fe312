//! The Export button: alerts as they are now, in one file.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Exports, NIGHTLY, id};

const BUTTON: &str = "/v1/alerts/export";

fn ids(csv: &[u8]) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv);
    let rows = reader
        .records()
        .map(|row| row.expect("a row")[0].to_owned());
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_gives_what_an_export_writes() {
    let exports = Exports::start("standard-csv", 300).await;
    exports.put(json!({})).await.expect(201);
    exports.run().await;
    let file = exports.get(&format!("{NIGHTLY}/latest")).await;
    let given = exports.get(BUTTON).await;
    assert_eq!(given.status, 200, "{}", given.text());
    assert_eq!(given.body, file.body);
    assert_eq!(given.header("etag"), file.header("etag"));
    assert_eq!(given.header("vervet-sha256"), file.header("vervet-sha256"));
    assert_eq!(given.header("content-type"), "text/csv; charset=utf-8");
    let name = given.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"alerts-20") && name.ends_with(".csv\""));

    let client = &exports.payments.tenant.administrator;
    let request = client.request(Method::GET, BUTTON);
    let coded = client.send(request.header("accept-encoding", "gzip")).await;
    assert_eq!(coded.header("content-encoding"), "gzip");
    assert!(coded.body.len() < given.body.len() / 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_of_the_page_gives_the_same_bytes() {
    let exports = Exports::start("standard-csv", 40).await;
    let payments = &exports.payments;
    let mut browser = crate::web::person(&payments.host, &payments.tenant, "an", "Watcher").await;
    let page = browser.get("/alerts?view=all&q=limit").await;
    assert!(page.expect(200).contains("<option value=\"standard-csv\">"));
    for (of_page, of_api) in [
        ("view=all", String::new()),
        (
            "view=high",
            "?severity=high&state=open&state=in_progress".to_owned(),
        ),
        (
            "view=all&team=payments&severity=low",
            "?team=payments&severity=low".to_owned(),
        ),
    ] {
        let file = browser.get(&format!("/alerts/export?{of_page}")).await;
        let same = exports.get(&format!("{BUTTON}{of_api}")).await;
        assert_eq!(file.expect(200).as_bytes(), same.body, "{of_page}");
        let header = |name: &str| file.headers[name].to_str().expect("ASCII").to_owned();
        assert_eq!(header("content-type"), same.header("content-type"));
        assert!(header("content-disposition").starts_with("attachment; filename=\"alerts-20"));
    }
}

/// The same filters as those of the search find the same alerts.
#[tokio::test(flavor = "multi_thread")]
async fn the_button_takes_the_filters_of_the_search() {
    let exports = Exports::start("standard-csv", 12).await;
    let alerts = exports.alerts().await;
    let client = &exports.payments.tenant.administrator;
    let user = &exports.payments.tenant.administrator_id;
    for (number, alert) in alerts.iter().enumerate() {
        let patch = match number % 4 {
            0 => json!({ "severity": "high", "labels": ["cash, quick"] }),
            1 => json!({ "user_id": user, "title": "structuring of cash" }),
            2 => json!({ "priority": "low", "due_date": "2026-01-05T00:00:00Z" }),
            _ => continue,
        };
        let path = format!("/v1/alerts/{}", id(alert));
        client.patch(&path, patch).await.expect(200);
    }
    let middle = alerts[6]["created_at"].as_str().expect("a time").to_owned();
    let customer = alerts[0]["dprofile_id"]
        .as_str()
        .expect("a customer")
        .to_owned();
    let txn_id = alerts[3]["txn_ids"][0].as_str().expect("an id").to_owned();
    let queries = [
        String::new(),
        "severity=high".to_owned(),
        "severity=high&severity=low".to_owned(),
        "priority=low".to_owned(),
        "label=cash%2C%20quick".to_owned(),
        format!("user_id={user}"),
        format!("user_id={user}&severity=high"),
        "state=open&team=payments&rule=large-amount&incident_type=trx_aml_alert".to_owned(),
        "label=nowhere".to_owned(),
        format!("dprofile_id={customer}"),
        format!("txn_id={txn_id}"),
        format!("created_from={middle}"),
        format!("created_to={middle}"),
        "due_before=2026-01-06T00:00:00Z".to_owned(),
        "overdue=true".to_owned(),
        "overdue=false".to_owned(),
        "q=structuring".to_owned(),
        "q=cash&priority=medium".to_owned(),
        format!("q={txn_id}"),
    ];
    for query in queries {
        let found = client.all(&format!("/v1/alerts?{query}")).await;
        let mut found: Vec<String> = found.iter().map(|alert| id(alert).to_owned()).collect();
        found.reverse();
        let given = exports.get(&format!("{BUTTON}?{query}")).await;
        assert_eq!(given.status, 200, "{query}: {}", given.text());
        assert_eq!(ids(&given.body), found, "{query}");
    }
    exports
        .get(&format!("{BUTTON}?colour=red"))
        .await
        .problem(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_takes_any_formatter_that_there_is() {
    let exports = Exports::start("hostile-formatter", 5).await;
    let missing = exports.get(BUTTON).await.problem(422);
    assert!(
        missing.contains("'standard-csv' is not published"),
        "{missing}"
    );
    assert!(missing.contains("POST /v1/plugins"), "{missing}");
    let given = exports
        .get(&format!("{BUTTON}?formatter=hostile-lines"))
        .await;
    assert_eq!(given.text().lines().count(), 7);
    let other = exports
        .get(&format!("{BUTTON}?formatter=hostile-lines&version=2.0.0"))
        .await;
    assert!(other.problem(422).contains("2.0.0"));
    exports
        .get(&format!("{BUTTON}?formatter=large-amount"))
        .await
        .problem(422);
    exports
        .get(&format!("{BUTTON}?formatter=hostile-lines&config=x"))
        .await
        .problem(422);

    // Where it fails there is no first byte of a file.
    for behaviour in ["traps", "spins", "not-utf8", "refuses"] {
        let config = json!({ "write": behaviour }).to_string();
        let client = &exports.payments.tenant.administrator;
        let request = client.request(Method::GET, BUTTON);
        let request = request.query(&[("formatter", "hostile-lines"), ("config", &config)]);
        let failed = client.send(request).await.problem(422);
        assert!(failed.contains("there is no file"), "{behaviour}: {failed}");
        let alerts = exports.alerts().await;
        assert!(
            failed.contains(id(alerts.last().expect("an alert"))),
            "{failed}"
        );
    }
    let columns = exports.payments.tenant.publish("columns-csv").await;
    let config: Value = json!({ "columns": [{ "header": "Alert", "path": "id" }] });
    let client = &exports.payments.tenant.administrator;
    let request = client.request(Method::GET, BUTTON);
    let request = request.query(&[
        ("formatter", &*columns.name),
        ("config", &config.to_string()),
    ]);
    assert_eq!(ids(&client.send(request).await.body).len(), 5);
}

/// As a run does; headers say which alerts are missing.
#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_cannot_be_written_costs_no_others() {
    let exports = Exports::start("hostile-formatter", 300).await;
    let alerts = exports.alerts().await;
    let mut poisoned = Vec::new();
    for at in [299, 150, 149, 3] {
        let alert = id(&alerts[at]);
        poisoned.push(alert.to_owned());
        let client = &exports.payments.tenant.administrator;
        let title = json!({ "title": "poison" });
        let path = format!("/v1/alerts/{alert}");
        client.patch(&path, title).await.expect(200);
    }
    let given = async |config: Value| {
        let request = exports
            .payments
            .tenant
            .administrator
            .request(Method::GET, BUTTON);
        let config = config.to_string();
        let request = request.query(&[("formatter", "hostile-lines"), ("config", &*config)]);
        exports.payments.tenant.administrator.send(request).await
    };
    for behaviour in ["traps", "spins", "refuses"] {
        let file = given(json!({ "write": behaviour, "at": "poison" })).await;
        assert_eq!(file.status, 200, "{behaviour}: {}", file.text());
        assert_eq!(file.header("vervet-skipped-alert-count"), "4");
        assert_eq!(file.header("vervet-skipped-alerts"), poisoned.join(", "));
        let text = file.text();
        // A first and a last line are the formatter's.
        assert_eq!(text.lines().count(), 298, "{behaviour}");
        assert!(!text.contains("poison"));
    }
    let whole = given(json!({})).await;
    assert_eq!(whole.text().lines().count(), 302);
    assert!(whole.headers.get("vervet-skipped-alert-count").is_none());
}
