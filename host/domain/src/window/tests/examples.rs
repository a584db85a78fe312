//! Promises of the windows, one by one.

use std::cell::Cell;
use std::ops::ControlFlow;

use super::oracle::expected;
use super::world::*;
use crate::column::Cell as Shown;
use crate::column::Evidence;
use crate::payload::{Transaction, Value};
use crate::rule::{Comparison, Condition, Membership, Operand, Plan, Source, Statistic, Window};
use crate::time::Timestamp;
use crate::window::{ByField, EmptyHistory, History, HistoryError, InputLimits, Inputs, PastRow};

/// Counts how often a history is read, and how many rows.
struct Counted<H> {
    history: H,
    reads: Cell<usize>,
    rows: Cell<usize>,
}

impl<'t> Counted<Stored<'t>> {
    fn new(transactions: &'t [Transaction], inputs: &Inputs) -> Self {
        Self {
            history: Stored::new(transactions, inputs),
            reads: Cell::new(0),
            rows: Cell::new(0),
        }
    }
}

impl<H: History> History for Counted<H> {
    fn rows(
        &self,
        by: &ByField,
        key: &[u8],
        from: Timestamp,
        to: Timestamp,
        visit: &mut dyn FnMut(u64, PastRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        self.reads.set(self.reads.get() + 1);
        let mut counted = |sequence, row: PastRow<'_>| {
            self.rows.set(self.rows.get() + 1);
            visit(sequence, row)
        };
        self.history.rows(by, key, from, to, &mut counted)
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
    let history = Counted::new(transactions, inputs);
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
    history.reads.get()
}

#[test]
fn what_rules_share_is_computed_once() {
    let one = bound(&sum_of_a_day());
    let mut more = sum_of_a_day();
    more.inputs.reverse();
    more.inputs.remove(0);
    let inputs = Inputs::new(&[one, bound(&more)], InputLimits::default());
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
    let mut inputs = Inputs::new(&[bound(&plan(vec![listed]))], InputLimits::default());
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
fn punctual_transactions_have_history_read_once_for_each_key() {
    let plan = sum_of_a_day();
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
    let transactions: Vec<_> = (0..600)
        .map(|index| paid(&format!("c{}", index % 7), index * 1000, 0.1))
        .collect();
    assert_eq!(check(&mut inputs, &plan, &transactions), 7);
}

#[test]
fn old_rows_are_dropped_of_customers_who_never_come_again() {
    let plan = sum_of_a_day();
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
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
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
    let day = DAY as i64;
    let early = (0..100).map(|index| paid("c", index, 1.0 + index as f64));
    let more = (0..10).map(|index| paid("c", 20 * day + index, 0.5 + index as f64));
    let others = (0..300).map(|index| paid("other", 39 * day + index, 1.0));
    let back = [paid("c", 39 * day + 1000, 1.0)];
    let transactions: Vec<_> = early.chain(more).chain(others).chain(back).collect();
    assert_eq!(check(&mut inputs, &plan, &transactions), 2);
}

#[test]
fn a_clock_years_ahead_costs_others_nothing() {
    let plan = sum_of_a_day();
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
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
    assert_eq!(check(&mut inputs, &plan, &transactions), 2);
}

#[test]
fn when_most_clocks_were_wrong_history_is_read_a_few_times() {
    let plan = sum_of_a_day();
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
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
    let reads = check(&mut inputs, &plan, &transactions);
    assert!((1..=8).contains(&reads), "{reads}");
}

#[test]
fn memory_stays_within_its_budget() {
    let plan = sum_of_a_day();
    let limits = InputLimits {
        memory_bytes: 20_000,
        ..InputLimits::default()
    };
    let mut inputs = Inputs::new(&[bound(&plan)], limits);
    // Customers come and go; each pays five times.
    let transactions: Vec<_> = (0..900_i64)
        .map(|index| paid(&format!("c{}", index / 5), index, 0.1))
        .collect();
    let reads = check(&mut inputs, &plan, &transactions);
    assert!(inputs.memory_bytes() <= 20_000, "{}", inputs.memory_bytes());
    assert!(reads < 200, "whoever is active stays in memory: {reads}");
    let again: Vec<_> = transactions
        .iter()
        .cloned()
        .chain((0..180).map(|index| paid(&format!("c{index}"), 1000, 1.0)))
        .collect();
    let mut inputs = Inputs::new(&[bound(&plan)], limits);
    assert!(check(&mut inputs, &plan, &again) > reads + 50);
}

#[test]
fn the_rows_of_a_key_are_read_once_for_all_windows_and_never_where_there_are_none() {
    let lengths = [DAY, 7 * DAY, 30 * DAY];
    let condition = |field: &str, comparison, operand| Condition {
        field: field.into(),
        comparison,
        operand,
    };
    let above = condition("amount", Comparison::Greater, Operand::Number(1.5));
    let same_card = condition("card", Comparison::Equal, Operand::Current("card".into()));
    let mut inputs_of = lengths
        .map(|it| aggregate(Statistic::Sum, "amount", by_customer(it)))
        .to_vec();
    inputs_of.push(aggregate(
        Statistic::Count,
        "",
        Window {
            conditions: vec![same_card, above],
            ..by_customer(DAY)
        },
    ));
    let plan = plan(inputs_of);
    let transactions: Vec<_> = (0..40_i64)
        .map(|index| paid(&format!("c{}", index % 10), index * 3600, index as f64))
        .collect();
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
    assert_eq!(check(&mut inputs, &plan, &transactions), 10);
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
    inputs.begin_at_the_first();
    assert_eq!(check(&mut inputs, &plan, &transactions), 0);
}

#[test]
fn a_key_that_nothing_entered_is_never_read() {
    let condition = |field: &str, comparison, operand| Condition {
        field: field.into(),
        comparison,
        operand,
    };
    let window = Window {
        conditions: vec![
            condition("amount", Comparison::Greater, Operand::Number(1_000.0)),
            condition("card", Comparison::Equal, Operand::Current("card".into())),
        ],
        ..by_customer(DAY)
    };
    let plan = plan(vec![aggregate(Statistic::Count, "", window)]);
    // Each customer comes back when nobody remembers it, and only one has ever paid so much.
    let transactions: Vec<_> = (0..600_i64)
        .map(|index| {
            let amount = if index == 7 { 2_000.0 } else { 1.0 };
            paid(&format!("c{}", index % 50), index * 20_000, amount)
        })
        .collect();
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
    inputs.begin_at_the_first();
    let reads = check(&mut inputs, &plan, &transactions);
    assert!(reads <= 12, "{reads}");
}

#[test]
fn a_history_that_cannot_be_read_leaves_everything_as_it_was() {
    let plan = sum_of_a_day();
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
    let transactions = [paid("a", 0, 1.0), paid("b", 1, 2.0), paid("a", 2, 4.0)];
    let mut batch = inputs.begin();
    for (index, transaction) in transactions.iter().enumerate() {
        let lists = Listed::default();
        // What is in memory already needs no history.
        if index < 2 {
            let failed = inputs.observe(index as u64, transaction, &lists, &Broken, &mut batch);
            assert_eq!(
                failed.unwrap_err().to_string(),
                "earlier transactions, which a rule's window needs, cannot be read from the store: the disk is gone"
            );
        }
        let history = Stored::new(&transactions, &inputs);
        inputs
            .observe(index as u64, transaction, &lists, &history, &mut batch)
            .unwrap();
    }
    assert_eq!(batch.count, 3);
    let expect = expected(&plan, &transactions);
    assert_eq!(shown(&inputs, &batch, 0, 2), expect);
}

#[test]
fn what_stays_the_same_is_not_read_again_when_rules_change() {
    let old = bound(&sum_of_a_day());
    let mut inputs = Inputs::new(std::slice::from_ref(&old), InputLimits::default());
    let transactions: Vec<_> = (0..20).map(|index| paid("c", index, 1.0)).collect();
    check(&mut inputs, &sum_of_a_day(), &transactions[..10]);
    let reads_of_next = |mut inputs: Inputs| {
        let history = Counted::new(&transactions, &inputs);
        let mut batch = inputs.begin();
        let lists = Listed::default();
        inputs
            .observe(10, &transactions[10], &lists, &history, &mut batch)
            .unwrap();
        (history.reads.get(), inputs)
    };

    let mut same = Inputs::new(&[old.clone(), old.clone()], InputLimits::default());
    same.inherit(inputs);
    let (reads, same) = reads_of_next(same);
    assert_eq!(reads, 0);

    let of_cards = Window {
        by: "card".into(),
        ..by_customer(DAY)
    };
    let other = bound(&plan(vec![aggregate(Statistic::Count, "", of_cards)]));
    let mut next = Inputs::new(&[old, other], InputLimits::default());
    next.inherit(same);
    assert_eq!(reads_of_next(next).0, 1);
}

/// How many reads and rows the same transactions cost in some order of arrival.
fn cost_of(transactions: &[Transaction]) -> (usize, usize) {
    let month = by_customer(30 * DAY);
    let plan = plan(vec![aggregate(Statistic::Sum, "amount", month)]);
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
    let history = Counted::new(transactions, &inputs);
    for (index, transaction) in transactions.iter().enumerate() {
        let mut batch = inputs.begin();
        let lists = Listed::default();
        inputs
            .observe(index as u64, transaction, &lists, &history, &mut batch)
            .unwrap();
        let expect = expected(&plan, &transactions[..=index]);
        assert_eq!(shown(&inputs, &batch, 0, 0), expect, "{index}");
    }
    (history.reads.get(), history.rows.get())
}

#[test]
fn any_order_of_arrival_reads_a_key_a_few_times() {
    const CUSTOMERS: usize = 20;
    let day = DAY as i64;
    // Over five years, each customer once in three months.
    let by_time: Vec<Transaction> = (0..400)
        .map(|index| paid(&format!("c{}", index % 20), index * 5 * day, 1.0))
        .collect();
    let mut by_customer = by_time.clone();
    by_customer.sort_by_key(|it| it.customer_id.as_str().to_owned());
    let reversed: Vec<_> = by_time.iter().rev().cloned().collect();
    let mut shuffled = by_time.clone();
    let mut state = 1_u64;
    for index in (1..shuffled.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        shuffled.swap(index, (state >> 33) as usize % (index + 1));
    }
    for (order, transactions) in [
        ("by time", by_time),
        ("by customer", by_customer),
        ("reversed", reversed),
        ("shuffled", shuffled),
    ] {
        let (reads, rows) = cost_of(&transactions);
        assert!(reads <= 4 * CUSTOMERS, "{order}: {reads} reads");
        assert!(rows <= 4 * transactions.len(), "{order}: {rows} rows");
    }
}

#[test]
fn a_late_transaction_costs_the_rows_of_its_own_window() {
    let day = DAY as i64;
    let plan = plan(vec![aggregate(Statistic::Count, "", by_customer(DAY))]);
    let mut transactions: Vec<_> = (0..20_000)
        .map(|index| paid("c", index * day / 100, 1.0))
        .collect();
    // 150 days late, again and again.
    transactions.extend((0..5).map(|index| paid("c", 50 * day + index, 1.0)));
    let mut inputs = Inputs::new(&[bound(&plan)], InputLimits::default());
    let history = Counted::new(&transactions, &inputs);
    let mut batch = inputs.begin();
    for (index, transaction) in transactions.iter().enumerate() {
        if index == 20_000 {
            history.rows.set(0);
        }
        let lists = Listed::default();
        inputs
            .observe(index as u64, transaction, &lists, &history, &mut batch)
            .unwrap();
    }
    for (index, expect) in [(20_000, 100), (20_004, 104)] {
        let count = batch.columns[0].evidence(index);
        assert_eq!(count, Evidence::Cell(Shown::Integer(expect)));
    }
    assert!(history.rows.get() <= 5 * 110, "{}", history.rows.get());
}

#[test]
fn memory_stays_within_its_budget_whatever_the_number_of_groups() {
    let source = |cents: i64| {
        let mut window = by_customer(DAY);
        window.conditions.push(Condition {
            field: "cents".into(),
            comparison: Comparison::Greater,
            operand: Operand::Integer(cents),
        });
        aggregate(Statistic::Count, "", window)
    };
    let plans: Vec<_> = (0..4)
        .map(|number| bound(&plan((number * 25..number * 25 + 25).map(source).collect())))
        .collect();
    let limits = InputLimits {
        lateness_seconds: 0,
        memory_bytes: 200_000,
    };
    let mut inputs = Inputs::new(&plans, limits);
    for index in 0..10_000_i64 {
        let transaction = paid(&format!("c{index}"), index, 1.0);
        let mut batch = inputs.begin();
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
    }
    assert!(inputs.memory_bytes() < 210_000, "{}", inputs.memory_bytes());
}
