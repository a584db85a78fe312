use vervet_sdk::testing::{AlertsBuilder, format, hostile_alerts};

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
fn numbers_keep_their_digits_at_any_depth() {
    let check = |number: &str, more: &str, expect: &str| {
        let levels = 200;
        let info = format!(
            r#"{{"$serde_json::private::RawValue":{}{number}{}}}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        );
        let path = format!("info.$serde_json::private::RawValue{}", ".0".repeat(levels));
        let config = format!(r#"{{"columns": [{{"header": "X", "path": "{path}"}}]{more}}}"#);
        let alerts = AlertsBuilder::new()
            .alert(|alert| alert.info = info)
            .build();
        let file = format::<ColumnsCsv>(&config, &[alerts]).expect("a file");
        assert_eq!(file, format!("X\n{expect}\n"), "{number}");
    };
    check(
        "123456789012345678901234567890",
        "",
        "123456789012345678901234567890",
    );
    check("-18446744073709551617", "", "-18446744073709551617");
    check("0.12345678901234567891", "", "0.12345678901234567891");
    check("1.50", "", "1.5");
    check("1e2", "", "100");
    let written = r#", "csv": {"delimiter": ";"}, "decimals": {"point": ",", "places": 2}"#;
    check("1.5", written, "1,50");
    check("0.12345678901234567891", written, "0,12345678901234567891");
    check("7", written, "7");
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

#[test]
fn a_type_that_a_load_would_not_find_is_refused() {
    let check = |more: &str, path: &str, column_type: &str, expect: Option<&str>| {
        let config = format!(
            r#"{{"columns": [{{"header": "X", "path": "{path}", "type": "{column_type}"}}]{more}}}"#
        );
        let said = vervet_sdk::read_config(&config).and_then(|config| ColumnsCsv::layout(&config));
        match expect {
            None => assert!(said.is_ok(), "{config}: {said:?}"),
            Some(word) => {
                let refused = said.expect_err(&config);
                assert!(refused.contains(word), "{config}: {refused}");
            }
        }
    };
    let comma = r#", "decimals": {"point": ","}"#;
    check("", "score", "decimal", None);
    check(comma, "score", "decimal", Some("decimals.point"));
    check(comma, "info.amount", "decimal", Some("decimals.point"));
    check(comma, "score", "text", None);
    for point in ["", "0", ",,", "-"] {
        let point = format!(r#", "decimals": {{"point": "{point}"}}"#);
        check(&point, "score", "text", Some("decimals.point"));
    }
    let words = r#", "booleans": {"yes": "ja", "no": "neen"}"#;
    check(words, "info.cash", "boolean", Some("booleans"));
    check(words, "info.cash", "text", None);
    check(
        r#", "booleans": {"yes": "TRUE", "no": "FALSE"}"#,
        "info.cash",
        "boolean",
        None,
    );
    let days = r#", "dates": "DD/MM/YYYY""#;
    check(days, "created_at", "timestamp", Some("'dates'"));
    check(days, "created_at", "date", Some("'dates'"));
    check(days, "created_at", "text", None);
    check(
        r#", "dates": "YYYY-MM-DDTHH:mm:ssZ""#,
        "created_at",
        "timestamp",
        None,
    );
    check(
        r#", "dates": "YYYY-MM-DD HH:mm:ss""#,
        "created_at",
        "timestamp",
        Some("'dates'"),
    );
    check(r#", "dates": "YYYY-MM-DD""#, "created_at", "date", None);
    let joined = r#", "lists": {"style": "joined"}"#;
    check(joined, "labels", "json", Some("lists.style"));
    check(joined, "findings", "json", None);
    check("", "title", "decimal", Some("never holds"));
    check("", "created_at", "boolean", Some("never holds"));
    check("", "score", "integer", Some("never holds"));
    check(
        r#", "csv": {"delimiter": "e"}"#,
        "title",
        "text",
        Some("delimiter"),
    );
    check(
        r#", "csv": {"bom": true, "header": false}"#,
        "title",
        "text",
        Some("bom"),
    );
}

#[test]
fn a_column_holds_what_it_is_declared() {
    let alerts = vervet_sdk::testing::AlertsBuilder::new()
        .alert(|alert| {
            alert.title = "a \"b\"".into();
            alert.info = r#"{"whole": 7.0, "large": 18446744073709551615, "text": "x"}"#.into();
            alert.created_at = vervet_sdk::Timestamp::from_micros(1_956_332_758_123_456);
        })
        .build();
    let config = r#"{"columns": [
        {"header": "a", "path": "info.whole", "type": "integer"},
        {"header": "b", "path": "info.large", "type": "integer"},
        {"header": "c", "path": "created_at", "type": "date"},
        {"header": "d", "path": "title", "type": "json"},
        {"header": "e", "path": "info.text", "type": "json"},
        {"header": "f", "path": "info", "type": "json"}
    ], "csv": {"delimiter": ";", "header": false}, "decimals": {"places": 2}}"#;
    let file = format::<ColumnsCsv>(config, &[alerts]).expect("a file");
    let expect = concat!(
        r#"7;18446744073709551615;2031-12-29;"""a \""b\""""";"""x""";"#,
        r#""{""whole"": 7.0, ""large"": 18446744073709551615, ""text"": ""x""}""#,
        "\n"
    );
    assert_eq!(file, expect);
}
