use super::*;

const MIB: usize = 1 << 20;

fn check_wat(wat: &str, expect: Result<(), &str>) {
    let component = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}"));
    match (check(&component, 64 * MIB), expect) {
        (Ok(()), Ok(())) => {}
        (Err(refusal), Err(part)) => {
            assert!(refusal.0.contains(part), "{refusal} does not say: {part}")
        }
        (got, expect) => panic!("{got:?} is not {expect:?}: {wat:.200}"),
    }
}

fn times(count: usize, text: &str) -> String {
    text.repeat(count)
}

#[test]
fn what_one_module_has_is_counted() {
    let module = |parts: &str| {
        format!("(component (core module $m {parts}) (core instance (instantiate $m)))")
    };
    check_wat(&module("(memory 1) (table 100 funcref)"), Ok(()));
    check_wat(&module("(memory 1024)"), Ok(()));
    check_wat(
        &module("(memory 1025)"),
        Err("starts with 67 174 400 bytes, of 67 174 400 bytes of linear memory"),
    );
    let tables = |count, elements| module(&times(count, &format!("(table {elements} funcref)")));
    check_wat(&tables(MAX_TABLES, 1_000), Ok(()));
    check_wat(&tables(90, 1), Err("90 tables, and may be made of 64"));
    check_wat(
        &tables(10, 1 << 20),
        Err("0 bytes of linear memory and 10 485 760 table elements"),
    );
    check_wat(
        &tables(1, (1 << 20) + 1),
        Err("a table of this plugin starts with 1 048 577 elements, and may have 1 048 576"),
    );
    check_wat(&module(&times(MAX_MEMORIES, "(memory 1)")), Ok(()));
    check_wat(
        &module(&times(33, "(memory 0)")),
        Err("33 memories, and may be made of 32"),
    );
    // A memory and tables that are each within the limit.
    let both = "(memory 800) (table 1000000 funcref)";
    check_wat(
        &module(both),
        Err("52 428 800 bytes of linear memory and 1 000 000 table elements"),
    );
}

#[test]
fn a_module_that_is_not_instantiated_costs_nothing() {
    check_wat("(component (core module (memory 65536)))", Ok(()));
}

#[test]
fn each_instance_counts() {
    let wat = |count| {
        format!(
            "(component (core module $m (global i32 (i32.const 0))) {})",
            times(count, "(core instance (instantiate $m))")
        )
    };
    check_wat(&wat(MAX_INSTANCES), Ok(()));
    check_wat(
        &wat(MAX_INSTANCES + 1),
        Err("257 core instances, and may be made of 256"),
    );
    let functions = times(20_000, "(func)");
    let many_functions = format!(
        "(component (core module $m {functions}) {})",
        times(200, "(core instance (instantiate $m))")
    );
    check_wat(
        &many_functions,
        Err("functions, globals and imports of this plugin"),
    );
}

/// Components that each instantiate the one before ten times.
fn nested(levels: usize, innermost: &str) -> String {
    let mut components = format!("(component $c0 {innermost})");
    for level in 1..=levels {
        let inner = level - 1;
        components = format!(
            "(component $c{level} {components} {})",
            times(10, &format!("(instance (instantiate $c{inner}))"))
        );
    }
    format!("(component {components} (instance (instantiate $c{levels})))")
}

#[test]
fn nested_components_multiply() {
    let table = "(core module $m (table 1000 funcref)) (core instance (instantiate $m))";
    check_wat(&nested(1, table), Ok(()));
    check_wat(&nested(2, table), Err("tables, and may be made of 64"));
    check_wat(&nested(9, table), Err("tables, and may be made of 64"));
    let memory = "(core module $m (memory 100)) (core instance (instantiate $m))";
    check_wat(&nested(2, memory), Err("of linear memory"));
    check_wat(&nested(9, ""), Err("more than 1024 times"));
}

#[test]
fn modules_and_components_that_are_passed_on_count() {
    let passed_module = r#"(component
        (core module $m (memory 2000))
        (component $c (import "m" (core module $m)) (core instance (instantiate $m)))
        (instance (instantiate $c (with "m" (core module $m)))))"#;
    check_wat(passed_module, Err("131 072 000 bytes of linear memory"));
    let passed_component = r#"(component
        (component $inner (core module $m (memory 2000)) (core instance (instantiate $m)))
        (component $c (import "c" (component $c)) (instance (instantiate $c)))
        (instance (instantiate $c (with "c" (component $inner)))))"#;
    check_wat(passed_component, Err("131 072 000 bytes of linear memory"));
    let exported = r#"(component
        (component $c (core module $m (memory 2000)) (export "m" (core module $m)))
        (instance $i (instantiate $c))
        (alias export $i "m" (core module $n))
        (core instance (instantiate $n)))"#;
    check_wat(exported, Err("131 072 000 bytes of linear memory"));
    let outer = r#"(component
        (core module $m (memory 2000))
        (component $c (alias outer 1 $m (core module $n)) (core instance (instantiate $n)))
        (instance (instantiate $c)))"#;
    check_wat(outer, Err("131 072 000 bytes of linear memory"));
    let bundled = r#"(component
        (core module $m (memory 2000))
        (instance $i (export "m" (core module $m)))
        (component $c
            (import "i" (instance $i (export "m" (core module))))
            (alias export $i "m" (core module $n))
            (core instance (instantiate $n)))
        (instance (instantiate $c (with "i" (instance $i)))))"#;
    check_wat(bundled, Err("131 072 000 bytes of linear memory"));
}

#[test]
fn deep_nesting_is_refused() {
    let deep = |depth: usize| {
        format!(
            "(component {}{})",
            times(depth, "(component "),
            times(depth, ")")
        )
    };
    check_wat(&deep(10), Ok(()));
    check_wat(&deep(60), Err("nested 32 deep or deeper"));
}
