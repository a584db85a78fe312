//! What a column is declared, and what is in it: every combination loads as what it is, or is refused.

use serde_json::{Value, json};
use tests::readers::{SharedFile, pandas_rows, postgres_rows};
use tests::{Answer, TestPlugin};

use super::{Exports, NIGHTLY, power_query};

/// Ways of writing values, by the members that say them.
fn formats() -> Vec<Value> {
    vec![
        json!({}),
        json!({ "decimals": { "places": 2 } }),
        json!({ "decimals": { "point": "," } }),
        json!({ "decimals": { "point": ",", "places": 2 } }),
        json!({ "decimals": { "point": "" } }),
        json!({ "booleans": { "yes": "ja", "no": "neen" } }),
        json!({ "booleans": { "yes": "1", "no": "0" } }),
        json!({ "booleans": { "yes": "TRUE", "no": "FALSE" } }),
        json!({ "dates": "DD/MM/YYYY" }),
        json!({ "dates": "MM/DD/YYYY" }),
        json!({ "dates": "YYYY-DD-MM" }),
        json!({ "dates": "YYYY-MM-DD" }),
        json!({ "dates": "YYYY-MM-DDTHH:mm:ssZ" }),
        json!({ "dates": "YYYY-MM-DD HH:mm:ss" }),
        json!({ "lists": { "style": "joined", "separator": "|" } }),
    ]
}

const DUE: &str = "2031-02-03T04:05:06Z";

/// Types, ways into the alert, and the value there.
fn columns() -> Vec<(&'static str, &'static str, Value)> {
    let due: jiff::Timestamp = DUE.parse().expect("a moment");
    let due = json!(due.as_microsecond());
    vec![
        ("decimal", "info.number", json!(1_234_567.25)),
        ("integer", "info.whole", json!(42)),
        ("boolean", "info.flag", json!(true)),
        ("boolean", "info.off", json!(false)),
        ("timestamp", "due_date", due.clone()),
        ("timestamp", "info.at", due),
        ("date", "due_date", json!("2031-02-03")),
        ("date", "info.day", json!("2031-02-03")),
        ("json", "labels", json!(["aa", "bb"])),
        ("json", "info.list", json!(["aa", "bb"])),
        ("json", "info", info()),
    ]
}

fn info() -> Value {
    json!({
        "number": 1_234_567.25, "whole": 42, "flag": true, "off": false, "at": DUE, "day": "2031-02-03",
        "list": ["aa", "bb"], "text": "x, \"y\"; z|\t",
    })
}

/// Whether a way of writing leaves values of a type as a load reads them.
fn should_load(format: &Value, column_type: &str, path: &str) -> bool {
    let dates = format["dates"].as_str();
    match column_type {
        _ if format["decimals"]["point"] == "" => false,
        "decimal" | "integer" => format["decimals"]["point"] != ",",
        "boolean" => format["booleans"].is_null() || format["booleans"]["yes"] == "TRUE",
        // What stands in JSON is no moment: patterns leave it as it is.
        "timestamp" => dates.is_none_or(|dates| dates.ends_with('Z')),
        "date" => dates.is_none_or(|dates| dates == "YYYY-MM-DD"),
        "json" => format["lists"].is_null() || path == "info",
        _ => true,
    }
}

async fn started(formatter: &str) -> Exports {
    let exports = Exports::start(formatter, 0).await;
    let alert = json!({
        "team": "payments", "title": "a \"b\", c; d|e", "incident_type": "other", "dprofile_id": "anna",
        "due_date": DUE, "labels": ["aa", "bb"], "info": info(),
    });
    let client = &exports.payments.tenant.administrator;
    client.post("/v1/alerts", alert).await.expect(201);
    exports
}

async fn put(exports: &Exports, plugin: &TestPlugin, config: &Value) -> Answer {
    let formatter = json!({
        "plugin": plugin.name, "version": plugin.version, "config": config,
    });
    exports.put(json!({ "formatter": formatter })).await
}

fn config(format: &Value, columns: &[(&str, &str)], csv: &Value) -> Value {
    let mut config = format.clone();
    let columns = columns.iter().enumerate();
    config["columns"] = columns
        .map(|(number, (column_type, path))| {
            json!({ "header": format!("c{number}"), "path": path, "type": column_type })
        })
        .collect();
    config["csv"] = csv.clone();
    config
}

/// Runs the export as it is, and checks by three readers that each column has its value.
async fn check_loads(exports: &Exports, expect: &[(&str, &Value)], delimiter: &str) {
    assert_eq!(exports.run().await["state"], "ready");
    let bytes = exports.get(&format!("{NIGHTLY}/latest")).await.body;
    let query = exports.get(&format!("{NIGHTLY}/power-bi")).await.text();
    let read = power_query::rows(&query, &bytes);
    let load = exports.get(&format!("{NIGHTLY}/redshift")).await.text();
    let (_, table) = load.split_once("\"nightly\" (\n").expect("a table");
    let (table, _) = table.split_once("\n);").expect("its end");
    let file = SharedFile::new(&bytes);
    let loaded = postgres_rows(&file, &table.replace(" SUPER", " jsonb"), delimiter);
    let texts = pandas_rows(&file, delimiter);
    assert_eq!((read.len(), loaded.len(), texts.len()), (1, 1, 1));
    for (number, (column_type, value)) in expect.iter().enumerate() {
        let name = format!("c{number}");
        let in_query = match *column_type {
            "json" => serde_json::from_str(read[0][&name].as_str().expect("a text")).expect("JSON"),
            _ => read[0][&name].clone(),
        };
        assert_eq!(in_query, **value, "Power BI: {column_type} {query}");
        let in_table = match *column_type {
            "timestamp" => super::micros(&loaded[0][&name]).into(),
            "decimal" => json!(loaded[0][&name].as_f64()),
            _ => loaded[0][&name].clone(),
        };
        assert_eq!(in_table, **value, "PostgreSQL: {column_type} {load}");
    }
}

/// Each way of writing with each type, by this release and by an earlier one.
#[tokio::test(flavor = "multi_thread")]
async fn every_format_and_type_loads_as_what_it_is_or_is_refused() {
    let exports = started("columns-csv").await;
    let older = crate::corpus::component("columns-csv");
    let older = exports.payments.tenant.publish_bytes(older).await;
    assert_ne!(older.version, exports.formatter.version);
    for plugin in [&exports.formatter, &older] {
        for format in formats() {
            let mut good = Vec::new();
            for (column_type, path, value) in columns() {
                let one = config(&format, &[(column_type, path)], &json!({}));
                let answer = put(&exports, plugin, &one).await;
                let version = &plugin.version;
                match answer.status {
                    200 | 201 => good.push((column_type, path, value)),
                    422 => {
                        // An earlier release wrote moments where dates were asked for.
                        let refused = should_load(&format, column_type, path);
                        let is_older = version == &older.version && column_type == "date";
                        let is_text = path == "info.at" || path == "info.day";
                        assert!(
                            !refused || is_older || is_text,
                            "{version} {one}: {}",
                            answer.text()
                        );
                    }
                    _ => panic!("{version} {one}: {}", answer.text()),
                }
                // Whatever a pattern says, it is not applied to what stands in JSON.
                if !path.starts_with("info.") || !["timestamp", "date"].contains(&column_type) {
                    let is_good = answer.is_success();
                    assert!(
                        !is_good || should_load(&format, column_type, path),
                        "{version} {one}"
                    );
                }
            }
            if good.is_empty() {
                continue;
            }
            let asked: Vec<(&str, &str)> = good
                .iter()
                .map(|(column_type, path, _)| (*column_type, *path))
                .collect();
            put(&exports, plugin, &config(&format, &asked, &json!({}))).await;
            let expect: Vec<(&str, &Value)> = good
                .iter()
                .map(|(column_type, _, value)| (*column_type, value))
                .collect();
            check_loads(&exports, &expect, ",").await;
        }
    }
}

/// The same values in every dialect.
#[tokio::test(flavor = "multi_thread")]
async fn every_dialect_is_what_the_scripts_say() {
    let exports = started("columns-csv").await;
    let columns = columns();
    let asked: Vec<(&str, &str)> = columns
        .iter()
        .map(|(column_type, path, _)| (*column_type, *path))
        .collect();
    let expect: Vec<(&str, &Value)> = columns
        .iter()
        .map(|(column_type, _, value)| (*column_type, value))
        .collect();
    for delimiter in [",", ";", "\t", "|"] {
        for quoting in ["minimal", "all"] {
            for (line_end, bom) in [("lf", false), ("crlf", true)] {
                let csv = json!({
                    "delimiter": delimiter, "quoting": quoting, "line_end": line_end, "bom": bom,
                });
                let config = config(&json!({}), &asked, &csv);
                let answer = put(&exports, &exports.formatter, &config).await;
                assert!(answer.is_success(), "{}", answer.text());
                if bom {
                    // PostgreSQL takes a byte order mark for a part of the first name, which it skips.
                    assert_eq!(exports.run().await["lines"], 1);
                }
                check_loads(&exports, &expect, delimiter).await;
            }
        }
    }
    for csv in [
        json!({ "delimiter": "e" }),
        json!({ "delimiter": "1" }),
        json!({ "delimiter": "." }),
        json!({ "delimiter": "-" }),
        json!({ "bom": true, "header": false }),
    ] {
        let answer = put(
            &exports,
            &exports.formatter,
            &config(&json!({}), &asked, &csv),
        )
        .await;
        assert_eq!(answer.status, 422, "{csv}");
    }
}

/// An own formatter that calls what it writes CSV, with blanks between its fields.
#[tokio::test(flavor = "multi_thread")]
async fn a_formatter_whose_files_contradict_it_is_refused() {
    let exports = Exports::start("hostile-formatter", 1).await;
    exports.put(json!({})).await.expect(201);
    assert_eq!(exports.run().await["lines"], Value::Null, "it is no CSV");
    let component = tests::guests::component("hostile-formatter");
    let component = super::replaced(
        &component,
        b"text/plain; charset=utf-8",
        b"text/csv;  charset=utf-8 ",
    );
    let component = super::replaced(&component, b"hostile-lines", b"hostile-table");
    let table = exports.payments.tenant.publish_bytes(component).await;
    let refused = put(&exports, &table, &json!({})).await.problem(422);
    assert!(refused.contains("its files"), "{refused}");
    assert!(refused.contains("delimiter"), "{refused}");
}
