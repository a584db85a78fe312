//! A plan that was checked against a team's payload schema.

use std::collections::BTreeSet;

use super::moments::Measured;
use super::value::{FieldKey, Test};
use crate::payload::FieldType;

/// A plan that fits a team's payload schema and keeps to all caps.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundPlan {
    pub(super) inputs: Vec<BoundInput>,
}

/// One input of a [`BoundPlan`].
#[derive(Clone, Debug, PartialEq)]
pub struct BoundInput {
    pub(super) name: String,
    pub(super) input_type: InputType,
    pub(super) source: BoundSource,
}

/// What the values of an input are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputType {
    /// One value for each transaction.
    Column(FieldType),
    /// Rows for each transaction: the name and type of each of their fields.
    Rows(Vec<(String, FieldType)>),
}

/// Where an input's values come from. Equal sources have equal values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum BoundSource {
    Field(FieldKey),
    Membership {
        field: FieldKey,
        list: String,
    },
    Window {
        entry: Entry,
        length_seconds: u64,
        delay_seconds: u64,
        reduction: Reduction,
    },
}

/// Which transactions enter a window, and under which key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    pub(super) by: FieldKey,
    /// What a transaction must meet by itself; sorted, each once.
    pub(super) tests: Vec<Test<FieldKey>>,
    /// The field of the one that enters, and that of the current transaction which must equal it; sorted, each once.
    pub(super) joins: Vec<(FieldKey, FieldKey)>,
}

/// What is made of a window's transactions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reduction {
    Count,
    Measure {
        statistic: Measured,
        field: FieldKey,
    },
    Distinct(FieldKey),
    Recent {
        fields: Vec<FieldKey>,
        limit: usize,
    },
}

impl BoundPlan {
    /// The most inputs of a plan.
    pub const MAX_INPUTS: usize = 64;
    /// The most bytes of a prepared configuration.
    pub const MAX_PREPARED_BYTES: usize = 64 << 10;
    /// How far back a window may reach, its delay included: two years, one of them a leap year.
    pub const MAX_WINDOW_SECONDS: u64 = 731 * 86_400;
    /// The most conditions of a window.
    pub const MAX_CONDITIONS: usize = 16;
    /// The most rows of a `recent` input.
    pub const MAX_RECENT_ROWS: u32 = 1_000;
    /// The most fields of a `recent` input.
    pub const MAX_RECENT_FIELDS: usize = 64;

    /// The inputs, in the order in which the rule gets them.
    pub fn inputs(&self) -> &[BoundInput] {
        &self.inputs
    }

    /// The names of the fields that it reads, each once.
    pub fn fields(&self) -> BTreeSet<&str> {
        let mut fields = BTreeSet::new();
        for input in &self.inputs {
            input.source.visit_fields(&mut |field| {
                fields.insert(field.name.as_str());
            });
        }
        fields
    }

    /// The names of the lists that it reads, each once.
    pub fn lists(&self) -> BTreeSet<&str> {
        self.inputs.iter().filter_map(BoundInput::list).collect()
    }
}

impl BoundSource {
    fn visit_fields<'s>(&'s self, visit: &mut dyn FnMut(&'s FieldKey)) {
        match self {
            Self::Field(field) | Self::Membership { field, .. } => visit(field),
            Self::Window {
                entry, reduction, ..
            } => {
                visit(&entry.by);
                entry.tests.iter().for_each(|test| visit(&test.field));
                for (entering, current) in &entry.joins {
                    visit(entering);
                    visit(current);
                }
                match reduction {
                    Reduction::Count => {}
                    Reduction::Measure { field, .. } | Reduction::Distinct(field) => visit(field),
                    Reduction::Recent { fields, .. } => fields.iter().for_each(visit),
                }
            }
        }
    }
}

impl BoundInput {
    /// What the evidence on an alert calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its values are.
    pub fn input_type(&self) -> &InputType {
        &self.input_type
    }

    /// The list that it looks its field up in, where it does.
    pub fn list(&self) -> Option<&str> {
        match &self.source {
            BoundSource::Membership { list, .. } => Some(list),
            _ => None,
        }
    }
}
