//! Conditions that want too much.

use std::time::{Duration, Instant};

use super::super::{Fault, FaultKind, Guard, MAX_DEPTH, Value};
use super::world;

/// What the host gives a guard may be large.
fn large() -> Value {
    let words =
        |count: usize| Value::list((0..count).map(|number| Value::text(number.to_string())));
    let text = Value::text("word ".repeat(200_000));
    let deep = (0..120).fold(Value::list([]), |inner, _| Value::list([inner]));
    Value::dict([
        ("many", words(3_000)),
        ("more", words(200_000)),
        ("text", text),
        ("deep", deep),
    ])
}

fn fault(source: &str) -> Option<Fault> {
    let [_, security] = world();
    let guard = Guard::new(source).unwrap_or_else(|refusal| panic!("{source}: {refusal}"));
    let begun = Instant::now();
    let value = guard.evaluate(&large(), &security);
    // Without optimisation; a step that is not counted would take minutes.
    assert!(begun.elapsed() < Duration::from_secs(10), "{source}");
    value.err()
}

#[test]
fn what_wants_too_much_ends_at_the_budget() {
    for hostile in [
        "'a' * 10**9",
        "'a' * 9223372036854775807",
        "[0] * 10**9",
        "9223372036854775807 * [0]",
        "(0,) * 10**7",
        "'ab' * 10**6 * 10",
        "[[0] * 1000 for x in alert.many for y in alert.many]",
        "[1 for a in alert.many for b in alert.many]",
        "any(a == 'x' for a in alert.many for b in alert.many for c in alert.many)",
        "sum([[x] for x in alert.many], [])",
        "sorted(alert.more)",
        "max(alert.more)",
        "{a + b: 1 for a in alert.many for b in alert.many}",
        "[x for x in alert.text]",
        "sorted(alert.text)",
        "str(alert.more)",
        "[str(alert.many) for x in alert.many]",
        "alert.text.replace('w', 'w' * 1000)",
        "alert.text.replace('', alert.text)",
        "alert.text.split()",
        "alert.text + alert.text + alert.text + alert.text + alert.text",
        "[alert.text in alert.text for x in alert.many]",
        "[alert.text.count('zz') for x in alert.many]",
        "[alert.text.upper() for x in alert.many]",
        "alert.text.strip(alert.text)",
        "[alert.text == alert.text + '' for x in alert.many]",
        "','.join([alert.text] * 100)",
        "[[[x for x in y] for y in alert.many] for z in alert.many]",
        "[a for a in [[[0] * 1000] * 1000] * 1000 if str(a) == '']",
        "[[[0] * 99] * 99] * 99 == [[[0] * 99] * 99] * 99",
        "{x for x in [((0,) * 99,) * 99] * 99}",
        "str([[[0] * 99] * 99] * 99)",
        "[alert.more[::-1] for x in alert.many]",
        "alert.more + alert.more",
        "alert.more == alert.more[:]",
        "alert.more.index('x')",
        "'x' in alert.more",
    ] {
        let kind = fault(hostile).map(|fault| fault.kind);
        assert_eq!(kind, Some(FaultKind::Budget), "{hostile}");
    }
    let too_large = fault("10**10**10 > 0").map(|fault| fault.kind);
    assert_eq!(too_large, Some(FaultKind::Overflow));
}

#[test]
fn what_is_reasonable_stays_within_it() {
    for reasonable in [
        "'2999' in alert.many and 'word' in alert.text",
        "sorted(alert.many)[0] == '0'",
        "len([x for x in alert.many if x.endswith('7')]) == 300",
        "len({x: int(x) for x in alert.many}) == 3000",
        "sum(int(x) for x in alert.many) == 4498500",
        "len(alert.text.upper()) == 1000000",
        "len(str(alert.deep)) == 242",
        "len(alert.more) == 200000 and alert.more[-1] == '199999'",
        "'' * 10**18 == '' and [] * 10**18 == []",
    ] {
        assert_eq!(fault(reasonable), None, "{reasonable}");
    }
}

#[test]
fn the_deepest_conditions_are_evaluated_on_a_small_stack() {
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let most = MAX_DEPTH - 1;
    let deepest = [
        nested("[", "1", "]", most),
        nested("{1: ", "1", "}", most),
        nested("-", "alert.missing.x", "", MAX_DEPTH - 3),
        nested("not ", "1", "", most),
        nested("str(", "1", ")", most),
        nested("any([", "1", "])", most / 2),
        nested("[x for x in ", "[1]", "]", MAX_DEPTH - 2),
        nested("[", "1", " for x in [1]]", most - 1),
        nested("any(", "1", " for x in [1])", most - 1),
        nested("(1 if 1 else ", "1", ")", most),
        nested("(0 or ", "1", ")", most),
        nested("(1 + ", "1", ")", most),
        nested("(2 > ", "1", ")", most),
        format!("alert{}", ".text".repeat(most)),
        format!("'x'{}", ".lower()".repeat(most)),
        format!("alert.many{}", "[::1]".repeat(MAX_DEPTH - 2)),
    ];
    let run = move || {
        for deep in &deepest {
            let guard = Guard::new(deep).unwrap_or_else(|refusal| panic!("{refusal}"));
            // A value or a fault: what matters is that the stack holds it.
            let value = guard.evaluate(&large(), &Value::None);
            drop(format!("{value:?}"));
        }
    };
    // That of a worker, unoptimised: half of it is left to whoever calls.
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(run);
    thread.expect("a thread").join().expect("the stack holds");
}

#[test]
fn a_fault_says_where_it_is() {
    let check = |source: &str, line: usize, column: usize| {
        let fault = fault(source).expect("a fault");
        assert_eq!(
            (fault.place.line, fault.place.column),
            (line, column),
            "{source}: {fault}"
        );
    };
    check("True and None > 3", 1, 10);
    check("(True and\n  alert.missing.lower())", 2, 17);
    check("alert.many[5000] == 1", 1, 12);
    check("[x for x in None]", 1, 13);
    let fault = fault("alert.score > 3").expect("a fault");
    assert_eq!(
        fault.to_string(),
        "TypeError: '>' not supported between instances of 'NoneType' and 'int' (line 1, column 1)"
    );
}
