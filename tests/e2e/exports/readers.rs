//! Files as PostgreSQL and pandas read them: value by value what the API says.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::readers::{SharedFile, pandas_rows, postgres_rows};

use super::{Exports, NIGHTLY, corpus, id, micros};
use crate::payments::{POST, payment, with};

/// What is in a column of a file.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Number,
    Moment,
    Json,
}

/// A column: its name in the file, what is in it, and its value by the API.
type Column = (String, Kind, fn(&Value) -> Value);

fn of(name: &str, kind: Kind, value: fn(&Value) -> Value) -> Column {
    (name.to_owned(), kind, value)
}

/// Findings as formatters get them.
fn findings(alert: &Value) -> Value {
    let findings = alert["findings"].as_array().expect("findings").iter();
    let finding = |finding: &Value| {
        let evidence = finding["evidence"].as_array().expect("evidence").iter();
        let evidence: serde_json::Map<String, Value> = evidence
            .map(|item| {
                (
                    item["name"].as_str().expect("a name").to_owned(),
                    item["value"].clone(),
                )
            })
            .collect();
        json!({
            "rule": finding["rule"], "version": finding["version"], "digest": finding["digest"],
            "score": finding["score"], "transaction": finding["transaction"], "evidence": evidence,
        })
    };
    findings.map(finding).collect()
}

/// An alert of a list with its findings, and its comments as formatters get them. What its `info` has of
/// transactions stays as the list has it, which is how it is kept.
async fn whole(exports: &Exports, summary: &Value) -> Value {
    let path = format!("/v1/alerts/{}", id(summary));
    let mut alert = exports.get(&path).await.expect(200);
    alert["info"] = summary["info"].clone();
    let comments = format!("{path}/comments");
    let comments = exports.payments.tenant.administrator.all(&comments).await;
    let comment = |comment: &Value| {
        json!({
            "author": comment["author"]["login"], "written_at": comment["created_at"],
            "text": comment["text"],
        })
    };
    alert["comments"] = comments.iter().map(comment).collect();
    alert
}

/// The properties of an alert, in the order of `standard-csv`.
fn standard() -> Vec<Column> {
    macro_rules! own {
        ($($kind:ident $name:literal),* $(,)?) => {
            vec![$(of($name, Kind::$kind, |alert| alert[$name].clone())),*]
        };
    }
    let mut columns = own![
        Text "id", Text "team", Text "dprofile_id", Text "user_id", Text "title",
        Text "incident_type", Text "state", Text "severity", Text "priority", Moment "due_date",
        Json "labels", Text "rule", Number "score", Json "txn_ids", Json "info",
    ];
    columns.push(of("findings", Kind::Json, findings));
    columns.push(of("comments", Kind::Json, |alert| {
        alert["comments"].clone()
    }));
    columns.extend(own![
        Moment "created_at", Moment "updated_at", Moment "closed_at", Number "version",
        Json "merged_from", Text "outcome",
    ]);
    columns
}

/// The same in Athora's terms, and what only Athora has.
fn athora() -> Vec<Column> {
    const NAMES: [&str; 23] = [
        "alert_reference",
        "business_line",
        "customer_number",
        "handler",
        "alert_title",
        "alert_category",
        "alert_status",
        "risk_severity",
        "handling_priority",
        "due_on",
        "labels",
        "scenario",
        "risk_score",
        "transaction_ids",
        "alert_details",
        "scenario_hits",
        "remarks",
        "raised_at",
        "last_changed_at",
        "closed_at",
        "alert_version",
        "merged_references",
        "alert_outcome",
    ];
    let named = standard().into_iter().zip(NAMES);
    let mut columns: Vec<Column> = named
        .map(|((_, kind, value), name)| (name.to_owned(), kind, value))
        .collect();
    let count = |alert: &Value| json!(alert["txn_ids"].as_array().expect("a list").len());
    columns.push(of("transaction_count", Kind::Number, count));
    let details = columns
        .iter_mut()
        .find(|column| column.0 == "alert_details");
    details.expect("details").2 = |alert| {
        let mut info = alert["info"].clone();
        info.as_object_mut()
            .expect("an object")
            .remove("transactions");
        info
    };
    columns
}

/// A value in the form in which both sides are compared.
fn normal(kind: Kind, value: &Value) -> Value {
    match (kind, value) {
        (_, Value::Null) => Value::Null,
        (Kind::Text, value) => value.clone(),
        (Kind::Moment, value) => json!(micros(value)),
        (Kind::Number, Value::String(text)) => json!(text.parse::<f64>().expect("a number")),
        (Kind::Number, value) => json!(value.as_f64().expect("a number")),
        (Kind::Json, Value::String(text)) => serde_json::from_str(text).expect("JSON"),
        (Kind::Json, value) => value.clone(),
    }
}

fn check(
    reader: &str,
    rows: &[Value],
    alerts: &BTreeMap<String, Value>,
    columns: &[Column],
    empty_is_null: bool,
) {
    assert_eq!(rows.len(), alerts.len(), "{reader}");
    for row in rows {
        let (first, _, _) = &columns[0];
        let key = row[first].as_str().expect("an id");
        let alert = alerts
            .get(key)
            .unwrap_or_else(|| panic!("{reader}: an alert {key}"));
        for (name, kind, value) in columns {
            let mut expect = normal(*kind, &value(alert));
            if empty_is_null && expect == "" {
                expect = Value::Null;
            }
            let read = row
                .get(name)
                .unwrap_or_else(|| panic!("{reader}: no column {name}"));
            assert_eq!(normal(*kind, read), expect, "{reader}: {name} of {alert}");
        }
    }
}

/// Has a file written, and read by both.
async fn check_file(exports: &Exports, config: Value, delimiter: &str, columns: &[Column]) {
    let formatter = json!({
        "plugin": exports.formatter.name, "version": exports.formatter.version, "config": config,
    });
    let put = exports.put(json!({ "formatter": formatter })).await;
    assert!(put.is_success(), "{}", put.text());
    assert_eq!(exports.run().await["state"], "ready");
    let mut alerts = BTreeMap::new();
    for alert in exports.alerts().await {
        alerts.insert(id(&alert).to_owned(), whole(exports, &alert).await);
    }
    assert!(alerts.len() > corpus::texts().len());
    let bytes = exports.get(&format!("{NIGHTLY}/latest")).await.body;
    let file = SharedFile::new(&bytes);

    // The table is the one that we tell people to make.
    let load = exports.get(&format!("{NIGHTLY}/redshift")).await.text();
    let (_, table) = load.split_once("\"nightly\" (\n").expect("a table");
    let (table, _) = table.split_once("\n);").expect("its end");
    let table = table.replace(" SUPER", " jsonb");
    let rows = postgres_rows(&file, &table, delimiter);
    check("PostgreSQL", &rows, &alerts, columns, false);
    let rows = pandas_rows(&file, delimiter);
    check("pandas", &rows, &alerts, columns, true);
}

async fn start(formatter: &str) -> Exports {
    let exports = Exports::start(formatter, 3).await;
    corpus::put(&exports).await;
    let alert = exports.alerts().await[2]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    for text in ["<p>First, \"so to speak\"</p>", "second,\nlater <b>b</b>"] {
        let comments = format!("/v1/alerts/{alert}/comments");
        let client = &exports.payments.tenant.administrator;
        client
            .post(&comments, json!({ "text": text }))
            .await
            .expect(201);
    }
    exports
}

#[tokio::test(flavor = "multi_thread")]
async fn others_read_standard_csv_as_it_was_meant() {
    let exports = start("standard-csv").await;
    let columns = standard();
    check_file(&exports, json!({}), ",", &columns).await;
    let other = json!({ "delimiter": ";", "quoting": "all", "line_end": "crlf", "bom": true });
    check_file(&exports, other, ";", &columns).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_read_athora_csv_as_it_was_meant() {
    let exports = start("athora-csv").await;
    check_file(&exports, json!({}), ",", &athora()).await;
    check_file(&exports, json!({ "delimiter": "\t" }), "\t", &athora()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_read_columns_csv_as_it_was_meant() {
    let exports = start("columns-csv").await;
    // Every property under a name that must be quoted, and a way into the JSON of one.
    let known = standard();
    let mut asked: Vec<Value> = known
        .iter()
        .map(|(name, _, _)| {
            let path = match &**name {
                "version" | "merged_from" => format!("more.{name}"),
                name => name.to_owned(),
            };
            json!({ "header": format!("the \"{name}\", so"), "path": path })
        })
        .collect();
    asked.push(json!({ "header": "text", "path": "info.text" }));
    let mut columns: Vec<Column> = known
        .into_iter()
        .map(|(name, kind, value)| (format!("the \"{name}\", so"), kind, value))
        .collect();
    columns.push(of("text", Kind::Text, |alert| {
        alert["info"]["text"].clone()
    }));
    check_file(&exports, json!({ "columns": asked }), ",", &columns).await;
    let bars = json!({ "columns": asked, "csv": { "delimiter": "|", "quoting": "all" } });
    check_file(&exports, bars, "|", &columns).await;
}

/// A file of one column is the one in which a line can be mistaken for the end of the file, or for none.
#[tokio::test(flavor = "multi_thread")]
async fn others_read_a_single_column_as_it_was_meant() {
    let exports = start("columns-csv").await;
    let config = json!({ "columns": [{ "header": "title", "path": "title" }] });
    let formatter = json!({
        "plugin": exports.formatter.name, "version": exports.formatter.version, "config": config,
    });
    exports
        .put(json!({ "formatter": formatter }))
        .await
        .expect(201);
    exports.run().await;
    let bytes = exports.get(&format!("{NIGHTLY}/latest")).await.body;
    let rows = postgres_rows(&SharedFile::new(&bytes), "title text", ",");
    let mut titles: Vec<Value> = exports.alerts().await;
    titles.reverse();
    let expect: Vec<&Value> = titles.iter().map(|alert| &alert["title"]).collect();
    let read: Vec<&Value> = rows.iter().map(|row| &row["title"]).collect();
    assert_eq!(read, expect);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_json_are_what_the_api_says() {
    let exports = start("ndjson").await;
    exports.put(json!({})).await.expect(201);
    exports.run().await;
    let file = exports.get(&format!("{NIGHTLY}/latest")).await.text();
    let mut alerts = exports.alerts().await;
    alerts.reverse();
    assert_eq!(file.split_terminator('\n').count(), alerts.len());
    for (line, summary) in file.split_terminator('\n').zip(&alerts) {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let alert = whole(&exports, summary).await;
        for (name, kind, value) in standard() {
            let (read, expect) = (normal(kind, &line[&name]), normal(kind, &value(&alert)));
            assert_eq!(read, expect, "{name}: {line}");
        }
    }
}

/// No database takes the character NUL in a text: it comes in nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn nul_comes_in_nowhere() {
    let exports = Exports::start("ndjson", 1).await;
    let alert = format!("/v1/alerts/{}", id(&exports.alerts().await[0]));
    let client = &exports.payments.tenant.administrator;
    for patch in [json!({ "title": "a\0b" }), json!({ "labels": ["a\0b"] })] {
        let refused = client.patch(&alert, patch.clone()).await;
        assert_eq!(refused.status, 422, "{patch}");
    }
    for more in [
        json!({ "txn_id": "n\0" }),
        json!({ "customer_id": "n\0" }),
        json!({ "counterparty": "n\0" }),
    ] {
        let posted = with(payment("n1", "anna", 20_000.0), more.clone());
        let refused = exports.payments.key.post(POST, posted).await;
        assert_eq!(refused.status, 422, "{more}: {}", refused.text());
    }
}
