//! Plans as the host reads them.

use domain::payload::FieldType as HostType;
use domain::rule as host;
use domain::time::Timestamp;

use crate::plan::{
    Comparison, Condition, Field, FieldType, Input, Operand, Source, Statistic, Window,
};

/// The plan, with the host's types.
pub(super) fn to_host(inputs: Vec<Input>) -> host::Plan {
    host::Plan {
        inputs: inputs
            .into_iter()
            .map(|input| host::Input {
                name: input.name,
                source: source(input.source),
            })
            .collect(),
        prepared: Vec::new(),
    }
}

fn source(source: Source) -> host::Source {
    match source {
        Source::Field(of) => host::Source::Field(field(of)),
        Source::Aggregate {
            statistic,
            field,
            window: over,
        } => host::Source::Aggregate(host::Aggregate {
            statistic: match statistic {
                Statistic::Count => host::Statistic::Count,
                Statistic::Sum => host::Statistic::Sum,
                Statistic::Mean => host::Statistic::Mean,
                Statistic::Minimum => host::Statistic::Minimum,
                Statistic::Maximum => host::Statistic::Maximum,
                Statistic::StandardDeviation => host::Statistic::StandardDeviation,
                Statistic::Distinct => host::Statistic::Distinct,
            },
            field,
            window: window(over),
        }),
        Source::Recent {
            fields,
            limit,
            window: over,
        } => host::Source::Recent(host::Recent {
            fields: fields.into_iter().map(field).collect(),
            limit,
            window: window(over),
        }),
        Source::InList { field, list } => host::Source::Membership(host::Membership {
            field,
            list_name: list,
        }),
    }
}

fn field(field: Field) -> host::Field {
    host::Field {
        name: field.name,
        field_type: match field.field_type {
            FieldType::Text => HostType::Text,
            FieldType::Float => HostType::Float,
            FieldType::Integer => HostType::Integer,
            FieldType::Boolean => HostType::Boolean,
            FieldType::Time => HostType::DateTime,
        },
    }
}

fn window(window: Window) -> host::Window {
    host::Window {
        by: window.by,
        length_seconds: window.length_seconds,
        delay_seconds: window.delay_seconds,
        conditions: window.conditions.into_iter().map(condition).collect(),
    }
}

fn condition(condition: Condition) -> host::Condition {
    host::Condition {
        field: condition.field,
        comparison: match condition.comparison {
            Comparison::Equal => host::Comparison::Equal,
            Comparison::NotEqual => host::Comparison::NotEqual,
            Comparison::Less => host::Comparison::Less,
            Comparison::LessOrEqual => host::Comparison::LessOrEqual,
            Comparison::Greater => host::Comparison::Greater,
            Comparison::GreaterOrEqual => host::Comparison::GreaterOrEqual,
        },
        operand: match condition.operand {
            Operand::Text(text) => host::Operand::Text(text),
            Operand::Number(number) => host::Operand::Number(number),
            Operand::Integer(integer) => host::Operand::Integer(integer),
            Operand::Boolean(boolean) => host::Operand::Boolean(boolean),
            Operand::Time(moment) => {
                host::Operand::Time(Timestamp::from_micros(moment.as_micros()))
            }
            Operand::Current(field) => host::Operand::Current(field),
        },
    }
}
