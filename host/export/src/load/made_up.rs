//! Made-up alerts, which a formatter writes so that its bytes can be read.

use domain::column::{TextLists, Texts};
use domain::rule::Level;
use domain::time::Timestamp;
use serde_json::{Value, json};

use runtime::formatter::{AlertColumns, ColumnType};

/// 2031-12-29T17:45:58.123456Z: a day that is no month, and minutes that are no hour.
const MOMENT: i64 = 1_956_332_758_123_456;
/// The same, as JSON has it.
const MOMENT_TEXT: &str = "2031-12-29T17:45:58.123456Z";
/// A number whose fraction shows wherever its point is lost.
const NUMBER: f64 = 4_321.007_812_5;

/// The longest list that a path of the configuration reaches into.
const MAX_PLACE: usize = 32;

/// One made-up alert: wherever its JSON may hold anything, it holds a value of one type.
pub(super) struct Sample {
    pub(super) column_type: ColumnType,
    pub(super) alert: AlertColumns,
}

impl Sample {
    /// Whether a field shows the number of this alert without the point before its fraction.
    pub(super) fn has_lost_its_point(&self, field: &str) -> bool {
        self.column_type == ColumnType::Decimal
            && field.len() > 4
            && field.starts_with("4321")
            && field.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// When the alerts were made.
pub(super) fn moment() -> Timestamp {
    Timestamp::from_micros(MOMENT)
}

/// An alert for each type, two for booleans. Texts need quotes where there are any. The JSON of `info` and of evidence has
/// a value wherever a text of the configuration, such as `info.transactions.0.amount`, may ask for one.
pub(super) fn samples(config: &Value, may_quote: bool) -> Vec<Sample> {
    let mut paths = Vec::new();
    collect_paths(config, &mut paths);
    let of = |column_type, value: Value| Sample {
        column_type,
        alert: alert(&paths, &value, may_quote),
    };
    vec![
        of(ColumnType::Text, json!("text")),
        of(ColumnType::Integer, json!(1_234_567)),
        of(ColumnType::Decimal, json!(NUMBER)),
        of(ColumnType::Boolean, json!(true)),
        of(ColumnType::Boolean, json!(false)),
        of(ColumnType::Timestamp, json!(MOMENT_TEXT)),
        of(ColumnType::Date, json!("2031-12-29")),
        of(ColumnType::Json, json!(["a", "b"])),
    ]
}

/// The texts of a configuration that may be ways into an alert's JSON, by their steps.
fn collect_paths<'c>(config: &'c Value, paths: &mut Vec<Vec<&'c str>>) {
    match config {
        Value::String(text) if text.starts_with("info.") || text.starts_with("findings.") => {
            paths.push(text.split('.').collect());
        }
        Value::Array(values) => values.iter().for_each(|value| collect_paths(value, paths)),
        Value::Object(members) => members
            .values()
            .for_each(|value| collect_paths(value, paths)),
        _ => {}
    }
}

fn alert(paths: &[Vec<&str>], value: &Value, may_quote: bool) -> AlertColumns {
    let text = match may_quote {
        true => "a \"b\", c; d | e\tf",
        false => "a",
    };
    let (mut info, mut evidence) = (json!({}), json!({ "amount": NUMBER }));
    for path in paths {
        match path.as_slice() {
            ["info", steps @ ..] => put(&mut info, steps, value),
            ["findings", _, "evidence", steps @ ..] => put(&mut evidence, steps, value),
            _ => {}
        }
    }
    let finding = json!({
        "rule": "sample", "version": "1.0.0", "digest": "0", "score": NUMBER,
        "transaction": "t1", "evidence": evidence,
    });
    let comment = json!({ "author": "sample", "written_at": MOMENT_TEXT, "text": text });
    let more = [
        ("version", "7".to_owned()),
        ("merged_from", "[]".to_owned()),
        ("outcome", json!("true_positive").to_string()),
    ];
    AlertColumns {
        id: one("01890000-0000-7000-8000-000000000001"),
        team: one("sample"),
        dprofile_id: one("c1"),
        user_id: one("u1"),
        title: one(text),
        incident_type: one("other"),
        state: one("open"),
        severity: vec![Level::High],
        priority: vec![Level::Low],
        due_date: vec![MOMENT],
        labels: list(&["a", "b"]),
        rule: one("sample"),
        score: vec![NUMBER],
        txn_ids: list(&["t1", "t2"]),
        info: one(&info.to_string()),
        findings: list(&[&finding.to_string()]),
        comments: list(&[&comment.to_string()]),
        created_at: vec![MOMENT],
        updated_at: vec![MOMENT],
        closed_at: vec![MOMENT],
        more: more
            .into_iter()
            .map(|(name, json)| (name.to_owned(), one(&json)))
            .collect(),
    }
}

fn one(text: &str) -> Texts {
    let mut texts = Texts::default();
    texts.push(text);
    texts
}

fn list(texts: &[&str]) -> TextLists {
    let mut lists = TextLists::default();
    lists.push(texts.iter().copied());
    lists
}

/// Puts a value at the end of a path, unless something lies there already.
fn put(place: &mut Value, steps: &[&str], value: &Value) {
    let Some((step, rest)) = steps.split_first() else {
        if place.is_null() {
            *place = value.clone();
        }
        return;
    };
    if let Ok(index) = step.parse::<usize>()
        && index <= MAX_PLACE
        && (place.is_null() || place.is_array())
    {
        if place.is_null() {
            *place = json!([]);
        }
        if let Some(values) = place.as_array_mut() {
            values.resize(values.len().max(index + 1), Value::Null);
            put(&mut values[index], rest, value);
        }
        return;
    }
    if place.is_null() {
        *place = json!({});
    }
    if let Some(members) = place.as_object_mut() {
        put(members.entry(*step).or_insert(Value::Null), rest, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_where_the_configuration_looks() {
        let config = json!({ "columns": [
            { "path": "info.transactions.1.amount" }, { "path": "info.limit" }, { "path": "title" },
            { "path": "findings.0.evidence.sum" }, { "path": "info.transactions.99999.amount" },
        ] });
        let samples = samples(&config, true);
        let info: Value = serde_json::from_str(samples[1].alert.info.get(0)).expect("JSON");
        assert_eq!(info["transactions"][1]["amount"], 1_234_567);
        assert_eq!(info["limit"], 1_234_567);
        let findings = samples[2].alert.findings.texts.get(0);
        let finding: Value = serde_json::from_str(findings).expect("JSON");
        assert_eq!(finding["evidence"]["sum"], NUMBER);
    }

    #[test]
    fn a_lost_point_is_seen() {
        let samples = samples(&json!({}), true);
        let decimal = &samples[2];
        assert!(decimal.has_lost_its_point("43210078125"));
        assert!(decimal.has_lost_its_point("432101"));
        assert!(!decimal.has_lost_its_point("4321"));
        assert!(!decimal.has_lost_its_point("4321.01"));
    }
}
