//! Schemas and values that ask for endless work: each ends within its budget, and says which limit it met.

use json_schema::{Budget, Drafts, Exhausted, JsonSchema, JsonSchemaError, SchemaFault};
use serde_json::{Map, Value, json};

type Outcome = Result<Vec<SchemaFault>, Exhausted>;

fn schema(schema: &Value) -> JsonSchema {
    JsonSchema::new(&schema.to_string(), Drafts::FromDraft4)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(schema: &Value) -> String {
    let refused = JsonSchema::new(&schema.to_string(), Drafts::FromDraft4);
    refused.expect_err("it is refused").to_string()
}

fn validate(by: &JsonSchema, value: &Value) -> Outcome {
    by.faults(value, &mut Budget::VALUE.clone(), &|| false)
}

/// The only limit that it may meet is the one of steps, which is the same everywhere.
fn exhausts(by: &Value, value: &Value) {
    let outcome = validate(&schema(by), value);
    assert_eq!(outcome, Err(Exhausted::Steps(Budget::VALUE.steps)), "{by}");
}

fn ends(by: &Value, value: &Value, is_valid: bool) {
    let outcome = validate(&schema(by), value).map(|faults| faults.is_empty());
    assert_eq!(outcome, Ok(is_valid), "{by}");
}

fn nested(name: &str, depth: usize, innermost: Value) -> Value {
    (0..depth).fold(innermost, |inner, _| json!({ name: inner }))
}

/// Definitions `s0` to `s{count}`, each of which `step` makes from a reference to the next.
fn chain(count: usize, reference: &str, step: impl Fn(Value) -> Value) -> Value {
    let mut definitions = Map::new();
    for index in 0..count {
        let next = json!({ "$ref": format!("{reference}#/$defs/s{}", index + 1) });
        definitions.insert(format!("s{index}"), step(next));
    }
    definitions.insert(format!("s{count}"), json!({ "type": "integer" }));
    Value::Object(definitions)
}

#[test]
fn what_doubles_with_each_level_of_the_value_ends() {
    let node = json!({ "$ref": "#/$defs/n" });
    let twice = json!({ "properties": { "a": node }, "patternProperties": { "a": node } });
    exhausts(
        &json!({ "$ref": "#/$defs/n", "$defs": { "n": twice } }),
        &nested("a", 40, json!(1)),
    );
    let down = json!({ "properties": { "a": node } });
    let twice = json!({ "allOf": [down, down] });
    exhausts(
        &json!({ "$ref": "#/$defs/n", "$defs": { "n": twice } }),
        &nested("a", 40, json!(1)),
    );
    let both =
        |next: Value| json!({ "properties": { "a": next }, "patternProperties": { "a": next } });
    exhausts(
        &json!({ "$ref": "#/$defs/s0", "$defs": chain(40, "", both) }),
        &nested("a", 40, json!(1)),
    );
    for keyword in ["anyOf", "oneOf"] {
        let twice = json!({ keyword: [down, down], "not": { "const": 1 } });
        exhausts(
            &json!({ "$ref": "#/$defs/n", "$defs": { "n": twice } }),
            &nested("a", 60, json!(1)),
        );
    }
    let twice = json!({ "not": { "not": down }, "if": down, "then": down, "else": down });
    exhausts(
        &json!({ "$ref": "#/$defs/n", "$defs": { "n": twice } }),
        &nested("a", 40, json!(1)),
    );
    let twice = json!({ "dependentSchemas": { "a": { "allOf": [down, down] } } });
    exhausts(
        &json!({ "$ref": "#/$defs/n", "$defs": { "n": twice } }),
        &nested("a", 40, json!(1)),
    );
    let twice = json!({ "contains": node, "items": node });
    let value = (0..40).fold(json!(1), |inner, _| json!([inner]));
    exhausts(
        &json!({ "$ref": "#/$defs/n", "$defs": { "n": twice } }),
        &value,
    );
    let twice = json!({ "$dynamicAnchor": "n", "allOf": [
        { "properties": { "a": { "$dynamicRef": "#n" } } }, { "properties": { "a": { "$dynamicRef": "#n" } } }
    ] });
    exhausts(&twice, &nested("a", 40, json!(1)));
    let down = json!({ "properties": { "a": { "$recursiveRef": "#" } } });
    exhausts(
        &json!({ "$schema": "https://json-schema.org/draft/2019-09/schema", "$recursiveAnchor": true, "allOf": [down, down] }),
        &nested("a", 40, json!(1)),
    );
    let node = json!({ "$ref": "#/definitions/n" });
    for draft in ["04", "06", "07"] {
        let url = format!("http://json-schema.org/draft-{draft}/schema#");
        let twice = json!({ "properties": { "a": node }, "patternProperties": { "a": node } });
        exhausts(
            &json!({ "$schema": url, "allOf": [node], "definitions": { "n": twice } }),
            &nested("a", 40, json!(1)),
        );
    }
}

#[test]
fn what_nobody_evaluated_is_looked_for_within_the_budget() {
    let node = json!({ "$ref": "#/$defs/n" });
    let one = json!({ "properties": { "a": node }, "unevaluatedProperties": node });
    let twice = json!({ "anyOf": [one, one], "unevaluatedProperties": node });
    exhausts(
        &json!({ "$ref": "#/$defs/n", "$defs": { "n": twice } }),
        &nested("a", 40, json!(1)),
    );
    let wide: Map<String, Value> = (0..5_000)
        .map(|name| (name.to_string(), json!(1)))
        .collect();
    let branches: Vec<Value> = (0..2_000).map(|_| json!({ "minProperties": 1 })).collect();
    ends(
        &json!({ "anyOf": branches, "unevaluatedProperties": { "type": "integer" } }),
        &Value::Object(wide),
        true,
    );
}

#[test]
fn references_mean_what_the_specification_says() {
    // Each doubles: 2^40 schemas at one place.
    let twice = |next: Value| json!({ "allOf": [next, next] });
    for (id, reference) in [
        ("http://x/r", "r"),
        ("http://x/r", ""),
        ("http://x/r", "http://x/r"),
        ("urn:x:r", ""),
    ] {
        let schema = json!({ "$id": id, "$ref": format!("{reference}#/$defs/s0"), "$defs": chain(40, reference, twice) });
        assert!(
            refusal(&schema).contains("more than 10000 schemas apply"),
            "{schema}"
        );
    }
    for circle in [
        json!({ "$id": "http://x/r", "$ref": "r" }),
        json!({ "$id": "http://x/r", "allOf": [{ "$ref": "./r#" }] }),
        json!({ "$id": "http://x/r", "$defs": { "a": { "$id": "a", "$ref": "b" }, "b": { "$id": "b", "$ref": "a" } } }),
        json!({ "$dynamicAnchor": "n", "not": { "$dynamicRef": "#n" } }),
        json!({ "$anchor": "n", "if": { "$ref": "#n" } }),
        json!({ "properties": { "x": { "$ref": "#/properties/x" } } }),
        json!({ "$ref": "#/$defs/a%2Fb".replace("%2F", "~1"), "$defs": { "a/b": { "$ref": "#/$defs/a~1b" } } }),
    ] {
        assert!(
            refusal(&circle).contains("leads back to itself"),
            "{circle}"
        );
    }
    // What goes down into the value may come back.
    ends(
        &json!({ "$id": "http://x/tree", "$dynamicAnchor": "node", "properties": { "children": { "items": { "$dynamicRef": "#node" } } } }),
        &json!({ "children": [{ "children": [] }] }),
        true,
    );
}

#[test]
fn a_circle_that_only_shows_when_applied_ends() {
    // The inner anchor leads nowhere by itself; with the outer resource it comes back.
    let schema = json!({
        "$id": "http://x/outer", "$dynamicAnchor": "n", "$ref": "inner",
        "$defs": { "inner": { "$id": "inner", "allOf": [{ "$dynamicRef": "#n" }],
            "$defs": { "leaf": { "$dynamicAnchor": "n" } } } }
    });
    let outcome = validate(&self::schema(&schema), &json!({}));
    assert_eq!(outcome, Err(Exhausted::Nesting(Budget::VALUE.nesting)));
}

#[test]
fn patterns_are_small_and_run_in_counted_steps() {
    let many: Map<String, Value> = (0..100)
        .map(|number| {
            (
                format!("p{number}"),
                json!({ "pattern": format!("\\p{{L}}{{200}}{number}_") }),
            )
        })
        .collect();
    ends(
        &json!({ "properties": many }),
        &json!({ "p7": "é".repeat(200) + "7_" }),
        true,
    );
    let letters = "a".repeat(20_000);
    ends(&json!({ "pattern": "^(a|a)*$" }), &json!(letters), true);
    ends(&json!({ "pattern": "^(a*)*$" }), &json!(letters), true);
    exhausts(&json!({ "pattern": "(a|b)*a(a|b){300}c" }), &json!(letters));
    exhausts(&json!({ "pattern": "^(a{1,60}){1,60}b$" }), &json!(letters));
    for (pattern, expect) in [
        ("(a{1000}){100}", "larger than 10000"),
        ("((((a{100}){100}){100}){100}){100}", "larger than 10000"),
        ("(?i)[\\p{L}\\p{N}&&\\p{Greek}]{9999}", "larger than 10000"),
        (&"x".repeat(5_000), "longer than 4096"),
        ("(", "no regular expression"),
        ("(?=a)", "no regular expression"),
    ] {
        let told = refusal(&json!({ "pattern": pattern }));
        assert!(told.contains(expect), "{pattern}: {told}");
    }
    let many: Vec<Value> = (0..201)
        .map(|number| json!({ "pattern": number.to_string() }))
        .collect();
    assert!(refusal(&json!({ "items": { "anyOf": many } })).contains("201th different pattern"));
    let large: Vec<Value> = (0..12)
        .map(|number| json!({ "pattern": format!("{number}x{{9000}}") }))
        .collect();
    assert!(refusal(&json!({ "items": { "anyOf": large } })).contains("patterns together"));
    let dear: Vec<Value> = (0..199)
        .map(|number| json!({ "pattern": format!("(?i)\\p{{L}}{}", "\\w".repeat(60) + &number.to_string()) }))
        .collect();
    assert!(refusal(&json!({ "items": { "anyOf": dear } })).contains("patterns together"));
}

#[test]
fn stored_schemas_beyond_the_limits_go_on_working_within_the_budget() {
    let stored = |schema: &Value| {
        JsonSchema::stored(&schema.to_string(), Drafts::FromDraft4).expect("it was accepted once")
    };
    let pattern = json!({ "pattern": "^(a{150}){100}$" });
    assert!(matches!(
        JsonSchema::new(&pattern.to_string(), Drafts::FromDraft4),
        Err(JsonSchemaError::Limit(_))
    ));
    let pattern = stored(&pattern);
    assert_eq!(
        validate(&pattern, &json!("a".repeat(15_000))),
        Ok(Vec::new())
    );
    assert!(validate(&pattern, &json!("b")).is_ok_and(|faults| faults.len() == 1));
    let circle = stored(&json!({ "$ref": "#" }));
    assert_eq!(
        validate(&circle, &json!(1)),
        Err(Exhausted::Nesting(Budget::VALUE.nesting))
    );
    let twice = |next: Value| json!({ "allOf": [next, next] });
    let doubling = json!({ "$ref": "#/$defs/s0", "$defs": chain(40, "", twice) });
    assert_eq!(
        validate(&stored(&doubling), &json!(1)),
        Err(Exhausted::Steps(Budget::VALUE.steps))
    );
    let endless = stored(&json!({ "pattern": "((((a{100}){100}){100}){100}){100}" }));
    assert!(matches!(
        validate(&endless, &json!("a")),
        Err(Exhausted::Memory(_))
    ));
}

#[test]
fn values_are_compared_in_counted_steps() {
    let large: Vec<Value> = (0..2_000)
        .map(|number| json!({ "a": number, "b": "x".repeat(20) }))
        .collect();
    ends(&json!({ "uniqueItems": true }), &json!(large), true);
    let choices: Vec<Value> = (0..1_500)
        .map(|number| json!([number, "a", { "b": number }]))
        .collect();
    let value: Vec<Value> = (0..3_000)
        .map(|number| json!([number % 1_500, "a", { "b": number }]))
        .collect();
    ends(
        &json!({ "items": { "enum": choices } }),
        &json!(value),
        false,
    );
    let same = json!(vec![0; 5_000]);
    let constant = json!({ "not": { "not": { "const": same } } });
    exhausts(
        &json!({ "items": { "allOf": [constant, constant] } }),
        &json!(vec![same; 200]),
    );
}

#[test]
fn numbers_of_any_size_end() {
    for (divisor, value, is_valid) in [
        (json!(1e-300), json!(1e308), true),
        (json!(1e308), json!(1e-300), false),
        (json!(3e-300), json!(1e308), false),
        (json!(0.123_456_789), json!(1e308), false),
    ] {
        ends(&json!({ "multipleOf": divisor }), &value, is_valid);
    }
    let divisors: Vec<Value> = (1..2_000)
        .map(|number| json!({ "multipleOf": f64::from(number) * 1e300 }))
        .collect();
    exhausts(&json!({ "anyOf": divisors }), &json!(1e-300));
}

#[test]
fn what_is_large_or_deep_ends() {
    let text = "x".repeat(60_000);
    let lengths: Vec<Value> = (0..2_000)
        .map(|more| json!({ "minLength": 10 + more }))
        .collect();
    exhausts(&json!({ "allOf": lengths }), &json!(text));
    ends(&json!({ "minLength": 1e300 }), &json!(text), false);
    let names: Map<String, Value> = (0..60)
        .map(|name| (format!("{name}{}", "n".repeat(1_000)), json!(1)))
        .collect();
    let name =
        json!({ "pattern": "^(.|n)*$", "allOf": vec![json!({ "pattern": "(n|m){50}x" }); 60] });
    exhausts(&json!({ "propertyNames": name }), &Value::Object(names));
    let not = (0..90).fold(
        json!({ "type": "string" }),
        |inner, _| json!({ "not": inner }),
    );
    ends(&not, &json!("a"), true);
    let not = (0..110).fold(
        json!({ "type": "string" }),
        |inner, _| json!({ "not": inner }),
    );
    assert!(refusal(&not).contains("nested deeper"));
    let long = json!({ "$ref": "#/$defs/s0", "$defs": chain(600, "", |next| next) });
    assert!(refusal(&long).contains("lead to one another"));
    let value = (0..5_000).fold(json!(1), |inner, _| Value::Array(vec![inner]));
    let deep = json!({ "items": { "$ref": "#" } });
    assert_eq!(
        validate(&schema(&deep), &value),
        Err(Exhausted::Nesting(Budget::VALUE.nesting))
    );
    // Dropping it would take more stack than a test has.
    std::mem::forget(value);
    let items = json!(vec![json!({}); 20_000]);
    let item = json!({ "minContains": 20_000, "contains": { "required": ["a", "b"], "properties": { "a": {} } } });
    ends(&item, &items, false);
    exhausts(&json!({ "allOf": vec![item; 40] }), &items);
}

#[test]
fn faults_are_few_and_small() {
    let long = "n".repeat(10_000);
    let value: Map<String, Value> = (0..50)
        .map(|name| (format!("{name}{long}"), json!(1)))
        .collect();
    let by = schema(&json!({ "additionalProperties": { "type": "string" } }));
    let faults = validate(&by, &Value::Object(value)).expect("it ends");
    let bytes: usize = faults
        .iter()
        .map(|fault| fault.pointer.len() + fault.message.len())
        .sum();
    assert!(
        (1..=100).contains(&faults.len()) && bytes <= 64 << 10,
        "{bytes} bytes"
    );
    let by = schema(&json!({ "items": { "type": "string", "minimum": 5 } }));
    let faults = validate(&by, &json!(vec![1; 1_000])).expect("it ends");
    assert_eq!(faults.len(), 100);
}

#[test]
fn the_same_work_takes_the_same_steps() {
    let by = schema(
        &json!({ "items": { "enum": [1, "a", [2]], "uniqueItems": true }, "contains": { "pattern": "a|b" } }),
    );
    let value = json!([1, "a", [2], "b", { "a": 1.5 }]);
    let steps = || {
        let mut budget = Budget::VALUE;
        by.faults(&value, &mut budget, &|| false).expect("it ends");
        Budget::VALUE.steps - budget.steps
    };
    assert_eq!(steps(), steps());
}

#[test]
fn a_clock_ends_what_the_budget_does_not() {
    let node = json!({ "$ref": "#/$defs/n" });
    let twice = json!({ "properties": { "a": node }, "patternProperties": { "a": node } });
    let by = schema(&json!({ "$ref": "#/$defs/n", "$defs": { "n": twice } }));
    let outcome = by.faults(
        &nested("a", 40, json!(1)),
        &mut Budget::VALUE.clone(),
        &|| true,
    );
    assert_eq!(outcome, Err(Exhausted::Time));
}
