//! Random conditions: no panic, and an end.

use proptest::prelude::*;

use super::super::Guard;
use super::world;

/// Pieces of conditions, in any order: most make none, many make one.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "alert",
        "security",
        ".info",
        ".labels",
        ".score",
        ".missing",
        "['state']",
        "[0]",
        "[-1]",
        "[1:]",
        "[::-2]",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        " and ",
        " or ",
        " not ",
        " in ",
        " is None",
        " if ",
        " else ",
        "for x in alert.labels",
        "for k, v in alert.info.items()",
        "x",
        "k",
        "v",
        "len(",
        "sum(",
        "any(",
        "max(",
        "sorted(",
        "str(",
        "int(",
        "round(",
        ".lower()",
        ".split()",
        ".get('a')",
        ".count('a')",
        "'a'",
        "\"\"",
        "'\u{eb}\u{1F600}'",
        "0",
        "1",
        "-1",
        "2.5",
        "1e308",
        "9223372036854775807",
        "+",
        "-",
        "*",
        "**",
        "/",
        "//",
        "%",
        "<<",
        ">>",
        "&",
        "|",
        "^",
        "~",
        "==",
        "!=",
        "<",
        ">=",
        "None",
        "True",
        "False",
        "=",
        "\n",
        "\\",
        "'",
        "#",
    ]);
    prop::collection::vec(piece, 1..14).prop_map(|pieces| pieces.concat())
}

/// Conditions that are always read, whatever they say.
pub(super) fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "alert",
        "security.scope",
        "alert.info",
        "alert.labels",
        "alert.score",
        "alert.title",
        "None",
        "True",
        "0",
        "-1",
        "3",
        "2.5",
        "-0.0",
        "1e308",
        "9223372036854775807",
        "'a'",
        "''",
        "'\u{eb}x'",
        "[]",
        "{}",
        "()",
        "{1}",
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(5, 40, 3, |inner| {
            let binary = prop::sample::select(vec![
                "+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "==", "!=", "<",
                "<=", ">", ">=", "in", "not in", "and", "or",
            ]);
            let function = prop::sample::select(vec![
                "len", "any", "all", "min", "max", "sum", "sorted", "str", "int", "float", "bool",
                "abs", "round",
            ]);
            let method = prop::sample::select(vec![
                "lower()",
                "split()",
                "strip()",
                "splitlines()",
                "keys()",
                "items()",
                "values()",
                "isdigit()",
                "missing",
                "info",
            ]);
            let of_one = prop::sample::select(vec![
                "join",
                "count",
                "index",
                "find",
                "get",
                "split",
                "startswith",
                "strip",
            ]);
            prop_oneof![
                (inner.clone(), binary, inner.clone())
                    .prop_map(|(a, o, b)| format!("({a} {o} {b})")),
                (function, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
                (inner.clone(), method).prop_map(|(a, m)| format!("({a}).{m}")),
                (inner.clone(), of_one, inner.clone())
                    .prop_map(|(a, m, b)| format!("({a}).{m}({b})")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
                (inner.clone(), inner.clone(), inner.clone())
                    .prop_map(|(a, b, c)| format!("({a})[{b}:{c}:{b}]")),
                (inner.clone(), inner.clone())
                    .prop_map(|(a, b)| format!("[({a}, x) for x in {b}]")),
                (inner.clone(), inner.clone())
                    .prop_map(|(a, b)| format!("{{x: {a} for x in {b}}}")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("round({a}, {b})")),
                (inner.clone(), inner.clone(), inner)
                    .prop_map(|(a, b, c)| format!("({a} if {b} else {c})")),
            ]
        })
}

/// A value, a fault or a refusal; a panic or an endless loop fails the test.
fn evaluate(source: &str) {
    if let Ok(guard) = Guard::new(source) {
        let [alert, security] = world();
        match guard.evaluate(&alert, &security) {
            Ok(value) => drop(format!("{}", value.is_true())),
            Err(fault) => drop(fault.to_string()),
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read(source in ".{0,200}") {
        if let Err(refusal) = Guard::new(&source) {
            prop_assert!(refusal.to_string().ends_with('^'));
        }
    }

    #[test]
    fn any_pieces_are_evaluated_or_refused(source in pieces()) {
        evaluate(&source);
    }

    #[test]
    fn any_expression_has_a_value_or_a_fault(source in expressions()) {
        evaluate(&source);
    }
}
