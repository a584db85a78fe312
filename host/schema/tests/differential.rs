//! Random schemas and values have the verdict that another implementation gives.

use json_schema::{Budget, Drafts, JsonSchema};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..6).prop_map(Value::from),
        (-6_i64..12).prop_map(|half| Value::from(half as f64 / 2.0)),
        "[abé]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Keywords that the drafts share, of those that hold schemas and those that do not.
fn schema() -> impl Strategy<Value = Value> {
    let types = prop::sample::select(vec![
        "null", "boolean", "integer", "number", "string", "array", "object",
    ]);
    let one = |keyword: &'static str, value: Value| Just((keyword.to_owned(), value));
    let count = prop::sample::select(vec![
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    ]);
    let bound = prop::sample::select(vec![
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
    ]);
    let simple = prop_oneof![
        types.prop_map(|name| ("type".to_owned(), name.into())),
        (count, 0..4_u64).prop_map(|(keyword, count)| (keyword.to_owned(), count.into())),
        (bound, -2_i64..4).prop_map(|(keyword, bound)| (keyword.to_owned(), bound.into())),
        prop::sample::select(vec![json!(1), json!(2), json!(0.5)])
            .prop_map(|by| ("multipleOf".to_owned(), by)),
        value().prop_map(|value| ("const".to_owned(), value)),
        prop::collection::vec(value(), 1..4).prop_map(|values| ("enum".to_owned(), values.into())),
        one("uniqueItems", json!(true)),
        one("pattern", json!("^a|b$")),
        one("required", json!(["a", "b"])),
        one("dependentRequired", json!({ "a": ["c"] })),
    ];
    let leaf = prop::collection::vec(simple.clone(), 0..2).prop_map(object);
    leaf.prop_recursive(3, 24, 3, move |inner| {
        let holder = prop::sample::select(vec![
            "not",
            "additionalProperties",
            "propertyNames",
            "items",
            "contains",
            "if",
            "then",
            "else",
            "unevaluatedItems",
            "unevaluatedProperties",
        ]);
        let list = prop::sample::select(vec!["allOf", "anyOf", "oneOf", "prefixItems"]);
        let map = prop::sample::select(vec!["properties", "patternProperties", "dependentSchemas"]);
        let keyword = prop_oneof![
            simple.clone(),
            (holder, inner.clone()).prop_map(|(keyword, schema)| (keyword.to_owned(), schema)),
            (list, prop::collection::vec(inner.clone(), 1..4))
                .prop_map(|(keyword, schemas)| (keyword.to_owned(), schemas.into())),
            (
                map,
                prop::collection::btree_map("[a-c]", inner.clone(), 1..3)
            )
                .prop_map(|(keyword, schemas)| (keyword.to_owned(), object(schemas))),
            any::<bool>().prop_map(|always| ("unevaluatedProperties".to_owned(), always.into())),
            (0..3_u64).prop_map(|least| ("minContains".to_owned(), least.into())),
        ];
        prop::collection::vec(keyword, 1..5).prop_map(object)
    })
}

fn object(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(members.into_iter().collect::<Map<_, _>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn verdicts_are_those_of_another_implementation(schema in schema(), value in value()) {
        for (url, draft) in [
            ("https://json-schema.org/draft/2020-12/schema", jsonschema::Draft::Draft202012),
            ("https://json-schema.org/draft/2019-09/schema", jsonschema::Draft::Draft201909),
            ("http://json-schema.org/draft-07/schema#", jsonschema::Draft::Draft7),
        ] {
            let mut schema = schema.clone();
            schema["$schema"] = url.into();
            let other = jsonschema::options().with_draft(draft).build(&schema);
            let other = other.expect("it is a schema").is_valid(&value);
            let ours = JsonSchema::new(&schema.to_string(), Drafts::FromDraft4).expect("it is a schema");
            let faults = ours.faults(&value, &mut Budget::VALUE.clone(), &|| false);
            prop_assert_eq!(faults.map(|faults| faults.is_empty()), Ok(other), "{} {}", schema, value);
        }
    }
}
