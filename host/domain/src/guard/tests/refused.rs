//! What is no condition, and what the refusal says.

use super::super::Guard;
use super::super::limits::{MAX_DEPTH, MAX_SOURCE_BYTES};

/// Line and column of the refusal, and its beginning.
fn check(source: &str, place: (usize, usize), reason: &str) {
    let Err(refusal) = Guard::new(source) else {
        panic!("{source} was taken");
    };
    assert_eq!(
        (refusal.place.line, refusal.place.column),
        place,
        "{source}: {refusal}"
    );
    assert!(refusal.reason.contains(reason), "{source}: {refusal}");
}

#[test]
fn what_conditions_may_not_do_has_no_form() {
    check("", (1, 1), "is empty");
    check(" \n ", (1, 1), "is empty");
    check("alert.score > > 3", (1, 15), "expected an expression");
    check("alert.score = 3", (1, 13), "unexpected token");
    check("(alert.score", (1, 13), "unexpected");
    check("alert.state == 'open", (1, 16), "string");
    check("alert.state ==\n 'open'", (1, 15), "expected an expression");
    check("import os", (1, 1), "keyword `import`");
    check("x", (1, 1), "there is no 'x' here");
    check("os.system('x')", (1, 11 - 7), "cannot call '.system'");
    check("__import__('os')", (1, 1), "cannot call '__import__'");
    check(
        "eval('1')",
        (1, 1),
        "cannot call 'eval'; it can call len, any, all",
    );
    check("alert.__class__", (1, 7), "do not begin with '_'");
    check(
        "alert.info._hidden",
        (1, 12),
        "write ['_hidden'] or .get('_hidden')",
    );
    check("().__class__.__bases__", (1, 14), "do not begin with '_'");
    check("''.__len__()", (1, 4), "do not begin with '_'");
    check("'{0.x}'.format(alert)", (1, 9), "cannot call '.format'");
    check("alert.update({})", (1, 7), "cannot call '.update'");
    check("alert()", (1, 1), "cannot call 'alert'");
    check("alert.state()", (1, 7), "cannot call '.state'");
    check("(len)(alert.labels)[0](1)", (1, 1), "can call only len");
    check("len", (1, 1), "can only be called: len(…)");
    check("[len for len in []]", (1, 10), "has a meaning of its own");
    check("[1 for len in []]", (1, 8), "has a meaning of its own");
    check("[1 for alert in []]", (1, 8), "has a meaning of its own");
    check("[_ for _ in []]", (1, 8), "do not begin with '_'");
    check("[x for x in x]", (1, 13), "there is no 'x' here");
    check("[y for x in [1]] + [x]", (1, 2), "there is no 'y' here");
    check("[x for x in [1]] + [x]", (1, 21), "there is no 'x' here");
    check("[1 for alert.x in []]", (1, 8), "sets variables");
    check("[1 for x async in []]", (1, 10), "");
    check("[1 async for x in []]", (1, 4), "async");
    check("lambda: 1", (1, 1), "lambda cannot stand");
    check("(x := 1)", (1, 2), "assignment with := cannot stand");
    check("await alert", (1, 1), "await cannot stand");
    check("(yield)", (1, 2), "yield cannot stand");
    check("[*alert.labels]", (1, 2), "unpacking with *");
    check("{**alert}", (1, 4), "unpacking with **");
    check("len(*alert.labels)", (1, 5), "unpacking with *");
    check("sorted(**alert)", (1, 8), "unpacking with **");
    check("f'{alert.state}'", (1, 1), "f-strings");
    check("b'x'", (1, 1), "bytes");
    check("...", (1, 1), "'...'");
    check("1j", (1, 1), "complex");
    check("alert @ alert", (1, 1), "matrices");
    check("alert is security", (1, 10), "compare with '=='");
    check("1 < 2 is alert.x", (1, 10), "compare with '=='");
    check(
        "(x for x in alert.labels)",
        (1, 1),
        "a generator stands only",
    );
    check(
        "len(x for x in alert.labels)",
        (1, 5),
        "a generator stands only",
    );
    check("len()", (1, 1), "takes one argument; here it has 0");
    check(
        "round(1, 2, 3)",
        (1, 1),
        "takes 1 to 2 arguments; here it has 3",
    );
    check(
        "alert.title.lower(1)",
        (1, 13),
        "takes no arguments; here it has 1",
    );
    check("sorted([1], key=len)", (1, 13), "no argument 'key' here");
    check("sum([1], 2, start=3)", (1, 1), "takes 1 to 2 arguments");
    check("max([1], default=1, default=2)", (1, 21), "");
    check("9223372036854775808", (1, 1), "64 bits");
    check("0xFFFFFFFFFFFFFFFFFF", (1, 1), "64 bits");
    check("alert.x if alert.y", (1, 19), "else");
    check("1; 2", (1, 2), "unexpected token");
    check("1\n2", (2, 1), "unexpected token");
}

#[test]
fn a_refusal_shows_the_place() {
    let refusal = Guard::new("(alert.state == 'open'\n and aler.score > 3)").unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "line 2, column 6: there is no 'aler' here; a condition knows 'alert' and 'security', and the \
         variables of its own loops\n and aler.score > 3)\n     ^"
    );
}

#[test]
fn a_condition_is_neither_long_nor_deep() {
    let long = format!("'{}'", "x".repeat(MAX_SOURCE_BYTES - 2));
    assert!(Guard::new(&long).is_ok());
    check(
        &format!("{long} "),
        (1, MAX_SOURCE_BYTES + 1),
        "at most 4096 bytes; this one has 4097",
    );
    let chain = |count: usize| format!("alert{}", ".a".repeat(count));
    assert!(Guard::new(&chain(MAX_DEPTH - 1)).is_ok());
    let most = MAX_SOURCE_BYTES;
    for deep in [
        chain(MAX_DEPTH),
        chain((most - 5) / 2),
        format!("{}1{}", "(".repeat(most / 2 - 1), ")".repeat(most / 2 - 1)),
        "[".repeat(most),
        "(".repeat(most),
        "{".repeat(most),
        format!("{}1", "-".repeat(most - 1)),
        format!("{}1", "not ".repeat(most / 4 - 1)),
        format!("1{}", "+1".repeat(most / 2 - 1)),
        format!("1{}", "**1".repeat(most / 3 - 1)),
        format!("alert{}", "[0]".repeat((most - 5) / 3)),
        format!("alert{}", "()".repeat((most - 5) / 2)),
        format!("1{}", " if 1 else 1".repeat(most / 12 - 1)),
        format!("{}1", "lambda:".repeat(most / 7 - 1)),
        format!("{}1", "await ".repeat(most / 6 - 1)),
        format!("{}1{}", "f'{".repeat(500), "}'".repeat(500)),
        format!("{}1{}", "[x for x in ".repeat(200), "]".repeat(200)),
    ] {
        assert!(deep.len() <= most);
        let begin = &deep[..20];
        let refused = Guard::new(&deep);
        // Parentheses alone are no level: the parser's tree does not have them.
        assert!(
            refused.is_err() || deep.starts_with("((("),
            "{begin}… was taken"
        );
    }
}
