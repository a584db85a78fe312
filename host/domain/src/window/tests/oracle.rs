//! The inputs of a transaction, by looking at every earlier one.

use std::cmp::Ordering;

use crate::column::{Cell, Evidence};
use crate::payload::{FieldType, Transaction, Value};
use crate::rule::{Comparison, Condition, Operand, Plan, Source, Statistic, Window};
use crate::window::exact::{Squares, Sum, standard_deviation};
use crate::window::tests::world::current_schema;

/// What the plan's inputs are for the last of these transactions.
pub(super) fn expected(plan: &Plan, transactions: &[Transaction]) -> Vec<String> {
    let (current, past) = transactions.split_last().unwrap();
    let of = |source: &Source| match source {
        Source::Field(field) => Evidence::Cell(cell(current, &field.name)),
        Source::Membership(_) => panic!("the oracle knows no lists"),
        Source::Aggregate(aggregate) => {
            let rows = rows(&aggregate.window, current, past);
            Evidence::Cell(reduce(aggregate.statistic, &aggregate.field, &rows))
        }
        Source::Recent(recent) => {
            let mut rows = rows(&recent.window, current, past);
            // Stable: of equal times the later sequence comes first.
            rows.reverse();
            rows.sort_by_key(|row| std::cmp::Reverse(row.date_time));
            rows.truncate(recent.limit as usize);
            let fields = &recent.fields;
            let cells = |row: &&Transaction| fields.iter().map(|it| cell(row, &it.name)).collect();
            Evidence::Rows(rows.iter().map(cells).collect())
        }
    };
    let inputs = plan.inputs.iter();
    inputs
        .map(|input| format!("{:?}", of(&input.source)))
        .collect()
}

/// A field's value, where the transaction's schema has it in the type that plans are bound to.
fn value(transaction: &Transaction, name: &str) -> Option<Value> {
    let (_, wanted) = current_schema().find(name).unwrap();
    match name {
        "customer_id" => Some(Value::Text(transaction.customer_id.as_str().into())),
        "txn_id" => Some(Value::Text(transaction.txn_id.as_str().into())),
        _ => {
            let fields = transaction.schema.fields();
            let index = fields
                .iter()
                .position(|it| it.name == name && it.field_type == wanted)?;
            Some(transaction.values[index].clone())
        }
    }
}

fn cell(transaction: &Transaction, name: &str) -> Cell {
    let (_, wanted) = current_schema().find(name).unwrap();
    match value(transaction, name).unwrap_or(Value::unknown(wanted)) {
        Value::Float(float) => Cell::Float(float.number),
        Value::Integer(integer) => Cell::Integer(integer),
        Value::DateTime(moment) => Cell::Time(moment.at),
        Value::Text(text) => Cell::Text(text.into()),
        Value::Boolean(truth) => Cell::Boolean(truth),
    }
}

fn rows<'t>(
    window: &Window,
    current: &Transaction,
    past: &'t [Transaction],
) -> Vec<&'t Transaction> {
    let to = current.date_time.minus_seconds(window.delay_seconds);
    let from = to.minus_seconds(window.length_seconds);
    let Some(by) = value(current, &window.by) else {
        return Vec::new();
    };
    if by == Value::unknown(by.field_type()) {
        return Vec::new();
    }
    past.iter()
        .filter(|row| from < row.date_time && row.date_time <= to)
        .filter(|row| value(row, &window.by).as_ref() == Some(&by))
        .filter(|row| window.conditions.iter().all(|it| meets(row, it, current)))
        .collect()
}

fn meets(row: &Transaction, condition: &Condition, current: &Transaction) -> bool {
    let operand = match &condition.operand {
        Operand::Text(text) => Some(Value::Text(text.as_str().into())),
        Operand::Number(number) => Some(super::world::float(*number)),
        Operand::Integer(integer) => Some(Value::Integer(*integer)),
        Operand::Boolean(truth) => Some(Value::Boolean(*truth)),
        Operand::Time(at) => Some(super::world::moment(Some(at.as_micros()))),
        Operand::Current(field) => value(current, field),
    };
    let (Some(left), Some(right)) = (value(row, &condition.field), operand) else {
        return false;
    };
    let order = match (&left, &right) {
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Boolean(left), Value::Boolean(right)) => left.cmp(right),
        (Value::DateTime(left), Value::DateTime(right)) => match (left.at, right.at) {
            (Some(left), Some(right)) => left.cmp(&right),
            (None, None) => Ordering::Equal,
            _ => return false,
        },
        (left, right) => exactly(left).cmp(&exactly(right)),
    };
    match condition.comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

/// A number in units of 2^-1074.
fn exactly(value: &Value) -> num_bigint::BigInt {
    match value {
        Value::Float(float) => crate::window::exact::tests::units(float.number),
        Value::Integer(integer) => num_bigint::BigInt::from(*integer) << 1074,
        other => panic!("{other:?} is no number"),
    }
}

fn reduce(statistic: Statistic, field: &str, rows: &[&Transaction]) -> Cell {
    let values = || rows.iter().filter_map(|row| value(row, field));
    match statistic {
        Statistic::Count => return Cell::Integer(rows.len() as i64),
        Statistic::Distinct => {
            let known = values().filter(|it| {
                *it != Value::unknown(it.field_type()) || it.field_type() == FieldType::Boolean
            });
            let mut seen: Vec<Value> = Vec::new();
            for value in known {
                if !seen.contains(&value) {
                    seen.push(value);
                }
            }
            return Cell::Integer(seen.len() as i64);
        }
        _ => {}
    }
    let (mut sum, mut squares, mut numbers) = (Sum::default(), Squares::default(), Vec::new());
    for value in values() {
        match value {
            Value::Float(float) => {
                sum.add_float(float.number);
                squares.add_float(float.number);
                numbers.push(float.number + 0.0);
            }
            Value::Integer(integer) => {
                sum.add_integer(integer);
                squares.add_integer(integer);
                numbers.push(integer as f64);
            }
            other => panic!("{other:?} is no number"),
        }
    }
    let count = numbers.len() as u64;
    Cell::Float(match statistic {
        Statistic::Sum => sum.to_f64(),
        _ if count == 0 => f64::NAN,
        Statistic::Mean => sum.divided_by(count),
        Statistic::Minimum => numbers.iter().copied().fold(f64::INFINITY, f64::min),
        Statistic::Maximum => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        _ => standard_deviation(count, &sum, &squares),
    })
}
