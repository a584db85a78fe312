use vervet_sdk::testing::{format, hostile_alerts};

use super::*;

fn check(config: &str, expect: &str) {
    let refused = vervet_sdk::read_config(config).and_then(|config| ColumnsCsv::layout(&config));
    assert_eq!(refused, Err(expect.to_owned()));
}

const COLUMNS: &str = r#"[
    {"header": "Alert", "path": "id"},
    {"header": "Profile", "path": "dprofile_id"},
    {"header": "Title", "path": "title"},
    {"header": "Amount", "path": "info.transactions.0.amount"},
    {"header": "Cash", "path": "info.transactions.0.cash"},
    {"header": "Country", "path": "info.transactions.0.country"},
    {"header": "Nothing", "path": "info.transactions.7.amount"},
    {"header": "Note", "path": "info.note"},
    {"header": "First label", "path": "labels.0"},
    {"header": "Labels", "path": "labels"},
    {"header": "Sum", "path": "findings.0.evidence.sum"},
    {"header": "Score", "path": "score"},
    {"header": "Raised", "path": "created_at"},
    {"header": "Due", "path": "due_date", "dates": "DD/MM/YYYY"},
    {"header": "Version", "path": "more.version"},
    {"header": "Outcome", "path": "outcome"}
]"#;

#[test]
fn columns_are_found_in_hostile_alerts() {
    let config = format!("{{\"columns\": {COLUMNS}}}");
    let file = format::<ColumnsCsv>(&config, &[hostile_alerts()]).expect("a file");
    // A snapshot does not tell carriage returns from line feeds.
    insta::assert_snapshot!(file.replace('\r', "␍"));
}

#[test]
fn a_configuration_says_how_values_are_written() {
    let config = format!(
        r#"{{"columns": {COLUMNS},
             "csv": {{"delimiter": ";", "quoting": "all", "line_end": "crlf", "bom": true, "defuse_formulas": true}},
             "dates": "YYYY-MM-DD HH:mm:ss.fff", "decimals": {{"point": ",", "places": 2}},
             "booleans": {{"yes": "ja", "no": "neen"}}, "lists": {{"style": "joined", "separator": "/"}}}}"#
    );
    let file = format::<ColumnsCsv>(&config, &[hostile_alerts()]).expect("a file");
    // A snapshot does not tell carriage returns from line feeds.
    insta::assert_snapshot!(file.replace('\r', "␍"));
}

#[test]
fn what_cannot_be_a_column_is_refused() {
    check(
        r#"{"columns": []}"#,
        "config.columns: at least one column is needed",
    );
    check(
        r#"{"columns": [{"header": "X", "path": "title.0"}]}"#,
        "config.columns[0].path: 'title.0' goes deeper than there is anything",
    );
    check(
        r#"{"columns": [{"header": "X", "path": "labels.first"}]}"#,
        "config.columns[0].path: 'first' is no place in a list; the first is 0",
    );
    check(
        r#"{"columns": [{"header": "X", "path": "id"}], "dates": "Month DD"}"#,
        "dates: 'Month DD' begins with none of YYYY, MM, DD, HH, mm, ss, fff and ffffff",
    );
}
