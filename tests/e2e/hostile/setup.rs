//! Rules that misbehave in `prepare`.

use super::{hostile_rule, says};

fn check(behaviour: &str, expect: &str) {
    let config = format!(r#"{{"prepare": "{behaviour}", "evaluate": ""}}"#);
    match hostile_rule().prepare(&config) {
        Ok(plan) => panic!("{behaviour}: {plan:?}"),
        Err(error) => says(&error, expect),
    }
}

#[test]
fn prepare_has_limits() {
    check("spins", "out of fuel after 50 000 000");
    check("grows", "out of memory after 67 108 864 bytes");
    check("recurses", "trapped: ");
    check("traps", "trapped: wasm `unreachable` instruction executed");
    check("not-utf8", "trapped: ");
    check("long-answer", "answered more than 1 048 576 bytes");
    check(
        "large-prepared",
        "the plan's prepared blob has 65 537 bytes, and may have 65 536",
    );
}

#[test]
fn a_refusal_is_a_sentence() {
    check("refuses", "limit must be positive");
    let config = r#"{"prepare": "refuses-at-length"}"#;
    let error = hostile_rule().prepare(config).unwrap_err();
    assert!(error.to_string().len() <= 2_000);
}

#[test]
fn a_flood_of_the_log_is_cut() {
    let plan = hostile_rule().prepare(r#"{"prepare": "floods", "evaluate": "x"}"#);
    assert_eq!(plan.unwrap().prepared, b"x");
}
