//! Rules that misbehave in `evaluate`, on one transaction among others.

use domain::column::{Column, Values};
use runtime::limits::{Limits, RowLimits};
use runtime::registry::Plugin;
use runtime::rule::{Batch, FailureKind, Impurity, RowOutcome, RulePlugin};
use tests::guests::module;

use super::{Host, hostile_rule, says};

const FUEL: u64 = 5_000_000;

const ROW: RowLimits = RowLimits {
    fuel: FUEL,
    memory_bytes: Some(64 << 20),
};

fn with_batch<T>(
    rule: &RulePlugin,
    behaviour: &str,
    amounts: &[f64],
    first_sequence: u64,
    act: impl FnOnce(&Batch<'_>) -> T,
) -> T {
    let config = format!(r#"{{"prepare": "", "evaluate": "{behaviour}"}}"#);
    let plan = rule.prepare(&config).unwrap();
    let input = Values::Column(Column::Floats(amounts.to_vec()));
    let sequences: Vec<u64> = (first_sequence..).take(amounts.len()).collect();
    act(&Batch {
        prepared: &plan.prepared,
        inputs: &[&input],
        sequences: &sequences,
        limits: ROW,
    })
}

fn evaluate(behaviour: &str, amounts: &[f64], first_sequence: u64) -> Vec<RowOutcome> {
    let rule = hostile_rule();
    with_batch(&rule, behaviour, amounts, first_sequence, |batch| {
        rule.evaluate(batch)
    })
}

fn text(outcome: &RowOutcome) -> String {
    match outcome {
        RowOutcome::Clear => "clear".into(),
        RowOutcome::Findings { findings, .. } => {
            let titles: Vec<_> = findings.iter().map(|finding| &*finding.title).collect();
            titles.join("; ")
        }
        RowOutcome::Failed(failure) => format!("failed: {failure}"),
    }
}

/// The third of five transactions is the one on which the rule misbehaves: it
/// is judged so, and the others as if it were not there. Each is judged as it is alone.
fn check(behaviour: &str, expect: &str) {
    let amounts = [1.0, 500.0, 13.0, 2.0, 700.0];
    let outcomes = evaluate(behaviour, &amounts, 1);
    let texts: Vec<_> = outcomes.iter().map(text).collect();
    assert_eq!(
        [&*texts[0], &texts[1], &texts[3], &texts[4]],
        ["clear", "500", "clear", "700"]
    );
    assert!(
        texts[2].starts_with(expect),
        "{behaviour}: '{}' is not '{expect}'",
        texts[2]
    );
    for (amount, outcome) in amounts.iter().zip(&outcomes) {
        assert_eq!(
            &evaluate(behaviour, &[*amount], 1)[0],
            outcome,
            "{behaviour}: {amount}"
        );
    }
}

#[test]
fn a_guilty_row_costs_no_other() {
    check("honest", "clear");
    check("spins", "failed: out of fuel after 5 000 000");
    check("copies", "failed: out of fuel after 5 000 000");
    check(
        "traps",
        "failed: trapped: wasm `unreachable` instruction executed",
    );
    check("grows", "failed: out of memory after 67 108 864 bytes");
    check("recurses", "failed: trapped: ");
    check("floods", "clear");
    check("reports", "failed: reported: no rate for XTS");
    check("hundred-findings", "again; again");
    // JSON that the host does not keep is set apart where the alert is made.
    check("info-deep", "info");
    check("info-twice", "info");
    check("info-exact", "info");
    // Out of order in company, which is halved; alone there is one row only.
    check("no-order", "last; first");
}

#[test]
fn verdicts_are_checked() {
    let check =
        |behaviour, expect| check(behaviour, &format!("failed: broke the contract: {expect}"));
    check("reports-and-finds", "it both judges");
    check("reports-no-row", "failures of row 1, in a batch of 1");
    check("many-findings", "more than 100 findings");
    check("long-answer", "answered more than 1 048 576 bytes");
    check("no-row", "findings of row 4294967295, in a batch of 1");
    check("nan-score", "the score of a finding is a finite number");
    check("info-array", "the info of a finding is a JSON object");
    check("info-no-json", "the info of a finding is a JSON object");
    check("long-label", "a label has 2 to 20 characters");
    check("no-title", "the title of a finding has 1 to 500 characters");
    check(
        "long-title",
        "the title of a finding has 1 to 500 characters",
    );
}

#[test]
fn texts_are_texts() {
    check("not-utf8", "failed: trapped: ");
    check("wrong-length", "failed: trapped: ");
}

#[test]
fn reasons_are_short() {
    let outcomes = evaluate("reports-at-length", &[13.0], 1);
    assert!(text(&outcomes[0]).len() < 600);
}

#[test]
fn a_finding_that_depends_on_company_is_impure() {
    for behaviour in ["counts", "counts-rows"] {
        let outcomes = evaluate(behaviour, &[1.0, 13.0, 13.0], 1);
        let RowOutcome::Failed(failure) = &outcomes[2] else {
            panic!("{behaviour}: {outcomes:?}");
        };
        assert_eq!(failure.kind, FailureKind::Impure, "{behaviour}");
        assert_eq!(outcomes[0], RowOutcome::Clear);
    }
}

#[test]
fn one_clear_row_in_a_thousand_is_judged_alone() {
    let hidden = evaluate("hides-in-company", &[1.0, 13.0], 1_000);
    assert_eq!(
        hidden,
        [RowOutcome::Clear, RowOutcome::Clear],
        "13 is not sampled"
    );
    for behaviour in ["hides-in-company", "not-utf8-alone"] {
        let sampled = evaluate(behaviour, &[1.0, 13.0], 999);
        says(&text(&sampled[1]), "failed: impure: ");
    }
}

#[test]
fn the_fuel_of_a_finding_is_that_of_its_row_alone() {
    let fuels = |amounts: &[f64]| -> Vec<u64> {
        let fuel = |outcome| match outcome {
            RowOutcome::Findings { fuel, .. } => fuel,
            other => panic!("{other:?}"),
        };
        evaluate("honest", amounts, 1)
            .into_iter()
            .map(fuel)
            .collect()
    };
    let batch = fuels(&[500.0; 50]);
    assert!(batch.iter().all(|fuel| *fuel == batch[0] && *fuel > 0));
    assert_eq!(batch[0], fuels(&[500.0])[0]);
}

#[test]
fn purity_is_checked_before_a_rule_is_installed() {
    let rule = hostile_rule();
    let amounts = [1.0, 13.0, 500.0, 13.0, 2.0];
    let purity = |behaviour| {
        with_batch(&rule, behaviour, &amounts, 1, |batch| {
            rule.check_purity(batch)
        })
    };
    for pure in ["honest", "traps", "spins", "reports", "many-findings"] {
        assert_eq!(purity(pure).map(drop), Ok(()), "{pure}");
    }
    assert_eq!(purity("counts"), Err(Impurity::Differs { row: 3 }));
    assert_eq!(purity("counts-rows"), Err(Impurity::Differs { row: 1 }));
    assert_eq!(
        purity("hides-in-company"),
        Err(Impurity::Differs { row: 1 })
    );
}

#[test]
fn a_call_that_takes_too_long_is_the_machines_trouble() {
    let limits = Limits {
        call_milliseconds: 20,
        ..Limits::default()
    };
    let host = Host::new(limits);
    let Plugin::Rule(rule) = host.publish(module("hostile-rule")).unwrap().plugin else {
        panic!("hostile-rule is a rule");
    };
    let outcomes = with_batch(
        &rule,
        "spins",
        &[13.0, 1.0, 13.0, 13.0, 13.0, 500.0],
        1,
        |batch| {
            let limits = RowLimits {
                fuel: u64::MAX / 2,
                ..ROW
            };
            rule.evaluate(&Batch { limits, ..*batch })
        },
    );
    let texts: Vec<_> = outcomes.iter().map(text).collect();
    let interrupted = "failed: the machine's trouble: interrupted after 20 ms of processor time";
    let not_tried = "failed: the machine's trouble: not tried: \
                     the transactions before it were interrupted";
    assert_eq!(
        texts,
        [
            interrupted,
            "clear",
            interrupted,
            interrupted,
            interrupted,
            not_tried
        ]
    );
}

#[test]
fn a_full_pool_is_a_queue() {
    let limits = Limits {
        pooled_instances: 1,
        ..Limits::default()
    };
    let host = Host::new(limits);
    let Plugin::Rule(rule) = host.publish(module("hostile-rule")).unwrap().plugin else {
        panic!("hostile-rule is a rule");
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let outcomes = with_batch(&rule, "honest", &[1.0, 500.0], 1, |batch| {
                    rule.evaluate(batch)
                });
                assert_eq!(outcomes[0], RowOutcome::Clear);
                assert_eq!(text(&outcomes[1]), "500");
            });
        }
    });
}
