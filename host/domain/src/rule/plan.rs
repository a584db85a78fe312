//! The plan: which inputs a rule wants, as its `prepare` declares them.
//!
//! A plan is what a plugin says, unchecked. [`crate::window::BoundPlan`] is a
//! plan that was checked against a team's payload schema.

use crate::payload::FieldType;
use crate::time::Timestamp;

/// What a rule wants for a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// In the order in which `evaluate` gets them.
    pub inputs: Vec<Input>,
    /// The configuration in the form that the rule reads fastest; handed back unread.
    pub prepared: Vec<u8>,
}

/// One value that a rule declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// What the evidence on an alert calls it.
    pub name: String,
    /// Where its value comes from.
    pub source: Source,
}

/// Where an input's value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A field of the transaction itself.
    Field(Field),
    /// A statistic over a window.
    Aggregate(Aggregate),
    /// The newest rows of a window.
    Recent(Recent),
    /// Whether a list of the tenant holds a field's text.
    Membership(Membership),
}

impl Source {
    /// The names of the fields that its values are computed from, some perhaps more than once.
    pub fn fields(&self) -> Vec<&str> {
        let (mut fields, window): (Vec<&str>, _) = match self {
            Self::Field(field) => (vec![&field.name], None),
            Self::Membership(membership) => (vec![&membership.field], None),
            Self::Aggregate(Aggregate {
                statistic: Statistic::Count,
                window,
                ..
            }) => (Vec::new(), Some(window)),
            Self::Aggregate(aggregate) => (vec![&aggregate.field], Some(&aggregate.window)),
            Self::Recent(recent) => {
                let fields = recent.fields.iter().map(|field| field.name.as_str());
                (fields.collect(), Some(&recent.window))
            }
        };
        if let Some(window) = window {
            fields.push(&window.by);
            for condition in &window.conditions {
                fields.push(&condition.field);
                if let Operand::Current(current) = &condition.operand {
                    fields.push(current);
                }
            }
        }
        fields
    }
}

/// A field that a rule reads, and as what: a team whose payload schema has it
/// in another type cannot install the rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// As it stands in the payload.
    pub name: String,
    /// The type in which the rule gets its values.
    pub field_type: FieldType,
}

/// A statistic over a window: an integer for `count` and `distinct`, otherwise a float.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub statistic: Statistic,
    /// Of which field; ignored by `count`.
    pub field: String,
    /// Over which transactions.
    pub window: Window,
}

/// The newest rows of a window, by (`date_time`, sequence), newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Recent {
    /// Which fields of each row.
    pub fields: Vec<Field>,
    /// At most so many rows.
    pub limit: u32,
    /// Over which transactions.
    pub window: Window,
}

/// Whether the tenant's list holds the field's text, after trimming.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Membership {
    /// A text field.
    pub field: String,
    /// The list's name.
    pub list_name: String,
}

/// Transactions that the team ingested before this one and whose `date_time`
/// lies in `(t - delay - length, t - delay]`, `t` being this one's.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The field whose value must equal this transaction's. An unknown value
    /// (`""` or `0`) has an empty window.
    pub by: String,
    /// How long the window is.
    pub length_seconds: u64,
    /// How long before this transaction it ends.
    pub delay_seconds: u64,
    /// What the transactions in it must meet, all of it.
    pub conditions: Vec<Condition>,
}

/// What a transaction must meet to enter a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// A field of the transaction that may enter.
    pub field: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub operand: Operand,
}

/// How two values are compared. Integers and floats compare by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// An integer.
    Integer(i64),
    /// A truth.
    Boolean(bool),
    /// A moment.
    Time(Timestamp),
    /// This field of the transaction under evaluation; with `Equal` only.
    Current(String),
}

/// A statistic. Over an empty window `count` and `distinct` and `sum` are 0, the others NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// How many transactions.
    Count,
    /// Their sum, exact and rounded once.
    Sum,
    /// Their mean.
    Mean,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
    /// The population's standard deviation.
    StandardDeviation,
    /// How many different known values.
    Distinct,
}
