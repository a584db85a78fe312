//! What schemas may be, and what they find.

use serde_json::json;

use super::*;

fn is_good(text: &str, drafts: Drafts) -> bool {
    JsonSchema::new(text, drafts).is_ok()
}

#[test]
fn schemas_stand_alone() {
    for good in [
        r#"{}"#,
        r##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}}"##,
        r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"}"#,
    ] {
        assert!(is_good(good, Drafts::Newest), "{good}");
        assert!(is_good(good, Drafts::FromDraft4), "{good}");
    }
    for bad in [
        "",
        "[]",
        "true",
        r#"{"type":"objekt"}"#,
        r#"{"$ref":"https://example.org/schema"}"#,
        r#"{"$ref":"file:///etc/passwd"}"#,
        r##"{"$ref":"#/$defs/none"}"##,
        r##"{"$ref":"#"}"##,
        r#"{"pattern":"("}"#,
    ] {
        assert!(!is_good(bad, Drafts::Newest), "{bad}");
        assert!(!is_good(bad, Drafts::FromDraft4), "{bad}");
    }
    let large = json!({ "description": "x".repeat(JsonSchema::MAX_BYTES) });
    assert_eq!(
        JsonSchema::new(&large.to_string(), Drafts::Newest),
        Err(JsonSchemaError::Large)
    );
}

#[test]
fn the_draft_is_what_the_schema_says() {
    // In draft 4 `exclusiveMinimum` is a boolean, since draft 6 a number.
    let schema = |draft: &str, exclusive: Value| {
        json!({ "$schema": draft, "minimum": 1, "exclusiveMinimum": exclusive }).to_string()
    };
    let check = |draft: &str, expect: [bool; 2]| {
        for (exclusive, expect) in [Value::Bool(true), Value::from(1)].into_iter().zip(expect) {
            let schema = schema(draft, exclusive);
            assert_eq!(is_good(&schema, Drafts::FromDraft4), expect, "{schema}");
        }
    };
    check("http://json-schema.org/draft-04/schema#", [true, false]);
    check("http://json-schema.org/draft-06/schema#", [false, true]);
    check("http://json-schema.org/draft-07/schema#", [false, true]);
    check(
        "https://json-schema.org/draft/2019-09/schema",
        [false, true],
    );
    check(
        "https://json-schema.org/draft/2020-12/schema",
        [false, true],
    );
    check("http://json-schema.org/draft-03/schema#", [false, false]);
    check("https://example.org/my-own", [false, false]);
}

#[test]
fn all_faults_of_a_value_are_found() {
    let schema = r#"{"properties":{"limit":{"type":"number"},"name":{"minLength":1}}}"#;
    let schema = JsonSchema::new(schema, Drafts::Newest).expect("a good schema");
    let faults = schema.faults(&json!({"limit": "x", "name": ""}));
    let pointers: Vec<_> = faults.iter().map(|fault| &*fault.pointer).collect();
    assert_eq!(pointers, ["/limit", "/name"]);
}
