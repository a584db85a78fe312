//! Patterns match what the `regex` crate says they match.

use json_schema::{Budget, Drafts, JsonSchema};
use proptest::prelude::*;
use serde_json::json;

fn pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-cé]",
        Just(".".to_owned()),
        Just("[ab]".to_owned()),
        Just("[^a]".to_owned()),
        Just("\\d".to_owned()),
        Just("\\p{L}".to_owned()),
        Just("^".to_owned()),
        Just("$".to_owned()),
        Just("\\b".to_owned()),
        Just("\\B".to_owned()),
        Just("(?m:^)".to_owned()),
        Just("(?i:B)".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join("|"))),
            (inner, 0..7_usize).prop_map(|(inner, how)| {
                let how = ["*", "+", "?", "{2}", "{1,3}", "{0,2}", "*?"][how];
                format!("(?:{inner}){how}")
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn patterns_match_what_the_regex_crate_says(pattern in pattern(), text in "[a-dé1\n \\-]{0,8}") {
        let translated = jsonschema_regex::to_rust_regex(&pattern).expect("it is a pattern");
        let expect = regex::Regex::new(&translated).expect("it is a pattern").is_match(&text);
        let schema = json!({ "pattern": pattern }).to_string();
        let schema = JsonSchema::new(&schema, Drafts::Newest).expect("it is a schema");
        let faults = schema.faults(&json!(text), &mut Budget::VALUE.clone(), &|| false);
        prop_assert_eq!(faults.map(|faults| faults.is_empty()), Ok(expect));
    }
}
