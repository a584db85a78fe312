//! A tenant's own formatter whose files are not as RFC 4180 has them: the load scripts say how they are.

use serde_json::{Value, json};
use tests::readers::{SharedFile, postgres_rows};

use super::{Exports, NIGHTLY, id, power_query};

/// What a form must be told of.
const TITLE: &str = "a;b|\"c\", 'd' żółć";
/// The same as far as Windows-1252 has it.
const WESTERN_TITLE: &str = "a;b|\"c\", 'd' café, 5 €";

async fn started(title: &str) -> Exports {
    let exports = Exports::start("legacy-csv", 3).await;
    let alert = format!("/v1/alerts/{}", id(&exports.alerts().await[1]));
    let client = &exports.payments.tenant.administrator;
    client
        .patch(&alert, json!({ "title": title }))
        .await
        .expect(200);
    exports
}

/// Defines the export, runs it, and answers its file.
async fn file(exports: &Exports, config: Value) -> Vec<u8> {
    let formatter = json!({
        "plugin": exports.formatter.name, "version": exports.formatter.version, "config": config,
    });
    let put = exports.put(json!({ "formatter": formatter })).await;
    assert!(put.is_success(), "{}", put.text());
    let run = exports.run().await;
    assert_eq!((&run["state"], &run["rows"]), (&json!("ready"), &json!(3)));
    assert_eq!(run["lines"], 3);
    let file = exports.get(&format!("{NIGHTLY}/latest")).await;
    file.body.to_vec()
}

async fn script(exports: &Exports, of: &str) -> String {
    exports.get(&format!("{NIGHTLY}/{of}")).await.text()
}

#[track_caller]
fn check_says(script: &str, parts: &[&str], others: &[&str]) {
    for part in parts {
        assert!(script.contains(part), "{part} is not in {script}");
    }
    for other in others {
        assert!(!script.contains(other), "{other} is in {script}");
    }
}

fn by_id(mut alerts: Vec<Value>) -> Vec<Value> {
    alerts.sort_by_key(|alert| id(alert).to_owned());
    alerts
}

/// Checks rows that somebody read against what the API says.
async fn check_rows(exports: &Exports, rows: Vec<Value>) {
    let alerts = by_id(exports.alerts().await);
    assert_eq!(rows.len(), alerts.len());
    for (row, alert) in by_id(rows).iter().zip(&alerts) {
        for name in ["id", "title", "severity"] {
            assert_eq!(row[name], alert[name], "{name}");
        }
        assert_eq!(row["score"].as_f64(), alert["score"].as_f64());
    }
}

/// Checks that Power BI, by its query, reads what the API says.
async fn check_power_bi(exports: &Exports, file: &[u8]) {
    let query = script(exports, "power-bi").await;
    let rows = power_query::rows(&query, file);
    check_rows(exports, rows.iter().map(|row| json!(row)).collect()).await;
}

/// Checks that PostgreSQL reads the same from the text of the file, with its names.
async fn check_postgres(exports: &Exports, text: &str, delimiter: &str) {
    let load = script(exports, "redshift").await;
    let (_, table) = load.split_once("\"nightly\" (\n").expect("a table");
    let (table, _) = table.split_once("\n);").expect("its end");
    let rows = postgres_rows(&SharedFile::new(text.as_bytes()), table, delimiter);
    check_rows(exports, rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_media_type_declares_is_in_the_scripts() {
    let exports = started(TITLE).await;
    let bytes = file(&exports, json!({})).await;
    let redshift = script(&exports, "redshift").await;
    let says = ["FORMAT CSV QUOTE '\"' DELIMITER ';'", "ENCODING UTF16LE"];
    check_says(&redshift, &says, &["IGNOREHEADER", "UTF8"]);
    let power_bi = script(&exports, "power-bi").await;
    let says = [
        "Delimiter = \";\"",
        "Encoding = 1200",
        "QuoteStyle = QuoteStyle.Csv",
        "Table.RenameColumns(",
    ];
    check_says(&power_bi, &says, &["PromoteHeaders"]);
    check_power_bi(&exports, &bytes).await;
    let units = bytes
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let text = String::from_utf16(&units.collect::<Vec<_>>()).expect("UTF-16");
    let named = format!("id;title;score;severity\n{text}");
    check_postgres(&exports, &named, ";").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_configuration_declares_is_in_the_scripts() {
    let exports = started(TITLE).await;
    let config = json!({ "delimiter": "|", "encoding": "utf-8", "header": true });
    let bytes = file(&exports, config).await;
    let redshift = script(&exports, "redshift").await;
    let says = ["DELIMITER '|'", "IGNOREHEADER 1", "ENCODING UTF8"];
    check_says(&redshift, &says, &[]);
    check_power_bi(&exports, &bytes).await;
    let text = String::from_utf8(bytes).expect("UTF-8");
    check_postgres(&exports, &text, "|").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_reader_does_not_read_has_no_script() {
    let exports = started(WESTERN_TITLE).await;
    let bytes = file(&exports, json!({ "encoding": "windows-1252" })).await;
    let refused = exports.get(&format!("{NIGHTLY}/redshift")).await;
    assert!(refused.problem(409).contains("does not read windows-1252"));
    let power_bi = script(&exports, "power-bi").await;
    check_says(&power_bi, &["Encoding = 1252"], &[]);
    check_power_bi(&exports, &bytes).await;

    file(&exports, json!({ "quote": "'" })).await;
    let redshift = script(&exports, "redshift").await;
    check_says(&redshift, &["QUOTE '''' DELIMITER ';'"], &[]);
    let refused = exports.get(&format!("{NIGHTLY}/power-bi")).await;
    assert!(refused.problem(409).contains("quote them with"));
}
