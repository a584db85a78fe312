//! Promises of the windows, one by one.

use std::cell::Cell;

use super::oracle::expected;
use super::world::*;
use crate::column::Cell as Shown;
use crate::column::Evidence;
use crate::payload::{Transaction, Value};
use crate::rule::{Membership, Plan, Source, Statistic};
use crate::time::Timestamp;
use crate::window::{EmptyHistory, History, HistoryError, InputLimits, Inputs};

/// Counts how often a history is read.
struct Counted<H> {
    history: H,
    scans: Cell<usize>,
}

impl<H: History> History for Counted<H> {
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        customer: Option<&str>,
        visit: &mut dyn FnMut(u64, &Transaction),
    ) -> Result<(), HistoryError> {
        self.scans.set(self.scans.get() + 1);
        self.history.scan(from, to, customer, visit)
    }
}

fn paid(customer: &str, seconds: i64, amount: f64) -> Transaction {
    let values = vec![
        float(amount),
        Value::Integer(1),
        Value::Text(" x ".into()),
        moment(None),
        Value::Boolean(true),
    ];
    transaction(&current_schema(), customer, seconds, values)
}

fn sum_of_a_day() -> Plan {
    let count = aggregate(Statistic::Count, "", by_customer(DAY));
    plan(vec![
        aggregate(Statistic::Sum, "amount", by_customer(DAY)),
        count,
    ])
}

/// Observes all, checks each against the oracle, and says how often history was read.
fn check(inputs: &mut Inputs, plan: &Plan, transactions: &[Transaction]) -> usize {
    let history = Counted {
        history: Stored(transactions),
        scans: Cell::new(0),
    };
    for (index, transaction) in transactions.iter().enumerate() {
        let mut batch = inputs.begin();
        inputs
            .observe(
                index as u64,
                transaction,
                &Listed::default(),
                &history,
                &mut batch,
            )
            .unwrap();
        let expect = expected(plan, &transactions[..=index]);
        assert_eq!(shown(inputs, &batch, 0, 0), expect, "{index}");
    }
    history.scans.get()
}

#[test]
fn what_rules_share_is_computed_once() {
    let one = bound(&sum_of_a_day());
    let mut more = sum_of_a_day();
    more.inputs.reverse();
    more.inputs.remove(0);
    let inputs = fresh(&[one, bound(&more)], InputLimits::default());
    assert_eq!(inputs.columns_of(0), [0, 1]);
    assert_eq!(inputs.columns_of(1), [0]);
    assert_eq!(inputs.begin().columns.len(), 2);
}

#[test]
fn lists_are_asked_for_trimmed_text() {
    let listed = Source::Membership(Membership {
        field: "card".into(),
        list_name: "stolen".into(),
    });
    let mut inputs = fresh(&[bound(&plan(vec![listed]))], InputLimits::default());
    let mut batch = inputs.begin();
    let lists = Listed([("stolen", "x")].into());
    let transaction = paid("c", 0, 1.0);
    inputs
        .observe(0, &transaction, &lists, &EmptyHistory, &mut batch)
        .unwrap();
    let held = Evidence::Cell(Shown::Boolean(true));
    assert_eq!(batch.columns[0].evidence(0), held);
}

#[test]
fn punctual_transactions_never_read_history() {
    let plan = sum_of_a_day();
    let mut inputs = fresh(&[bound(&plan)], InputLimits::default());
    let transactions: Vec<_> = (0..600)
        .map(|index| paid(&format!("c{}", index % 7), index * 1000, 0.1))
        .collect();
    assert_eq!(check(&mut inputs, &plan, &transactions), 0);
}

#[test]
fn old_rows_are_dropped_of_customers_who_never_come_again() {
    let plan = sum_of_a_day();
    let mut inputs = fresh(&[bound(&plan)], InputLimits::default());
    let mut batch = inputs.begin();
    let mut observe = |index: i64, customer: &str, seconds| {
        let transaction = paid(customer, seconds, 1.0);
        let lists = Listed::default();
        inputs
            .observe(
                index as u64,
                &transaction,
                &lists,
                &EmptyHistory,
                &mut batch,
            )
            .unwrap();
        inputs.memory_bytes()
    };
    let full = (0..500)
        .map(|index| observe(index, &format!("c{index}"), index))
        .max()
        .unwrap();
    let month = 30 * DAY as i64;
    let later = (500..2000)
        .map(|index| observe(index, "other", month + index))
        .last()
        .unwrap();
    assert!(later < full, "{later} {full}");
    assert!(full > 500 * 64, "{full}");
}

#[test]
fn who_comes_back_is_not_judged_by_what_was_dropped() {
    let month = by_customer(30 * DAY);
    let plan = plan(vec![aggregate(Statistic::Distinct, "amount", month)]);
    let mut inputs = fresh(&[bound(&plan)], InputLimits::default());
    let day = DAY as i64;
    let early = (0..100).map(|index| paid("c", index, 1.0 + index as f64));
    let more = (0..10).map(|index| paid("c", 20 * day + index, 0.5 + index as f64));
    let others = (0..300).map(|index| paid("other", 39 * day + index, 1.0));
    let back = [paid("c", 39 * day + 1000, 1.0)];
    let transactions: Vec<_> = early.chain(more).chain(others).chain(back).collect();
    assert_eq!(check(&mut inputs, &plan, &transactions), 0);
}

#[test]
fn a_clock_years_ahead_costs_others_nothing() {
    let plan = sum_of_a_day();
    let mut inputs = fresh(&[bound(&plan)], InputLimits::default());
    let transactions: Vec<_> = (0..800_i64)
        .map(|index| {
            let wrong = if index % 4 == 0 {
                10 * 365 * DAY as i64
            } else {
                0
            };
            paid(
                if wrong > 0 { "wrong" } else { "right" },
                index * 100 + wrong,
                1.0,
            )
        })
        .collect();
    assert_eq!(check(&mut inputs, &plan, &transactions), 0);
}

#[test]
fn when_most_clocks_were_wrong_history_is_read_a_few_times() {
    let plan = sum_of_a_day();
    let mut inputs = fresh(&[bound(&plan)], InputLimits::default());
    let transactions: Vec<_> = (0..1500_i64)
        .map(|index| {
            let wrong = if (300..600).contains(&index) {
                3650 * DAY as i64
            } else {
                0
            };
            paid("c", index * 100 + wrong, 1.0)
        })
        .collect();
    let scans = check(&mut inputs, &plan, &transactions);
    // At most what comes before the clock is right again, and then the windows are back in memory.
    assert!((1..=192).contains(&scans), "{scans}");
}

#[test]
fn memory_stays_within_its_budget() {
    let plan = sum_of_a_day();
    let limits = InputLimits {
        memory_bytes: 40_000,
        ..InputLimits::default()
    };
    let mut inputs = fresh(&[bound(&plan)], limits);
    // Customers come and go; each pays five times.
    let transactions: Vec<_> = (0..900_i64)
        .map(|index| paid(&format!("c{}", index / 5), index, 0.1))
        .collect();
    let scans = check(&mut inputs, &plan, &transactions);
    assert!(inputs.memory_bytes() <= 40_000, "{}", inputs.memory_bytes());
    assert!(scans < 20, "whoever is active stays in memory: {scans}");
    let again: Vec<_> = transactions
        .iter()
        .cloned()
        .chain((0..180).map(|index| paid(&format!("c{index}"), 1000, 1.0)))
        .collect();
    let mut inputs = fresh(&[bound(&plan)], limits);
    assert!(check(&mut inputs, &plan, &again) > 50);
}

#[test]
fn a_history_that_cannot_be_read_leaves_everything_as_it_was() {
    let plan = sum_of_a_day();
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
    let transactions = [paid("c", 0, 1.0), paid("c", 1, 2.0), paid("c", 2, 4.0)];
    let mut batch = inputs.begin();
    for (index, transaction) in transactions.iter().enumerate() {
        let lists = Listed::default();
        let failed = inputs.observe(index as u64, transaction, &lists, &Broken, &mut batch);
        assert_eq!(
            failed.unwrap_err().to_string(),
            "earlier transactions, which a rule's window needs, cannot be read from the store: the disk is gone"
        );
        let history = Stored(&transactions);
        inputs
            .observe(index as u64, transaction, &lists, &history, &mut batch)
            .unwrap();
    }
    assert_eq!(batch.count, 3);
    let expect = expected(&plan, &transactions);
    assert_eq!(shown(&inputs, &batch, 0, 2), expect);
}

#[test]
fn only_what_changed_is_filled_again() {
    let old = bound(&sum_of_a_day());
    let inputs = fresh(std::slice::from_ref(&old), InputLimits::default());
    let mut same = Inputs::new(&[old.clone(), old.clone()], InputLimits::default());
    assert!(!same.is_filled());
    same.inherit(inputs);
    assert!(same.is_filled());
    assert_eq!(same.begin_fill(Some(at(0))), None);

    let longer = aggregate(Statistic::Count, "", by_customer(2 * DAY));
    let mut next = Inputs::new(&[old, bound(&plan(vec![longer]))], InputLimits::default());
    next.inherit(same);
    assert!(!next.is_filled());
    let from = at(0).minus_seconds(9 * DAY);
    assert_eq!(next.begin_fill(Some(at(0))), Some(from));
    next.finish_fill();
    assert!(next.is_filled());
}
