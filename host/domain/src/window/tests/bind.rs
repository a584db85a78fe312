//! What is refused at install.

use super::world::{DAY, aggregate, by_customer, current_schema, field, plan};
use crate::payload::FieldType;
use crate::rule::{
    Comparison, Condition, Field, Membership, Operand, Plan, Recent, Source, Statistic,
};
use crate::window::{BoundPlan, InputType, PlanPrice};

fn check(plan: &Plan, expect: &[&str]) {
    let faults = BoundPlan::bind(plan, &current_schema()).map_or_else(
        |faults| faults.iter().map(ToString::to_string).collect(),
        |_| Vec::new(),
    );
    assert_eq!(faults, expect);
}

fn under(field: &str, comparison: Comparison, operand: Operand) -> Plan {
    let mut window = by_customer(1);
    window.conditions.push(Condition {
        field: field.into(),
        comparison,
        operand,
    });
    plan(vec![aggregate(Statistic::Count, "", window)])
}

fn field_as(name: &str, field_type: FieldType) -> Field {
    let name = name.to_owned();
    Field { name, field_type }
}

#[test]
fn a_plan_that_fits_says_what_its_inputs_are() {
    let listed = |list: &str| {
        Source::Membership(Membership {
            field: "card".into(),
            list_name: list.into(),
        })
    };
    let plan = plan(vec![
        Source::Field(field("cents")),
        aggregate(Statistic::Sum, "cents", by_customer(731 * DAY)),
        aggregate(Statistic::Distinct, "booked", by_customer(1)),
        Source::Recent(Recent {
            fields: vec![field("card"), field("txn_id")],
            limit: 1000,
            window: by_customer(1),
        }),
        listed("stolen"),
        listed("lost"),
    ]);
    let bound = BoundPlan::bind(&plan, &current_schema()).unwrap();
    let types: Vec<_> = bound
        .inputs()
        .iter()
        .map(|it| it.input_type().clone())
        .collect();
    let rows = [("card", FieldType::Text), ("txn_id", FieldType::Text)];
    assert_eq!(
        types,
        [
            InputType::Column(FieldType::Integer),
            InputType::Column(FieldType::Float),
            InputType::Column(FieldType::Integer),
            InputType::Rows(rows.map(|(name, it)| (name.to_owned(), it)).to_vec()),
            InputType::Column(FieldType::Boolean),
            InputType::Column(FieldType::Boolean),
        ]
    );
    assert_eq!(bound.inputs()[0].name(), "input0");
    assert_eq!(
        bound.lists().into_iter().collect::<Vec<_>>(),
        ["lost", "stolen"]
    );
}

#[test]
fn fields_must_be_there_and_of_a_type_that_serves() {
    check(
        &plan(vec![
            aggregate(Statistic::Sum, "card", by_customer(1)),
            Source::Field(field_as("colour", FieldType::Text)),
        ]),
        &[
            "needs field 'card' as float or integer for its input 'input0'; the payload schema has it as string",
            "needs field 'colour' as string for its input 'input1'; the payload schema has no such field",
        ],
    );
    let mut window = by_customer(1);
    window.by = "amount".into();
    check(
        &plan(vec![aggregate(Statistic::Count, "nothing", window)]),
        &[
            "needs field 'amount' as string or integer for its input 'input0'; the payload schema has it as float",
        ],
    );
    check(
        &plan(vec![Source::Membership(Membership {
            field: "cents".into(),
            list_name: String::new(),
        })]),
        &[
            "names no list for its input 'input0'",
            "needs field 'cents' as string for its input 'input0'; the payload schema has it as integer",
        ],
    );
}

#[test]
fn fields_must_have_the_type_that_the_rule_reads() {
    check(
        &plan(vec![
            Source::Field(field_as("card", FieldType::Float)),
            Source::Field(field_as("cents", FieldType::Float)),
            Source::Field(field_as("amount", FieldType::Integer)),
            Source::Field(field_as("date_time", FieldType::Text)),
            Source::Field(field_as("cash", FieldType::Boolean)),
        ]),
        &[
            "needs field 'card' as float for its input 'input0'; the payload schema has it as string",
            "needs field 'cents' as float for its input 'input1'; the payload schema has it as integer",
            "needs field 'amount' as integer for its input 'input2'; the payload schema has it as float",
            "needs field 'date_time' as string for its input 'input3'; the payload schema has it as date_time",
        ],
    );
    check(
        &plan(vec![Source::Recent(Recent {
            fields: vec![field("card"), field_as("booked", FieldType::Boolean)],
            limit: 10,
            window: by_customer(1),
        })]),
        &[
            "needs field 'booked' as boolean for its input 'input0'; the payload schema has it as date_time",
        ],
    );
}

#[test]
fn conditions_must_make_sense() {
    check(&under("amount", Comparison::Less, Operand::Integer(1)), &[]);
    check(&under("cents", Comparison::Less, Operand::Number(1.5)), &[]);
    check(
        &under(
            "cents",
            Comparison::Equal,
            Operand::Current("amount".into()),
        ),
        &[],
    );
    check(
        &under("cents", Comparison::Less, Operand::Text("1".into())),
        &[
            "needs field 'cents' as string for its input 'input0'; the payload schema has it as integer",
        ],
    );
    check(
        &under("amount", Comparison::Less, Operand::Number(f64::NAN)),
        &["compares field 'amount' with NaN, which nothing equals, for its input 'input0'"],
    );
    check(
        &under(
            "card",
            Comparison::NotEqual,
            Operand::Current("card".into()),
        ),
        &[
            "compares field 'card' with a field of the current transaction for its input 'input0'; that can only be asked to be equal",
        ],
    );
    check(
        &under("card", Comparison::Equal, Operand::Current("cents".into())),
        &[
            "compares field 'card', which is string, with the current transaction's 'cents', which is integer, for its input 'input0'",
        ],
    );
}

#[test]
fn caps_hold() {
    let count = |length, delay| {
        let mut window = by_customer(length);
        window.delay_seconds = delay;
        plan(vec![aggregate(Statistic::Count, "", window)])
    };
    check(&count(730 * DAY, DAY), &[]);
    let too_long = "asks for a window that reaches back more than two years for its input 'input0', delay included";
    check(&count(731 * DAY, 1), &[too_long]);
    check(&count(u64::MAX, u64::MAX), &[too_long]);
    check(
        &count(0, 0),
        &["asks for a window of no length for its input 'input0'; the least is one second"],
    );
    let recent = |limit, fields: usize| {
        plan(vec![Source::Recent(Recent {
            fields: vec![field("card"); fields],
            limit,
            window: by_customer(1),
        })])
    };
    check(
        &recent(1001, 1),
        &["asks for 1001 recent rows for its input 'input0'; it may ask for 1 to 1000"],
    );
    check(
        &recent(0, 0),
        &[
            "asks for 0 recent rows for its input 'input0'; it may ask for 1 to 1000",
            "asks for 0 fields of recent rows for its input 'input0'; it may ask for 1 to 64",
        ],
    );
    let mut many = under("card", Comparison::Equal, Operand::Text("a".into()));
    if let Source::Aggregate(aggregate) = &mut many.inputs[0].source {
        aggregate.window.conditions = vec![aggregate.window.conditions[0].clone(); 17];
    }
    check(
        &many,
        &["sets 17 conditions on the window of its input 'input0'; at most 16 are allowed"],
    );
    let mut large = plan(vec![Source::Field(field("card")); 65]);
    large.prepared = vec![0; 65_537];
    check(
        &large,
        &[
            "asks for 65 inputs; at most 64 are computed for a rule",
            "prepares 65537 bytes of its configuration; at most 65536 are kept",
        ],
    );
    let mut named = plan(vec![Source::Field(field("card")); 3]);
    named.inputs[1].name = "input0".into();
    named.inputs[2].name = " ".into();
    check(
        &named,
        &[
            "names two inputs 'input0'; each needs a name of its own, by which evidence shows it",
            "gives its input 3 no name",
        ],
    );
}

#[test]
fn inputs_have_a_price() {
    let by = |field: &str, days: u64| {
        let mut window = by_customer(days * DAY);
        window.by = field.into();
        window
    };
    let recent = |limit| {
        Source::Recent(Recent {
            fields: vec![field("card"), field("txn_id")],
            limit,
            window: by_customer(1),
        })
    };
    let price = |sources: Vec<Source>| plan(sources).price().total;
    let distinct = |window| aggregate(Statistic::Distinct, "booked", window);
    assert_eq!(price(vec![]), 0);
    assert_eq!(price(vec![Source::Field(field("cents"))]), 1);
    let sum = || aggregate(Statistic::Sum, "cents", by_customer(731 * DAY));
    assert_eq!(price(vec![sum()]), 2);
    assert_eq!(price(vec![sum(), sum(), sum()]), 2, "it is computed once");
    assert_eq!(price(vec![recent(1)]), 2 + 1);
    assert_eq!(price(vec![recent(1_000)]), 2 + 40);
    assert_eq!(price(vec![distinct(by_customer(731 * DAY))]), 2 + 74);
    assert_eq!(price(vec![distinct(by("card", 30))]), 2 + 30);
}

#[test]
fn a_plan_that_is_too_expensive_says_what_costs_what() {
    let input = |number: u64| {
        let mut window = by_customer((730 - number) * DAY);
        window.by = "card".into();
        aggregate(Statistic::Distinct, "cents", window)
    };
    let plan = plan((0..64).map(input).collect());
    let expensive = plan.check_price(PlanPrice::MAX).unwrap_err();
    let text = expensive.to_string();
    let begin = "has inputs that cost 44832 units for a transaction, and may have inputs that cost 5000: \
                 'input0' 732 (distinct values by 'card' over 730 days), 'input1' 731 (";
    assert!(text.starts_with(begin), "{text}");
    assert!(text.contains(", 59 others "), "{text}");
    assert_eq!(plan.check_price(44_832), Ok(()));
}
