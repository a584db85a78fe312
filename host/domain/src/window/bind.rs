//! Checks a plan against a team's payload schema.

use super::bound::{BoundInput, BoundPlan, BoundSource, Entry, InputType, Reduction};
use super::fault::PlanFault;
use super::moments::Measured;
use super::value::{FieldKey, Literal, Test};
use crate::payload::{AdditionalFields, FieldType, PayloadSchema};
use crate::rule::{
    Aggregate, Comparison, Condition, Field, Membership, Operand, Plan, Recent, Source, Statistic,
    Window,
};

const ANY: &[FieldType] = &FieldType::ALL;
const NUMBER: &[FieldType] = &[FieldType::Float, FieldType::Integer];
const TEXT: &[FieldType] = &[FieldType::Text];
const KEY: &[FieldType] = &[FieldType::Text, FieldType::Integer];

impl BoundPlan {
    /// The limits that a plan exceeds, whatever the payload schema.
    pub fn limit_faults(plan: &Plan) -> Vec<PlanFault> {
        let nothing = PayloadSchema::new(1, Vec::new(), AdditionalFields::Reject, None);
        let faults = nothing.map(|schema| Self::bind(plan, &schema));
        let mut faults =
            faults.map_or_else(|_| Vec::new(), |bound| bound.err().unwrap_or_default());
        // What is missing is the schema's matter.
        faults.retain(|fault| !matches!(fault, PlanFault::Field { .. }));
        faults
    }

    /// Checks a plan against a payload schema; all faults are found.
    pub fn bind(plan: &Plan, schema: &PayloadSchema) -> Result<Self, Vec<PlanFault>> {
        let mut binder = Binder {
            schema,
            input: String::new(),
            faults: Vec::new(),
        };
        if plan.inputs.len() > Self::MAX_INPUTS {
            binder.faults.push(PlanFault::TooManyInputs {
                count: plan.inputs.len(),
            });
        }
        if plan.prepared.len() > Self::MAX_PREPARED_BYTES {
            binder.faults.push(PlanFault::PreparedTooLong {
                bytes: plan.prepared.len(),
            });
        }
        let mut inputs: Vec<BoundInput> = Vec::with_capacity(plan.inputs.len());
        // Past the cap nothing is looked at: a hostile plan costs no more than a long one.
        for (index, input) in plan.inputs.iter().take(Self::MAX_INPUTS).enumerate() {
            if input.name.trim().is_empty() {
                binder.faults.push(PlanFault::UnnamedInput { index });
            } else if plan.inputs[..index].iter().any(|it| it.name == input.name) {
                binder.faults.push(PlanFault::DuplicateInput {
                    input: input.name.clone(),
                });
            }
            binder.input.clone_from(&input.name);
            if let Some((source, input_type)) = binder.source(&input.source) {
                inputs.push(BoundInput {
                    name: input.name.clone(),
                    input_type,
                    source,
                });
            }
        }
        if binder.faults.is_empty() {
            Ok(Self { inputs })
        } else {
            Err(binder.faults)
        }
    }
}

/// Collects the faults of one plan. What answers `None` has reported why.
struct Binder<'s> {
    schema: &'s PayloadSchema,
    input: String,
    faults: Vec<PlanFault>,
}

impl Binder<'_> {
    fn source(&mut self, source: &Source) -> Option<(BoundSource, InputType)> {
        match source {
            Source::Field(Field { name, field_type }) => {
                let field = self.field(name, &[*field_type])?;
                let input_type = InputType::Column(field.field_type);
                Some((BoundSource::Field(field), input_type))
            }
            Source::Membership(Membership { field, list_name }) => {
                if list_name.is_empty() {
                    self.faults.push(PlanFault::UnnamedList {
                        input: self.input.clone(),
                    });
                }
                let field = self.field(field, TEXT)?;
                let list = list_name.clone();
                let input_type = InputType::Column(FieldType::Boolean);
                Some((BoundSource::Membership { field, list }, input_type))
            }
            Source::Aggregate(aggregate) => {
                let reduction = self.aggregate(aggregate);
                let input_type = match aggregate.statistic {
                    Statistic::Count | Statistic::Distinct => FieldType::Integer,
                    _ => FieldType::Float,
                };
                let source = self.window(&aggregate.window, reduction)?;
                Some((source, InputType::Column(input_type)))
            }
            Source::Recent(recent) => {
                let reduction = self.recent(recent);
                let types = match &reduction {
                    Some(Reduction::Recent { fields, .. }) => {
                        let of = |field: &FieldKey| (field.name.clone(), field.field_type);
                        fields.iter().map(of).collect()
                    }
                    _ => Vec::new(),
                };
                let source = self.window(&recent.window, reduction)?;
                Some((source, InputType::Rows(types)))
            }
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> Option<Reduction> {
        match (aggregate.statistic, Measured::of(aggregate.statistic)) {
            (_, Some(statistic)) => Some(Reduction::Measure {
                statistic,
                field: self.field(&aggregate.field, NUMBER)?,
            }),
            (Statistic::Distinct, None) => {
                Some(Reduction::Distinct(self.field(&aggregate.field, ANY)?))
            }
            (_, None) => Some(Reduction::Count),
        }
    }

    fn recent(&mut self, recent: &Recent) -> Option<Reduction> {
        let input = self.input.clone();
        let limit = recent.limit;
        if !(1..=BoundPlan::MAX_RECENT_ROWS).contains(&limit) {
            self.faults.push(PlanFault::RecentLimit { input, limit });
        }
        let count = recent.fields.len();
        if !(1..=BoundPlan::MAX_RECENT_FIELDS).contains(&count) {
            let input = self.input.clone();
            self.faults.push(PlanFault::RecentFields { input, count });
            return None;
        }
        let of = |it: &Field| self.field(&it.name, &[it.field_type]);
        let fields: Vec<_> = recent.fields.iter().map(of).collect();
        Some(Reduction::Recent {
            fields: fields.into_iter().collect::<Option<_>>()?,
            limit: limit as usize,
        })
    }

    fn window(&mut self, window: &Window, reduction: Option<Reduction>) -> Option<BoundSource> {
        let seconds = window.length_seconds.checked_add(window.delay_seconds);
        let input = self.input.clone();
        if window.length_seconds == 0 {
            self.faults.push(PlanFault::EmptyWindow { input });
        } else if seconds.is_none_or(|seconds| seconds > BoundPlan::MAX_WINDOW_SECONDS) {
            self.faults.push(PlanFault::WindowTooLong { input });
        }
        let by = self.field(&window.by, KEY);
        let count = window.conditions.len();
        if count > BoundPlan::MAX_CONDITIONS {
            let input = self.input.clone();
            self.faults
                .push(PlanFault::TooManyConditions { input, count });
            return None;
        }
        let (mut tests, mut joins) = (Vec::new(), Vec::new());
        for condition in &window.conditions {
            if let Operand::Current(current) = &condition.operand {
                joins.extend(self.join(condition, current));
            } else {
                tests.extend(self.test(condition));
            }
        }
        tests.sort();
        tests.dedup();
        joins.sort();
        joins.dedup();
        Some(BoundSource::Window {
            entry: Entry {
                by: by?,
                tests,
                joins,
            },
            length_seconds: window.length_seconds,
            delay_seconds: window.delay_seconds,
            reduction: reduction?,
        })
    }

    fn test(&mut self, condition: &Condition) -> Option<Test<FieldKey>> {
        let (types, literal): (_, _) = match &condition.operand {
            Operand::Text(text) => (TEXT, Literal::Text(text.clone())),
            Operand::Integer(integer) => (NUMBER, Literal::Integer(*integer)),
            Operand::Number(number) if number.is_nan() => {
                self.faults.push(PlanFault::NotANumber {
                    input: self.input.clone(),
                    field: condition.field.clone(),
                });
                return None;
            }
            Operand::Number(number) => (NUMBER, Literal::number(*number)),
            Operand::Boolean(truth) => (&[FieldType::Boolean][..], Literal::Boolean(*truth)),
            Operand::Time(moment) => (&[FieldType::DateTime][..], Literal::Time(*moment)),
            Operand::Current(_) => return None,
        };
        Some(Test {
            field: self.field(&condition.field, types)?,
            comparison: condition.comparison,
            literal,
        })
    }

    fn join(&mut self, condition: &Condition, current: &str) -> Option<(FieldKey, FieldKey)> {
        if condition.comparison != Comparison::Equal {
            self.faults.push(PlanFault::CurrentNotEqual {
                input: self.input.clone(),
                field: condition.field.clone(),
            });
        }
        let field = self.field(&condition.field, ANY);
        let current = self.field(current, ANY);
        let (field, current) = (field?, current?);
        let numbers = NUMBER.contains(&field.field_type) && NUMBER.contains(&current.field_type);
        if field.field_type != current.field_type && !numbers {
            self.faults.push(PlanFault::CurrentType {
                input: self.input.clone(),
                field: field.name,
                field_type: field.field_type,
                current: current.name,
                current_type: current.field_type,
            });
            return None;
        }
        Some((field, current))
    }

    fn field(&mut self, name: &str, types: &[FieldType]) -> Option<FieldKey> {
        match self.schema.find(name) {
            Some((_, field_type)) if types.contains(&field_type) => Some(FieldKey {
                name: name.to_owned(),
                field_type,
            }),
            found => {
                let fault = PlanFault::Field {
                    input: self.input.clone(),
                    field: name.to_owned(),
                    needed: types.to_vec(),
                    found: found.map(|(_, field_type)| field_type),
                };
                if !self.faults.contains(&fault) {
                    self.faults.push(fault);
                }
                None
            }
        }
    }
}
