use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;

/// A member that `serde_json`'s own values cannot be read with.
const PRIVATE: &str = "$serde_json::private::RawValue";

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn what_is_read_is_written_again_as_it_was() {
    let check = |text: &str, expect: &str| {
        let value = JsonValue::read(text).expect(text);
        assert_eq!(value.to_string(), expect);
        assert_eq!(JsonValue::read(expect).as_ref(), Ok(&value), "{text}");
        assert_eq!(JsonValue::read_stored(text).as_ref(), Ok(&value), "{text}");
        assert_eq!(super::check(text), Ok(()), "{text}");
    };
    check(" null\n", "null");
    check("[ true , false ]", "[true,false]");
    check(r#"{"b": 1, "a": {"c": []}}"#, r#"{"b":1,"a":{"c":[]}}"#);
    for number in [
        "0",
        "-0",
        "18446744073709551616",
        "123456789012345678901234567890.10",
        "0.1000000000000000055511151231257827",
        "1.7976931348623157e308",
        "1E+2",
        "1e-400",
        "0.00",
    ] {
        check(number, number);
    }
    check(r#""\ud83d\ude00\u00e9\n\/\"\\""#, r#""😀é\n/\"\\""#);
    check("\"\u{7f}\u{10ffff}\"", "\"\u{7f}\u{10ffff}\"");
    let private = format!(r#"{{"{PRIVATE}":{{"{PRIVATE}":1}},"{PRIVATE}2":"x"}}"#);
    check(&private, &private);
    check(&nested(MAX_DEPTH), &nested(MAX_DEPTH));
    check(r#"{"":{"a":1},"a":1}"#, r#"{"":{"a":1},"a":1}"#);
}

#[test]
fn what_is_refused_is_told_with_its_place() {
    let check = |text: &str, path: &str, pointer: &str, reason: &str| {
        let fault = JsonValue::read(text).expect_err(text);
        assert_eq!(super::check(text).as_ref(), Err(&fault), "{text}");
        assert_eq!(fault.path(), path, "{text}");
        assert_eq!(fault.pointer(), pointer, "{text}");
        assert_eq!(fault.kind.reason(), reason, "{text}");
    };
    check(r#"{"a":1,"a":1}"#, "a", "/a", "duplicate_field");
    check(r#"{"a":1,"\u0061":1}"#, "a", "/a", "duplicate_field");
    check(
        r#"[0,{"a/b":{"c":1,"d":2,"c":3}}]"#,
        "[1].a/b.c",
        "/1/a~1b/c",
        "duplicate_field",
    );
    let private = format!(r#"{{"{PRIVATE}":1,"{PRIVATE}":2}}"#);
    check(&private, PRIVATE, &format!("/{PRIVATE}"), "duplicate_field");
    check(r#"{"a":[1,"\ud800"]}"#, "a[1]", "/a/1", "invalid_character");
    check(r#"{"a":"\udc00x"}"#, "a", "/a", "invalid_character");
    check(r#"{"a":"\ud800\u0041"}"#, "a", "/a", "invalid_character");
    check(r#"{"a":["b\u0000"]}"#, "a[0]", "/a/0", "invalid_character");
    check(r#"{"a":{"b\u0000":1}}"#, "a", "/a", "invalid_character");
    check(r#"{"a":1e309}"#, "a", "/a", "out_of_range");
    check(r#"{"a":-1e309}"#, "a", "/a", "out_of_range");
    check(&"9".repeat(400), "", "", "out_of_range");
    check("1e-9999999999999999999", "", "", "out_of_range");
    let deep = nested(MAX_DEPTH + 1);
    let fault = JsonValue::read(&deep).expect_err("it is too deep");
    assert_eq!(fault.kind, JsonFaultKind::TooDeep(MAX_DEPTH));
    assert!(fault.path().ends_with('…') && fault.path().len() < 100);
    assert_eq!(
        super::check(&nested(1_000_000))
            .expect_err("it is too deep")
            .kind,
        JsonFaultKind::TooDeep(MAX_DEPTH)
    );
}

#[test]
fn what_is_no_json_is_refused_as_serde_json_does() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "nul",
        "nulll",
        "tru",
        "01",
        "-",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "Infinity",
        "'a'",
        "\"",
        "\"\\",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud800\\u12\"",
        "\"\n\"",
        "\"\u{0}\"",
        "1 2",
        "[1]]",
        "\u{feff}1",
        "[1 2]",
        "{\"a\" 1}",
        "\"\\u00é9\"",
    ] {
        let fault = JsonValue::read(text).expect_err(text);
        assert_eq!(fault.kind.reason(), "malformed", "{text}");
        assert_eq!(
            JsonValue::read_stored(text).map_err(|fault| fault.kind),
            Err(fault.kind)
        );
        assert!(
            serde_json::from_str::<serde_json::Value>(text).is_err(),
            "{text}"
        );
    }
}

#[test]
fn what_earlier_releases_stored_is_read() {
    let check = |text: &str, expect: &str| {
        assert!(JsonValue::read(text).is_err(), "{text}");
        let value = JsonValue::read_stored(text).expect(text);
        assert_eq!(value.to_string(), expect);
    };
    check(r#"{"a":1,"b":2,"a":{"c":3}}"#, r#"{"a":{"c":3},"b":2}"#);
    check("[1e400]", "[1e400]");
    check(r#""a\u0000b""#, r#""a\u0000b""#);
    check(&nested(200), &nested(200));
    let fault = JsonValue::read_stored(&nested(1_000)).expect_err("nobody stored it");
    assert_eq!(fault.kind.reason(), "too_deep");
}

#[test]
fn values_are_parts_of_serdes_types() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Whole {
        config: JsonValue,
        #[serde(default)]
        info: Option<JsonObject>,
    }
    let check = |text: &str| {
        let whole: Whole = serde_json::from_str(text).expect(text);
        assert_eq!(serde_json::to_string(&whole).expect("JSON"), text);
        let again: Whole = serde_json::from_slice(text.as_bytes()).expect(text);
        assert_eq!(again, whole);
    };
    check(r#"{"config":123456789012345678901234567890,"info":null}"#);
    check(&format!(
        r#"{{"config":{},"info":{{"b":1.50,"a":0}}}}"#,
        nested(200)
    ));
    check(&format!(
        r#"{{"config":{{"{PRIVATE}":1}},"info":{{"{PRIVATE}":{{"{PRIVATE}":"x"}}}}}}"#
    ));
    let from_value: Whole =
        serde_json::from_value(json!({ "config": { "a": [1, 2.5] } })).expect("it is read");
    assert_eq!(from_value.config.to_string(), r#"{"a":[1,2.5]}"#);
    let no_object = serde_json::from_str::<Whole>(r#"{"config":1,"info":[1]}"#);
    let error = no_object.expect_err("no object").to_string();
    assert!(
        error.starts_with("invalid type: sequence, expected an object"),
        "{error}"
    );
}

#[test]
fn values_are_handed_to_what_works_on_serde_json() {
    let text = format!(r#"{{"b":[1,-2.5,18446744073709551617,null,true,"x"],"{PRIVATE}":{{}}}}"#);
    let value = JsonValue::read(&text).expect("JSON");
    let mut expect = json!({ "b": [1, -2.5, 1.8446744073709552e19, null, true, "x"] });
    expect[PRIVATE] = json!({});
    assert_eq!(value.to_value(), expect);
    assert_eq!(
        JsonValue::from(json!({ "a": [1, 2.5, u64::MAX] })).to_string(),
        r#"{"a":[1,2.5,18446744073709551615]}"#
    );
}

#[test]
fn values_are_compared_by_what_they_mean() {
    let check = |one: &str, other: &str, same_value: bool, equal: bool| {
        let read = |text: &str| JsonValue::read(text).expect(text);
        let (one, other) = (read(one), read(other));
        assert_eq!(one.same_value(&other), same_value, "{one} {other}");
        assert_eq!(one == other, equal, "{one} {other}");
    };
    check(r#"{"a":1,"b":[2]}"#, r#"{"b":[2],"a":1}"#, true, true);
    check(r#"{"a":1.50}"#, r#"{"a":1.5}"#, true, true);
    check(r#"{"a":1}"#, r#"{"a":1.0}"#, true, false);
    check(r#"{"a":1}"#, r#"{"a":1,"b":null}"#, false, false);
    check("[1,2]", "[2,1]", false, false);
    check("18446744073709551616", "18446744073709551617", false, false);
    check("\"1\"", "1", false, false);
    check("[null]", "[false]", false, false);
}

/// The examples of RFC 7396, appendix A, and numbers of any length.
#[test]
fn patches_merge_as_the_standard_says() {
    for (target, patch, expect) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (
            r#"{"a":{"b":"c"}}"#,
            r#"{"a":{"b":"d","c":null}}"#,
            r#"{"a":{"b":"d"}}"#,
        ),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
        (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
        (r#"{"a":"foo"}"#, "null", "null"),
        (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        (
            r#"{"a":{"b":18446744073709551616},"c":1}"#,
            r#"{"a":{"d":1.10}}"#,
            r#"{"a":{"b":18446744073709551616,"d":1.10},"c":1}"#,
        ),
    ] {
        let mut merged = JsonValue::read(target).expect(target);
        merged.merge(&JsonValue::read(patch).expect(patch));
        assert_eq!(merged.to_string(), expect, "{target} {patch}");
    }
}

#[test]
fn equal_objects_have_one_canonical_text() {
    let texts = [
        r#"{"b":[{"d":1,"c":2.50}],"a":{"f":1e2,"e":"x"}}"#,
        r#"{"a":{"e":"x","f":100.0},"b":[{"c":2.5,"d":1}]}"#,
    ];
    let canonical = texts.map(|text| {
        let mut object = JsonObject::read(text).expect("an object");
        object.make_canonical();
        object.to_string()
    });
    assert_eq!(canonical[0], canonical[1]);
    assert_eq!(
        canonical[0],
        r#"{"a":{"e":"x","f":100.0},"b":[{"c":2.5,"d":1}]}"#
    );
}
