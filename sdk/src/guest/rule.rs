//! The world `rule-plugin`.

use std::marker::PhantomData;

use self::bindings::exports::vervet::plugin::rule as contract;
use self::bindings::vervet::plugin::types;
use crate::plan::{
    Comparison, Condition, Field, FieldType, Input, Operand, Source, Statistic, Window,
};
use crate::row::{TextColumn, Values};
use crate::{Level, Rule};

#[allow(missing_docs, unreachable_pub)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "rule-plugin",
        pub_export_macro: true,
        export_macro_name: "export_rule_plugin",
        default_bindings_module: "::vervet_sdk::guest::rule::bindings",
    });
}

/// Answers the host for the rule `R`.
pub struct Plugin<R>(PhantomData<R>);

impl<R: Rule + 'static> contract::Guest for Plugin<R> {
    fn describe() -> contract::Manifest {
        let manifest = R::MANIFEST;
        contract::Manifest {
            name: manifest.name.to_owned(),
            version: manifest.version.to_owned(),
            title: manifest.title.to_owned(),
            description: manifest.description.to_owned(),
            config_schema: crate::config_schema::<R::Config>(),
            alert_type: manifest.alert_type.to_owned(),
            severity: level(manifest.severity),
            priority: level(manifest.priority),
        }
    }

    /// The configuration itself is what `evaluate` gets: reading a short JSON text costs
    /// less than an instance, and it asks nothing more of the author's type.
    fn prepare(config: String) -> Result<contract::Plan, String> {
        let read: R::Config = crate::read_config(&config)?;
        Ok(contract::Plan {
            inputs: R::plan(&read)?.into_iter().map(input).collect(),
            prepared: config.into_bytes(),
        })
    }

    fn evaluate(prepared: Vec<u8>, count: u32, inputs: Vec<contract::Values>) -> contract::Verdict {
        let verdict = read_prepared::<R>(&prepared).and_then(|config| {
            let inputs: Vec<_> = inputs.iter().map(values).collect::<Result<_, _>>()?;
            Ok(crate::rule::judge::<R>(&config, count, &inputs))
        });
        match verdict {
            Ok(verdict) => contract::Verdict {
                findings: verdict.findings.into_iter().map(finding).collect(),
                failures: verdict
                    .failures
                    .into_iter()
                    .map(|(row, reason)| contract::Failure { row, reason })
                    .collect(),
            },
            Err(reason) => contract::Verdict {
                findings: Vec::new(),
                failures: (0..count)
                    .map(|row| contract::Failure {
                        row,
                        reason: reason.clone(),
                    })
                    .collect(),
            },
        }
    }
}

fn read_prepared<R: Rule>(prepared: &[u8]) -> Result<R::Config, String> {
    let json = std::str::from_utf8(prepared).map_err(|_| "the configuration is not UTF-8")?;
    crate::read_config(json)
}

fn level(level: Level) -> types::Level {
    match level {
        Level::Low => types::Level::Low,
        Level::Medium => types::Level::Medium,
        Level::High => types::Level::High,
    }
}

fn input(input: Input) -> contract::Input {
    contract::Input {
        name: input.name,
        source: match input.source {
            Source::Field(of) => contract::Source::Field(field(of)),
            Source::Aggregate {
                statistic,
                field,
                window: over,
            } => contract::Source::Aggregate(contract::Aggregate {
                statistic: match statistic {
                    Statistic::Count => contract::Statistic::Count,
                    Statistic::Sum => contract::Statistic::Sum,
                    Statistic::Mean => contract::Statistic::Mean,
                    Statistic::Minimum => contract::Statistic::Minimum,
                    Statistic::Maximum => contract::Statistic::Maximum,
                    Statistic::StandardDeviation => contract::Statistic::StandardDeviation,
                    Statistic::Distinct => contract::Statistic::Distinct,
                },
                field,
                window: window(over),
            }),
            Source::Recent {
                fields,
                limit,
                window: over,
            } => contract::Source::Recent(contract::Recent {
                fields: fields.into_iter().map(field).collect(),
                limit,
                window: window(over),
            }),
            Source::InList { field, list } => contract::Source::Membership(contract::Membership {
                field,
                list_name: list,
            }),
        },
    }
}

fn field(field: Field) -> contract::Field {
    contract::Field {
        name: field.name,
        field_type: match field.field_type {
            FieldType::Text => contract::FieldType::Text,
            FieldType::Float => contract::FieldType::Float,
            FieldType::Integer => contract::FieldType::Integer,
            FieldType::Boolean => contract::FieldType::Boolean,
            FieldType::Time => contract::FieldType::Time,
        },
    }
}

fn window(window: Window) -> contract::Window {
    contract::Window {
        by: window.by,
        length_seconds: window.length_seconds,
        delay_seconds: window.delay_seconds,
        conditions: window.conditions.into_iter().map(condition).collect(),
    }
}

fn condition(condition: Condition) -> contract::Condition {
    contract::Condition {
        field: condition.field,
        comparison: match condition.comparison {
            Comparison::Equal => contract::Comparison::Equal,
            Comparison::NotEqual => contract::Comparison::NotEqual,
            Comparison::Less => contract::Comparison::Less,
            Comparison::LessOrEqual => contract::Comparison::LessOrEqual,
            Comparison::Greater => contract::Comparison::Greater,
            Comparison::GreaterOrEqual => contract::Comparison::GreaterOrEqual,
        },
        operand: match condition.operand {
            Operand::Text(text) => contract::Operand::Text(text),
            Operand::Number(number) => contract::Operand::Number(number),
            Operand::Integer(integer) => contract::Operand::Integer(integer),
            Operand::Boolean(boolean) => contract::Operand::Boolean(boolean),
            Operand::Time(moment) => contract::Operand::Time(moment.as_micros()),
            Operand::Current(field) => contract::Operand::Current(field),
        },
    }
}

fn values(values: &contract::Values) -> Result<Values<'_>, String> {
    match values {
        contract::Values::Column(of) => column(of),
        contract::Values::Rows(rows) => Ok(Values::Rows {
            ends: &rows.ends,
            columns: rows.columns.iter().map(column).collect::<Result<_, _>>()?,
        }),
    }
}

fn column(column: &types::Column) -> Result<Values<'_>, String> {
    Ok(match column {
        types::Column::Texts(texts) => Values::Texts(TextColumn::new(&texts.bytes, &texts.ends)?),
        types::Column::Floats(values) => Values::Floats(values),
        types::Column::Integers(values) => Values::Integers(values),
        types::Column::Booleans(values) => Values::Booleans(values),
        types::Column::Times(values) => Values::Times(values),
    })
}

fn finding((row, finding): (u32, crate::Finding)) -> contract::Finding {
    contract::Finding {
        row,
        title: finding.title,
        severity: finding.severity.map(level),
        priority: finding.priority.map(level),
        score: finding.score,
        labels: finding.labels,
        info: serde_json::Value::Object(finding.info).to_string(),
    }
}
