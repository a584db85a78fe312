//! `vervet:plugin/rule@0.1.0`: its bindings, and what they are in the domain's words.

use domain::column;
use domain::payload::FieldType;
use domain::rule;
use domain::time::Timestamp;
use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store};

use crate::call::State;
use crate::contract::v0_1::{rule as wit, types as wit_types};
use crate::manifest::{Description, RuleDescription};
use crate::rule::verdict::{RawFinding, RawVerdict};

/// A component that fits the contract, ready to be instantiated.
#[derive(Clone)]
pub(crate) struct Prepared {
    component: InstancePre<State>,
    exports: wit::GuestIndices,
}

/// One instance.
pub(crate) use wit::Guest as Instance;

impl Prepared {
    pub(crate) fn new(component: InstancePre<State>) -> wasmtime::Result<Self> {
        let exports = wit::GuestIndices::new(&component)?;
        Ok(Self { component, exports })
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.component.engine()
    }

    pub(crate) fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Instance> {
        let instance = self.component.instantiate(&mut *store)?;
        self.exports.load(store, &instance)
    }
}

/// What the rule says of itself, unchecked.
pub(crate) fn describe(
    guest: &wit::Guest,
    store: &mut Store<State>,
) -> wasmtime::Result<RuleDescription> {
    let said = guest.call_describe(store)?;
    Ok(RuleDescription {
        common: Description {
            name: said.name,
            version: said.version,
            title: said.title,
            description: said.description,
            config_schema: said.config_schema,
        },
        alert_type: said.alert_type,
        severity: level(said.severity),
        priority: level(said.priority),
    })
}

/// The plan for a configuration, or what is wrong with it.
pub(crate) fn prepare(
    guest: &wit::Guest,
    store: &mut Store<State>,
    config: &str,
) -> wasmtime::Result<Result<rule::Plan, String>> {
    let said = guest.call_prepare(store, &config.to_owned())?;
    Ok(said.map(|plan| rule::Plan {
        inputs: plan.inputs.into_iter().map(input).collect(),
        prepared: plan.prepared,
    }))
}

/// What the rule says of a batch, unchecked.
pub(crate) fn evaluate<'v>(
    guest: &wit::Guest,
    store: &mut Store<State>,
    prepared: &[u8],
    count: u32,
    inputs: impl Iterator<Item = &'v column::Values>,
) -> wasmtime::Result<RawVerdict> {
    let inputs: Vec<&column::Values> = inputs.collect();
    let columns: Vec<Vec<wit_types::Column<'_>>> =
        inputs.iter().map(|values| row_columns(values)).collect();
    let values: Vec<wit::Values<'_>> = inputs
        .iter()
        .zip(&columns)
        .map(|(values, columns)| match values {
            column::Values::Column(column) => wit::Values::Column(lend(column)),
            column::Values::Rows(rows) => wit::Values::Rows(wit::Rows {
                ends: &rows.ends,
                columns,
            }),
        })
        .collect();
    let said = guest.call_evaluate(store, prepared, count, &values)?;
    let finding = |said: wit::Finding| RawFinding {
        row: said.row,
        title: said.title,
        severity: said.severity.map(level),
        priority: said.priority.map(level),
        score: said.score,
        labels: said.labels,
        info: said.info,
    };
    Ok(RawVerdict {
        findings: said.findings.into_iter().map(finding).collect(),
        failures: said
            .failures
            .into_iter()
            .map(|failure| rule::RowFailure {
                row: failure.row,
                reason: failure.reason,
            })
            .collect(),
    })
}

/// The columns of a `recent` input; none of a plain one.
fn row_columns(values: &column::Values) -> Vec<wit_types::Column<'_>> {
    match values {
        column::Values::Column(_) => Vec::new(),
        column::Values::Rows(rows) => rows.columns.iter().map(lend).collect(),
    }
}

fn lend(column: &column::Column) -> wit_types::Column<'_> {
    match column {
        column::Column::Texts(texts) => wit_types::Column::Texts(wit_types::Texts {
            bytes: &texts.bytes,
            ends: &texts.ends,
        }),
        column::Column::Floats(values) => wit_types::Column::Floats(values),
        column::Column::Integers(values) => wit_types::Column::Integers(values),
        column::Column::Booleans(values) => wit_types::Column::Booleans(values),
        column::Column::Times(values) => wit_types::Column::Times(values),
    }
}

fn level(level: wit_types::Level) -> rule::Level {
    match level {
        wit_types::Level::Low => rule::Level::Low,
        wit_types::Level::Medium => rule::Level::Medium,
        wit_types::Level::High => rule::Level::High,
    }
}

fn input(said: wit::Input) -> rule::Input {
    let source = match said.source {
        wit::Source::Field(said) => rule::Source::Field(field(said)),
        wit::Source::Aggregate(said) => rule::Source::Aggregate(rule::Aggregate {
            statistic: statistic(said.statistic),
            field: said.field,
            window: window(said.window),
        }),
        wit::Source::Recent(said) => rule::Source::Recent(rule::Recent {
            fields: said.fields.into_iter().map(field).collect(),
            limit: said.limit,
            window: window(said.window),
        }),
        wit::Source::Membership(said) => rule::Source::Membership(rule::Membership {
            field: said.field,
            list_name: said.list_name,
        }),
    };
    rule::Input {
        name: said.name,
        source,
    }
}

fn field(said: wit::Field) -> rule::Field {
    rule::Field {
        name: said.name,
        field_type: match said.field_type {
            wit::FieldType::Text => FieldType::Text,
            wit::FieldType::Float => FieldType::Float,
            wit::FieldType::Integer => FieldType::Integer,
            wit::FieldType::Boolean => FieldType::Boolean,
            wit::FieldType::Time => FieldType::DateTime,
        },
    }
}

fn window(said: wit::Window) -> rule::Window {
    rule::Window {
        by: said.by,
        length_seconds: said.length_seconds,
        delay_seconds: said.delay_seconds,
        conditions: said
            .conditions
            .into_iter()
            .map(|said| rule::Condition {
                field: said.field,
                comparison: comparison(said.comparison),
                operand: operand(said.operand),
            })
            .collect(),
    }
}

fn operand(said: wit::Operand) -> rule::Operand {
    match said {
        wit::Operand::Text(text) => rule::Operand::Text(text),
        wit::Operand::Number(number) => rule::Operand::Number(number),
        wit::Operand::Integer(integer) => rule::Operand::Integer(integer),
        wit::Operand::Boolean(truth) => rule::Operand::Boolean(truth),
        wit::Operand::Time(micros) => rule::Operand::Time(Timestamp::from_micros(micros)),
        wit::Operand::Current(field) => rule::Operand::Current(field),
    }
}

fn comparison(said: wit::Comparison) -> rule::Comparison {
    match said {
        wit::Comparison::Equal => rule::Comparison::Equal,
        wit::Comparison::NotEqual => rule::Comparison::NotEqual,
        wit::Comparison::Less => rule::Comparison::Less,
        wit::Comparison::LessOrEqual => rule::Comparison::LessOrEqual,
        wit::Comparison::Greater => rule::Comparison::Greater,
        wit::Comparison::GreaterOrEqual => rule::Comparison::GreaterOrEqual,
    }
}

fn statistic(said: wit::Statistic) -> rule::Statistic {
    match said {
        wit::Statistic::Count => rule::Statistic::Count,
        wit::Statistic::Sum => rule::Statistic::Sum,
        wit::Statistic::Mean => rule::Statistic::Mean,
        wit::Statistic::Minimum => rule::Statistic::Minimum,
        wit::Statistic::Maximum => rule::Statistic::Maximum,
        wit::Statistic::StandardDeviation => rule::Statistic::StandardDeviation,
        wit::Statistic::Distinct => rule::Statistic::Distinct,
    }
}
