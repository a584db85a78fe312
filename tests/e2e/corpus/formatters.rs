//! Formatters of earlier releases, asked for files.

use std::fmt::Write;

use domain::column::{TextLists, Texts};
use domain::rule::Level;
use domain::time::Timestamp;
use runtime::formatter::{AlertColumns, Context, FormatterPlugin};
use runtime::limits::Limits;
use runtime::registry::{Plugin, Registry};
use tests::program::vervet;

use super::{assert_said, component};

/// The formatters, each with a configuration.
pub(super) const FORMATTERS: [(&str, &str); 4] = [
    ("athora-csv", "{}"),
    (
        "columns-csv",
        r#"{
            "columns": [
                {"header": "Alert", "path": "id"},
                {"header": "Amount", "path": "info.transactions.0.amount"},
                {"header": "First label", "path": "labels.0", "max_bytes": 20},
                {"header": "Labels", "path": "labels"},
                {"header": "Sum", "path": "findings.0.evidence.sum", "type": "decimal"},
                {"header": "Score", "path": "score"},
                {"header": "Raised", "path": "created_at"},
                {"header": "Due", "path": "due_date", "dates": "DD/MM/YYYY"},
                {"header": "Version", "path": "more.version"}
            ],
            "csv": {"delimiter": ";", "line_end": "crlf", "defuse_formulas": true},
            "decimals": {"point": ",", "places": 2},
            "lists": {"style": "joined", "separator": "/"}
        }"#,
    ),
    ("ndjson", "{}"),
    ("standard-csv", "{}"),
];

/// Texts for three alerts: plain, unpleasant and absent.
fn texts(plain: &str, unpleasant: &str) -> Texts {
    column([plain, unpleasant, ""])
}

fn column(of: [&str; 3]) -> Texts {
    let mut texts = Texts::default();
    of.iter().for_each(|text| texts.push(text));
    texts
}

fn lists(first: &[&str], second: &[&str]) -> TextLists {
    let mut lists = TextLists::default();
    for list in [first, second, &[]] {
        lists.push(list.iter().copied());
    }
    lists
}

/// Three alerts. Once the corpus is made they are never changed.
fn alerts() -> AlertColumns {
    const NONE: i64 = i64::MIN;
    AlertColumns {
        id: texts(
            "01890000-0000-7000-8000-000000000001",
            "01890000-0000-7000-8000-000000000002",
        ),
        team: texts("aml", "payments"),
        dprofile_id: texts("1007", "é\"1,"),
        user_id: texts("", "anna"),
        title: texts("27 500.00 together", "=1+1\r\n\"quoted\", 🦊 עברית"),
        incident_type: texts("trx_aml_alert", "other"),
        state: texts("open", "closed"),
        severity: vec![Level::High, Level::Low, Level::Medium],
        priority: vec![Level::Low, Level::Medium, Level::High],
        due_date: vec![1_772_000_000_000_000, -1, NONE],
        labels: lists(&["structuring", "a;b"], &["\u{202e}right", "'"]),
        rule: texts("structuring", ""),
        score: vec![2.75, -0.001, f64::NAN],
        txn_ids: lists(&["t1", "t2"], &["t\n3"]),
        info: column([
            r#"{"limit": 10000, "transactions": [{"amount": 9500.10, "cash": true}]}"#,
            r#"{"note": "a\u0001b", "nested": {"list": [1, null, "x"]}}"#,
            "{}",
        ]),
        findings: lists(
            &[
                r#"{"rule": "structuring", "version": "1.0.0", "score": 2.75, "transaction": "t2", "evidence": [{"name": "sum", "value": 27500.0}]}"#,
            ],
            &[],
        ),
        comments: lists(
            &[],
            &[r#"{"author": "anna", "written_at": "2026-03-01T10:00:00Z", "text": "=seen\n"}"#],
        ),
        created_at: vec![1_772_000_000_000_000, 0, 1],
        updated_at: vec![1_772_000_000_000_001, 0, 1],
        closed_at: vec![NONE, 1_772_000_000_999_999, NONE],
        more: vec![("version".into(), column(["1", "2", "null"]))],
    }
}

/// What a formatter is, what it says of its files, and the file of two batches.
fn said(formatter: &FormatterPlugin, config: &str) -> String {
    let manifest = formatter.manifest();
    let layout = formatter.layout(config).expect("a layout");
    let context = Context {
        tenant: "athora".into(),
        timezone: "Europe/Brussels".into(),
        snapshot_at: Timestamp::from_micros(1_772_000_000_000_000),
    };
    let (mut run, mut file) = formatter.open(config, &context).expect("a file begins");
    for _ in 0..2 {
        file.extend(run.write(&alerts()).expect("alerts are written"));
    }
    file.extend(run.close().expect("a file ends"));
    let file = String::from_utf8(file).expect("UTF-8");

    let mut said = String::new();
    let common = &manifest.common;
    let mut line =
        |text: std::fmt::Arguments<'_>| writeln!(said, "{text}").expect("a string grows");
    line(format_args!(
        "{} {}: {}",
        common.name, common.version, common.title
    ));
    line(format_args!(
        "{} .{}",
        manifest.media_type, manifest.file_extension
    ));
    line(format_args!("{}", common.description));
    line(format_args!("{}", common.config_schema.as_str()));
    line(format_args!("layout {}", layout.version));
    for column in layout.columns {
        line(format_args!(
            "  {}: {:?} {:?}",
            column.name, column.column_type, column.max_bytes
        ));
    }
    // A snapshot does not tell carriage returns from line feeds.
    line(format_args!("\n{}", file.replace('\r', "␍")));
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn formatters_write_what_they_wrote() {
    let data = tempfile::tempdir().expect("a directory");
    let registry = Registry::open(Limits::default(), vervet(), data.path()).expect("it opens");
    for (name, config) in FORMATTERS {
        let published = registry.publish(component(name).into()).await;
        let Plugin::Formatter(formatter) = published.expect("it is published").plugin else {
            panic!("{name} is a formatter");
        };
        assert_said!(
            assert_snapshot,
            format!("{name}.file"),
            said(&formatter, config)
        );
    }
}
