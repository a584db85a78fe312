//! What reading payloads promises.

use std::sync::Arc;

use bytes::Bytes;
use domain::payload::{
    AdditionalFields, Fault, Field, FieldType, PayloadSchema, Sensitivity, Transaction,
};
use proptest::prelude::*;

use super::*;

pub(super) fn schema(version: u32, additional: AdditionalFields) -> Arc<PayloadSchema> {
    let field = |(name, field_type, sensitivity): (&str, FieldType, Sensitivity)| Field {
        name: name.to_owned(),
        field_type,
        description: String::new(),
        sensitivity,
    };
    let fields = [
        ("amount", FieldType::Float, Sensitivity::Open),
        ("count", FieldType::Integer, Sensitivity::Open),
        ("opened", FieldType::DateTime, Sensitivity::Open),
        ("city", FieldType::Text, Sensitivity::Mask),
        ("card", FieldType::Text, Sensitivity::Hash),
        ("cash", FieldType::Boolean, Sensitivity::Open),
    ];
    let fields = fields.into_iter().map(field).collect();
    Arc::new(PayloadSchema::new(version, fields, additional, None).expect("a schema"))
}

fn read_by(schema: &Arc<PayloadSchema>, text: impl AsRef<[u8]>) -> Result<Transaction, Vec<Fault>> {
    let payload = Payload::Json(Bytes::copy_from_slice(text.as_ref()));
    payload.read(schema, &KeyedHash::new(&[7; 32]))
}

pub(super) fn reasons(read: &Result<Transaction, Vec<Fault>>) -> Vec<String> {
    let faults = read.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    faults
        .iter()
        .map(|fault| format!("{}:{}", fault.field, fault.reason))
        .collect()
}

const GOOD: &str = r#"{"txn_id":"t","customer_id":"c","date_time":"2024-09-25T10:45:30Z","amount":1.5,"count":2,"opened":"","city":"Gent","card":"","cash":true}"#;

/// The good payload with the value of one member replaced.
fn with(member: &str, value: &str) -> String {
    let name = format!("\"{member}\":");
    let begin = GOOD.find(&name).expect("a member") + name.len();
    let length = GOOD[begin..].find(",\"").unwrap_or(GOOD[begin..].len() - 1);
    format!("{}{value}{}", &GOOD[..begin], &GOOD[begin + length..])
}

fn check(text: impl AsRef<[u8]>, expect: &[&str]) {
    let read = read_by(&schema(1, AdditionalFields::Reject), &text);
    let text = String::from_utf8_lossy(text.as_ref())
        .chars()
        .take(200)
        .collect::<String>();
    assert_eq!(reasons(&read), expect, "{text}");
}

#[test]
fn every_type_takes_its_own_values_alone() {
    for (member, value, reason) in [
        ("amount", "0", ""),
        ("amount", "-12.50e-3", ""),
        ("amount", "1.7976931348623157e308", ""),
        ("amount", "1e309", "out_of_range"),
        ("amount", "-1e309", "out_of_range"),
        ("amount", "\"1\"", "wrong_type"),
        ("amount", "null", "null"),
        ("amount", "true", "wrong_type"),
        ("amount", "{}", "wrong_type"),
        ("count", "9223372036854775807", ""),
        ("count", "-9223372036854775808", ""),
        ("count", "9223372036854775808", "out_of_range"),
        ("count", "-9223372036854775809", "out_of_range"),
        ("count", "12.0", "wrong_type"),
        ("count", "1e3", "wrong_type"),
        ("count", "1e999", "wrong_type"),
        ("count", "\"12\"", "wrong_type"),
        ("count", "null", "null"),
        ("opened", "\"2024-09-25T12:45:30.123+02:00\"", ""),
        ("opened", "\"2024-09-25T10:45:30\"", "invalid_date_time"),
        ("opened", "\"yesterday\"", "invalid_date_time"),
        ("opened", "1727261130", "wrong_type"),
        ("opened", "null", "null"),
        ("city", "\"\"", ""),
        ("city", r#""a\u0000b""#, "invalid_character"),
        ("city", r#""\ud83d\ude00 \n""#, ""),
        ("city", "5", "wrong_type"),
        ("city", "[[1,2],{\"a\":[]}]", "wrong_type"),
        ("cash", "\"true\"", "wrong_type"),
        ("cash", "0", "wrong_type"),
        ("cash", "null", "null"),
        ("txn_id", "\"\"", "empty"),
        ("txn_id", "7", "wrong_type"),
        ("txn_id", "null", "null"),
        ("txn_id", r#""\u0000""#, "invalid_character"),
        ("customer_id", &format!("\"{}\"", "é".repeat(200)), ""),
        (
            "customer_id",
            &format!("\"{}\"", "é".repeat(201)),
            "too_long",
        ),
        ("date_time", "\"\"", "empty"),
        ("date_time", "null", "null"),
        ("date_time", "\"2024-09-25\"", "invalid_date_time"),
    ] {
        let expect = (!reason.is_empty()).then(|| format!("{member}:{reason}"));
        check(
            with(member, value),
            &expect.as_deref().into_iter().collect::<Vec<_>>(),
        );
    }
}

#[test]
fn all_faults_are_found() {
    check(
        r#"{"cash":1,"txn_id":"","amount":null,"color":"red","cash":true,"color":1}"#,
        &[
            "cash:wrong_type",
            "txn_id:empty",
            "amount:null",
            "color:unknown_field",
            "cash:duplicate_field",
            "color:duplicate_field",
            "customer_id:missing",
            "date_time:missing",
            "count:missing",
            "opened:missing",
            "city:missing",
            "card:missing",
        ],
    );
    check("[]", &[":wrong_type"]);
    check(" \"text\" ", &[":wrong_type"]);
    check(GOOD.replace("\"city\"", r#""\u0063ity""#), &[]);
    check(format!("\u{feff}{GOOD}\r\n"), &[]);
}

#[test]
fn what_is_malformed_says_where() {
    let check = |text: &[u8], expect: &str| {
        let faults = read_by(&schema(1, AdditionalFields::Keep), text).expect_err("malformed");
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].reason, domain::payload::Reason::Malformed);
        assert!(faults[0].detail.contains(expect), "{}", faults[0].detail);
    };
    check(b"", "line 1 column 0");
    check(b"{\n\"txn_id\": nope}", "line 2 column 12");
    check(b"{\"txn_id\":\"a\"} x", "line 1 column 16");
    check(b"{\n \"city\":\"\xff\"}", "line 2 column 10");
    check(b"{\n \"city\":\"\\ud800 secret\"}", "line 2 column 9");
    check(b"{\"other\":[\"\\udc00\"]}", "line 1 column 10");
    check(b"{\"amount\":01}", "line 1 column 12");
    check(b"{\"amount\":NaN}", "line 1 column 11");
    check(b"{\"city\":\"a\tb\"}", "line 1 column");
    check(
        format!("{{\"x\":{}1{}}}", "[".repeat(5000), "]".repeat(5000)).as_bytes(),
        "line 1 column 6",
    );
}

#[test]
fn faults_never_repeat_what_was_sent() {
    let secret = "4111111111111111";
    for text in [
        with("amount", &format!("\"{secret}\"")),
        with("opened", &format!("\"{secret}\"")),
        with("city", secret),
        with("count", &format!("{secret}{secret}")),
        with("city", &format!("\"\\ud800{secret}\"")),
        format!("{{\"city\":{secret}x}}"),
        format!("{{\"city\":\"{secret}"),
        format!("\"{secret}\""),
    ] {
        let faults = read_by(&schema(1, AdditionalFields::Reject), &text).expect_err("a fault");
        assert!(!format!("{faults:?}").contains(secret), "{faults:?}");
    }
}

#[test]
fn additional_members_are_refused_dropped_or_kept() {
    let text = GOOD.replacen('{', r#"{"b":{"x": 1.50},"a":"é\n","#, 1);
    let refused = read_by(&schema(1, AdditionalFields::Reject), &text);
    assert_eq!(reasons(&refused), ["b:unknown_field", "a:unknown_field"]);
    let dropped = read_by(&schema(1, AdditionalFields::Ignore), &text).expect("accepted");
    assert_eq!(dropped.additional, None);
    let kept = read_by(&schema(1, AdditionalFields::Keep), &text).expect("accepted");
    assert_eq!(
        kept.additional.as_deref(),
        Some(r#"{"b":{"x": 1.50},"a":"é\n"}"#)
    );
    let twice = GOOD.replacen('{', r#"{"b":[{"x":1,"x":2}],"#, 1);
    assert_eq!(
        reasons(&read_by(&schema(1, AdditionalFields::Keep), twice)),
        ["b:duplicate_field"]
    );
}

#[test]
fn the_number_of_faults_is_bounded() {
    let members: Vec<String> = (0..5000).map(|at| format!("\"m{at}\":0")).collect();
    let faults = read_by(
        &schema(1, AdditionalFields::Reject),
        format!("{{{}}}", members.join(",")),
    );
    assert_eq!(faults.expect_err("faults").len(), assembly::MAX_FAULTS);
}

#[test]
fn a_payload_is_read_back_as_it_was_posted() {
    for text in [
        GOOD.to_owned(),
        with("amount", "12.10"),
        with("amount", "1E+2"),
        with("amount", "-0"),
        with(
            "amount",
            "0.1000000000000000055511151231257827021181583404541015625",
        ),
        with("date_time", "\"2024-09-25T12:45:30.1234567891+02:00\"").replace("7891", "789"),
        with("opened", "\"2024-09-25 12:45:30+02\""),
        with("city", r#""a\"b\\c\u0001é😀""#),
        GOOD.replace("true}", r#"true,"more":[1.0, {"x":null}]}"#),
    ] {
        let read = read_by(&schema(1, AdditionalFields::Keep), &text).expect("accepted");
        assert_eq!(render(&read, Sensitive::Shown), text);
    }
}

#[test]
fn sensitive_values_are_masked_or_never_stored() {
    let read = read_by(
        &schema(1, AdditionalFields::Reject),
        with("card", "\"4111\""),
    )
    .expect("accepted");
    let masked = render(&read, Sensitive::Masked);
    assert!(masked.contains(r#""city":"***""#), "{masked}");
    assert!(!masked.contains("Gent"));
    let shown = render(&read, Sensitive::Shown);
    assert!(shown.contains("Gent") && !shown.contains("4111"), "{shown}");
    let again = read_by(
        &schema(1, AdditionalFields::Reject),
        with("card", "\"4111\""),
    )
    .expect("accepted");
    assert!(same_content(&read, &again));
    let other = Payload::Json(with("card", "\"4111\"").into());
    let other = other
        .read(&read.schema, &KeyedHash::new(&[8; 32]))
        .expect("accepted");
    assert!(!same_content(&read, &other));
}

#[test]
fn content_is_the_same_by_value() {
    let check = |one: &str, other: &str, expect: bool| {
        let one = read_by(&schema(1, AdditionalFields::Keep), one).expect("accepted");
        let other = read_by(&schema(2, AdditionalFields::Keep), other).expect("accepted");
        assert_eq!(same_content(&one, &other), expect, "{one:?} {other:?}");
        assert_eq!(same_content(&other, &one), expect, "{other:?} {one:?}");
    };
    check(GOOD, GOOD, true);
    check(GOOD, &with("amount", "15e-1"), true);
    check(
        GOOD,
        &with("date_time", "\"2024-09-25T12:45:30+02:00\""),
        true,
    );
    check(GOOD, &with("count", "3"), false);
    check(GOOD, &with("txn_id", "\"u\""), false);
    let extra = |json: &str| GOOD.replacen('{', &format!("{{\"x\":{json},"), 1);
    check(
        &extra("[1.0,{\"a\":1,\"b\":2}]"),
        &extra("[1, {\"b\":2,\"a\":1e0}]"),
        true,
    );
    check(&extra("[1]"), &extra("[1,1]"), false);
    check(
        &extra("9007199254740993"),
        &extra("9007199254740992"),
        false,
    );
    check(&extra("1"), GOOD, false);
}

#[test]
fn a_repeat_is_recognised_whatever_else_is_wrong() {
    let id = |text: &str| Payload::Json(Bytes::copy_from_slice(text.as_bytes())).txn_id();
    assert_eq!(
        id(r#"{"other":[1],"txn_id":"t\u0031"}"#)
            .expect("an id")
            .as_str(),
        "t1"
    );
    assert!(id(r#"{"txn_id":1}"#).is_none());
    assert!(id("{").is_none());
}

#[test]
fn the_example_is_accepted_and_described() {
    let schema = schema(1, AdditionalFields::Reject);
    read_by(&schema, example(&schema).to_string()).expect("accepted");
    insta::assert_json_snapshot!(json_schema("Payments", &schema));
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_by(&schema(1, AdditionalFields::Keep), bytes);
    }

    #[test]
    fn no_damage_is_too_much(at in 0..GOOD.len(), byte: u8) {
        let mut text = GOOD.as_bytes().to_vec();
        text[at] = byte;
        let read = read_by(&schema(1, AdditionalFields::Keep), &text);
        // Whatever JSON accepts and is an object is at most faulty, and whatever it refuses is malformed.
        let is_json = serde_json::from_slice::<serde_json::Value>(&text).is_ok();
        let malformed = read.is_err_and(|faults| faults[0].reason == domain::payload::Reason::Malformed);
        prop_assert_eq!(malformed, !is_json);
    }

    #[test]
    fn every_transaction_survives_the_round_trip(
        amount in proptest::num::f64::NORMAL | proptest::num::f64::ZERO | proptest::num::f64::SUBNORMAL,
        count: i64, city in "[^\\x00]{0,20}", micros in -62_000_000_000_000_000i64..250_000_000_000_000_000, cash: bool,
    ) {
        let moment = domain::time::Timestamp::from_micros(micros);
        let city_json = serde_json::to_string(&city).expect("JSON");
        let text = format!(
            r#"{{"txn_id":"t","customer_id":"c","date_time":"{moment}","amount":{amount:?},"count":{count},"opened":"{moment}","city":{city_json},"card":"","cash":{cash}}}"#
        );
        let schema = schema(1, AdditionalFields::Reject);
        let read = read_by(&schema, &text).expect("accepted");
        let again = read_by(&schema, render(&read, Sensitive::Shown)).expect("accepted");
        prop_assert!(same_content(&read, &again));
        prop_assert_eq!(&again.values[0], &domain::payload::Value::Float(domain::payload::Float { number: amount, sent: None }));
        prop_assert_eq!(&again.values[3], &domain::payload::Value::Text(city.into()));
        prop_assert_eq!(again.date_time, moment);
    }
}
