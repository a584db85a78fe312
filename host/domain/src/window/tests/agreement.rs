//! Random teams: whatever comes, inputs are what the oracle says.

use proptest::prelude::*;

use super::oracle::expected;
use super::world::*;
use crate::payload::{Transaction, Value};
use crate::rule::{Comparison, Condition, Operand, Plan, Recent, Source, Statistic, Window};
use crate::window::exact::tests::any_number;
use crate::window::{History, InputLimits, Inputs};

/// When the next transaction happened.
#[derive(Clone, Debug)]
enum When {
    /// So long after the newest ordinary one.
    Later(i64),
    /// So long before it.
    Before(i64),
    /// By a clock that is years wrong.
    Years(i64),
}

fn any_when() -> impl Strategy<Value = When> {
    let day = DAY as i64;
    prop_oneof![
        6 => (0..600_i64).prop_map(When::Later),
        2 => Just(When::Later(0)),
        1 => (0..2 * day).prop_map(When::Later),
        2 => (0..3600_i64).prop_map(When::Before),
        1 => (0..40 * day).prop_map(When::Before),
        1 => prop_oneof![Just(-3), Just(5_i64)].prop_map(When::Years),
    ]
}

fn any_values() -> impl Strategy<Value = (Vec<Value>, bool)> {
    (
        any_number(),
        prop_oneof![-3..3_i64, any::<i64>()],
        prop_oneof![Just(""), Just("a"), Just("b"), Just(" a")],
        prop_oneof![Just(None), Just(Some(0)), Just(Some(5))],
        any::<bool>(),
        prop::bool::weighted(0.15),
    )
        .prop_map(|(amount, cents, card, booked, cash, old)| {
            let (amount, booked) = (float(amount), moment(booked));
            let card = Value::Text(card.into());
            let values = if old {
                vec![card, Value::Text("7".into()), booked, amount]
            } else {
                vec![
                    amount,
                    Value::Integer(cents),
                    card,
                    booked,
                    Value::Boolean(cash),
                ]
            };
            (values, old)
        })
}

fn any_transactions(count: usize) -> impl Strategy<Value = Vec<Transaction>> {
    let one = (any_when(), any_values(), 0..100_u32);
    let customers = prop_oneof![Just(1_u32), Just(4), Just(40)];
    (proptest::collection::vec(one, 1..count), customers).prop_map(|(steps, customers)| {
        let (newer, older) = (current_schema(), older_schema());
        let mut now = 0;
        let one = |(when, (values, old), customer): (When, (Vec<Value>, bool), u32)| {
            let seconds = match when {
                When::Later(seconds) => {
                    now += seconds;
                    now
                }
                When::Before(seconds) => now - seconds,
                When::Years(years) => now + years * 365 * DAY as i64,
            };
            let customer = format!("c{}", customer % customers);
            let schema = if old { &older } else { &newer };
            transaction(schema, &customer, seconds, values)
        };
        steps.into_iter().map(one).collect()
    })
}

fn any_condition() -> impl Strategy<Value = Condition> {
    let comparison = prop_oneof![
        Just(Comparison::Equal),
        Just(Comparison::NotEqual),
        Just(Comparison::Less),
        Just(Comparison::LessOrEqual),
        Just(Comparison::Greater),
        Just(Comparison::GreaterOrEqual),
    ];
    let literal = prop_oneof![
        Just(("card", Operand::Text("a".into()))),
        any_number().prop_map(|it| ("amount", Operand::Number(it))),
        (-3..3_i64).prop_map(|it| ("amount", Operand::Integer(it))),
        Just(("cents", Operand::Number(0.5))),
        (-3..3_i64).prop_map(|it| ("cents", Operand::Integer(it))),
        any::<bool>().prop_map(|it| ("cash", Operand::Boolean(it))),
        Just((
            "booked",
            Operand::Time(crate::time::Timestamp::from_micros(0))
        )),
    ];
    let current = prop_oneof![
        Just(("card", "card")),
        Just(("amount", "cents")),
        Just(("cents", "amount")),
        Just(("cash", "cash")),
        Just(("booked", "booked")),
        Just(("card", "customer_id")),
    ];
    prop_oneof![
        3 => (literal, comparison).prop_map(|((field, operand), comparison)| Condition {
            field: field.into(),
            comparison,
            operand,
        }),
        1 => current.prop_map(|(field, current)| Condition {
            field: field.into(),
            comparison: Comparison::Equal,
            operand: Operand::Current(current.into()),
        }),
    ]
}

fn any_source() -> impl Strategy<Value = Source> {
    let by = prop_oneof![3 => Just("customer_id"), 1 => Just("card"), 1 => Just("cents")];
    let length = prop_oneof![
        Just(60),
        Just(3600),
        Just(DAY),
        Just(30 * DAY),
        Just(731 * DAY)
    ];
    let delay = prop_oneof![3 => Just(0), 1 => Just(1), 1 => Just(2 * DAY)];
    let conditions = prop_oneof![
        2 => Just(Vec::new()),
        1 => proptest::collection::vec(any_condition(), 1..3),
    ];
    let window =
        (by, length, delay, conditions).prop_map(|(by, length, delay, conditions)| Window {
            by: by.into(),
            length_seconds: u64::min(length, 731 * DAY - delay),
            delay_seconds: delay,
            conditions,
        });
    let statistic = prop_oneof![
        Just((Statistic::Count, "")),
        Just((Statistic::Sum, "amount")),
        Just((Statistic::Sum, "cents")),
        Just((Statistic::Mean, "amount")),
        Just((Statistic::Mean, "cents")),
        Just((Statistic::Minimum, "amount")),
        Just((Statistic::Maximum, "amount")),
        Just((Statistic::Maximum, "cents")),
        Just((Statistic::StandardDeviation, "amount")),
        Just((Statistic::StandardDeviation, "cents")),
        Just((Statistic::Distinct, "amount")),
        Just((Statistic::Distinct, "card")),
        Just((Statistic::Distinct, "cash")),
        Just((Statistic::Distinct, "booked")),
    ];
    const FIELDS: &[&str] = &["amount", "cents", "card", "booked", "cash", "customer_id"];
    prop_oneof![
        1 => prop::sample::select(FIELDS).prop_map(|it| Source::Field(field(it))),
        8 => (statistic, window.clone()).prop_map(|((statistic, field), window)| {
            aggregate(statistic, field, window)
        }),
        2 => (prop::sample::subsequence(FIELDS, 1..4), 1..20_u32, window).prop_map(
            |(fields, limit, window)| Source::Recent(Recent {
                fields: fields.into_iter().map(field).collect(),
                limit,
                window,
            })
        ),
    ]
}

fn any_plan() -> impl Strategy<Value = Plan> {
    proptest::collection::vec(any_source(), 1..5).prop_map(plan)
}

/// How a team's host goes on.
#[derive(Clone, Debug)]
struct Course {
    limits: InputLimits,
    /// Whether it says that the first transaction is the first of all.
    at_the_first: bool,
    /// When another rule is installed.
    install_at: prop::sample::Index,
    /// Whether what was there is inherited, or the host is started anew.
    inherit: bool,
    /// Of one in so many transactions the inputs are not asked for.
    pass_one_in: usize,
    /// Of one in so many transactions history cannot be read at first.
    fail_one_in: usize,
    /// Before one in so many transactions some others come that are not kept.
    lose_one_in: usize,
}

fn any_course() -> impl Strategy<Value = Course> {
    let lateness = prop_oneof![Just(0), Just(3600), Just(7 * DAY)];
    let memory = prop_oneof![3 => Just(usize::MAX), 1 => Just(0), 1 => Just(20_000_usize)];
    (
        lateness,
        memory,
        any::<bool>(),
        any::<prop::sample::Index>(),
        any::<bool>(),
        prop_oneof![Just(usize::MAX), Just(2), Just(5)],
        prop_oneof![Just(usize::MAX), Just(1), Just(3)],
        prop_oneof![Just(usize::MAX), Just(1), Just(4)],
    )
        .prop_map(
            |(
                lateness_seconds,
                memory_bytes,
                at_the_first,
                install_at,
                inherit,
                pass_one_in,
                fail_one_in,
                lose_one_in,
            )| Course {
                limits: InputLimits {
                    lateness_seconds,
                    memory_bytes,
                },
                at_the_first,
                install_at,
                inherit,
                pass_one_in,
                fail_one_in,
                lose_one_in,
            },
        )
}

/// Three later transactions come at a place already, two of which are observed, and none is kept.
fn lose(inputs: &mut Inputs, transactions: &[Transaction], place: usize) {
    let later = transactions[place..].iter().rev().take(3);
    let mut stored = transactions[..place].to_vec();
    stored.extend(later.cloned());
    let history = Stored::new(&stored, inputs);
    let mut batch = inputs.begin();
    for (number, lost) in stored.iter().enumerate().skip(place) {
        let sequence = number as u64;
        if number == place + 1 {
            inputs.pass(sequence, lost);
            continue;
        }
        let lists = Listed::default();
        let observed = inputs.observe(sequence, lost, &lists, &history, &mut batch);
        observed.expect("history is read");
    }
    stored[place..]
        .iter()
        .for_each(|lost| inputs.withdraw(lost));
}

fn check(first: &Plan, second: &Plan, transactions: &[Transaction], course: &Course) {
    let mut plans = vec![bound(first)];
    let mut inputs = Inputs::new(&plans, course.limits);
    if course.at_the_first {
        inputs.begin_at_the_first();
    }
    let mut batch = inputs.begin();
    let install_at = course.install_at.index(transactions.len());
    for (index, transaction) in transactions.iter().enumerate() {
        if index == install_at {
            plans.insert(0, bound(second));
            let mut next = Inputs::new(&plans, course.limits);
            if course.inherit {
                next.inherit(inputs);
            }
            inputs = next;
            batch = inputs.begin();
        }
        if (index + 1).is_multiple_of(course.lose_one_in) {
            lose(&mut inputs, transactions, index);
        }
        let history = Stored::new(transactions, &inputs);
        if (index + 1).is_multiple_of(course.pass_one_in) {
            inputs.pass(index as u64, transaction);
            continue;
        }
        let row = batch.count as usize;
        let mut observe = |history: &dyn History| {
            let lists = Listed::default();
            inputs.observe(index as u64, transaction, &lists, history, &mut batch)
        };
        let fails = (index + 1).is_multiple_of(course.fail_one_in);
        if !fails || observe(&Broken).is_err() {
            observe(&history).unwrap();
        }
        let past = &transactions[..=index];
        let first_plan = plans.len() - 1;
        let seen = shown(&inputs, &batch, first_plan, row);
        assert_eq!(seen, expected(first, past), "{index}: {first:#?}");
        if plans.len() > 1 {
            let seen = shown(&inputs, &batch, 0, row);
            assert_eq!(seen, expected(second, past), "{index}: {second:#?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn inputs_are_what_the_oracle_says(
        first in any_plan(),
        second in any_plan(),
        transactions in any_transactions(400),
        course in any_course(),
    ) {
        check(&first, &second, &transactions, &course);
    }
}

/// One customer with thousands of rows, for the summaries of many chunks.
#[test]
fn long_windows_agree_too() {
    let statistics = [
        (Statistic::Count, ""),
        (Statistic::Sum, "amount"),
        (Statistic::Minimum, "amount"),
        (Statistic::StandardDeviation, "cents"),
        (Statistic::Distinct, "cents"),
    ];
    let lengths = [DAY, 20 * DAY];
    let over = |(statistic, field)| lengths.map(|it| aggregate(statistic, field, by_customer(it)));
    let plan = plan(statistics.into_iter().flat_map(over).collect());
    let bound = [bound(&plan)];
    let schema = current_schema();
    let mut state = 1_u64;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    let transactions: Vec<Transaction> = (0..4000)
        .map(|index: i64| {
            // One in three is late, by up to some days, so that full chunks are filled and cut.
            let late = if random(3) == 0 { random(3 * DAY) } else { 0 } as i64;
            let amount = (random(1_000_000) as f64 - 300_000.0) / 100.0;
            let values = vec![
                float(amount),
                Value::Integer(random(50) as i64),
                Value::Text("".into()),
                moment(None),
                Value::Boolean(false),
            ];
            transaction(&schema, "c", index * 900 - late, values)
        })
        .collect();
    let mut inputs = Inputs::new(&bound, InputLimits::default());
    let history = Stored::new(&transactions, &inputs);
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
        if index % 97 == 0 {
            let expect = expected(&plan, &transactions[..=index]);
            assert_eq!(shown(&inputs, &batch, 0, 0), expect, "{index}");
        }
    }
}
