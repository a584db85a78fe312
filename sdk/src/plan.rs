//! The plan: which inputs a rule wants.
//!
//! `#[derive(Inputs)]` writes it for you. By hand it is needed where the number
//! of inputs depends on the configuration; see [`Rule`](crate::Rule).
//!
//! ```
//! use vervet_sdk::days;
//! use vervet_sdk::plan::{Comparison, Condition, FieldType, Input, Source, Window};
//!
//! let cash = Window::over(days(1)).when(Condition::new("channel", Comparison::Equal, "cash"));
//! let inputs = vec![
//!     Input::new("amount", Source::field("amount", FieldType::Float)),
//!     Input::new("cash_24h", Source::sum("amount", cash)),
//! ];
//! assert_eq!(inputs.len(), 2);
//! ```

use std::time::Duration;

use crate::Timestamp;

/// One value that a rule wants for each transaction.
///
/// ```
/// use vervet_sdk::plan::{FieldType, Input, Source};
///
/// let input = Input::new("country", Source::field("country", FieldType::Text));
/// assert_eq!(input.name, "country");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// What the evidence on an alert calls it.
    pub name: String,
    /// Where its value comes from.
    pub source: Source,
}

/// Where an input's value comes from.
///
/// ```
/// use vervet_sdk::plan::Source;
///
/// let source = Source::in_list("country", "high_risk_countries");
/// assert!(matches!(source, Source::InList { .. }));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Source {
    /// A field of the transaction itself.
    Field(Field),
    /// A statistic over a window.
    Aggregate {
        /// Which.
        statistic: Statistic,
        /// Of which field; empty for a count.
        field: String,
        /// Over which transactions.
        window: Window,
    },
    /// The newest rows of a window, by (`date_time`, sequence), newest first.
    Recent {
        /// Which fields of each row.
        fields: Vec<Field>,
        /// At most so many rows, up to 1,000.
        limit: u32,
        /// Over which transactions.
        window: Window,
    },
    /// Whether the tenant's list holds the field's text.
    InList {
        /// A text field.
        field: String,
        /// The list's name.
        list: String,
    },
}

/// A field of a transaction, and the type in which the rule gets its values.
///
/// A team whose payload schema has the field in another type cannot install the rule.
///
/// ```
/// use vervet_sdk::plan::{Field, FieldType};
///
/// let amount = Field::new("amount", FieldType::Float);
/// assert_eq!(amount.name, "amount");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// As it stands in the payload.
    pub name: String,
    /// Which type it must have.
    pub field_type: FieldType,
}

/// The type of a field, each read as some types of Rust; see [`FromField`](crate::FromField).
///
/// ```
/// use vervet_sdk::FromField;
/// use vervet_sdk::plan::FieldType;
///
/// assert_eq!(<&str as FromField>::FIELD_TYPE, FieldType::Text);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// `string` in a payload schema.
    Text,
    /// `float` in a payload schema.
    Float,
    /// `integer` in a payload schema.
    Integer,
    /// `boolean` in a payload schema.
    Boolean,
    /// `date_time` in a payload schema.
    Time,
}

/// A statistic over a window.
///
/// ```
/// use vervet_sdk::plan::{Source, Statistic, Window};
///
/// let mean = Source::statistic(Statistic::Mean, "amount", Window::over(vervet_sdk::days(30)));
/// assert!(matches!(mean, Source::Aggregate { statistic: Statistic::Mean, .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// How many transactions: an integer.
    Count,
    /// Their sum, exact and rounded once; 0 over an empty window.
    Sum,
    /// Their mean; NaN over an empty window.
    Mean,
    /// The least; NaN over an empty window.
    Minimum,
    /// The greatest; NaN over an empty window.
    Maximum,
    /// The population's standard deviation; NaN over an empty window.
    StandardDeviation,
    /// How many different known values: an integer.
    Distinct,
}

/// Transactions that the team ingested before this one, and whose `date_time` lies
/// in `(t - delay - length, t - delay]`, `t` being this one's. This one is not among them.
///
/// ```
/// use vervet_sdk::hours;
/// use vervet_sdk::plan::Window;
///
/// let yesterday = Window::over(hours(24)).delayed(hours(24)).by("card");
/// assert_eq!(yesterday.length_seconds, 86_400);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Window {
    /// The field whose value must equal this transaction's; unknown, the window is empty.
    pub by: String,
    /// How long it is.
    pub length_seconds: u64,
    /// How long before this transaction it ends.
    pub delay_seconds: u64,
    /// What the transactions in it must meet, all of it.
    pub conditions: Vec<Condition>,
}

/// What a transaction must meet to enter a window.
///
/// ```
/// use vervet_sdk::plan::{Comparison, Condition, Operand};
///
/// let large = Condition::new("amount", Comparison::Greater, 1000.0);
/// assert_eq!(large.operand, Operand::Number(1000.0));
/// ```
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
///
/// ```
/// use vervet_sdk::plan::Comparison;
///
/// assert_ne!(Comparison::Less, Comparison::LessOrEqual);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
///
/// ```
/// use vervet_sdk::plan::Operand;
///
/// assert_eq!(Operand::from("cash"), Operand::Text("cash".into()));
/// assert_eq!(Operand::current("currency"), Operand::Current("currency".into()));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
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

impl Input {
    /// An input and what the evidence calls it.
    pub fn new(name: impl Into<String>, source: Source) -> Self {
        Self {
            name: name.into(),
            source,
        }
    }
}

impl Field {
    /// A field and its type.
    pub fn new(name: impl Into<String>, field_type: FieldType) -> Self {
        Self {
            name: name.into(),
            field_type,
        }
    }
}

impl Source {
    /// A field of the transaction itself, and the type that it must have.
    pub fn field(name: impl Into<String>, field_type: FieldType) -> Self {
        Self::Field(Field::new(name, field_type))
    }

    /// How many transactions a window holds.
    pub fn count(window: Window) -> Self {
        Self::statistic(Statistic::Count, "", window)
    }

    /// The sum of a field over a window.
    pub fn sum(field: impl Into<String>, window: Window) -> Self {
        Self::statistic(Statistic::Sum, field, window)
    }

    /// A statistic of a field over a window.
    pub fn statistic(statistic: Statistic, field: impl Into<String>, window: Window) -> Self {
        Self::Aggregate {
            statistic,
            field: field.into(),
            window,
        }
    }

    /// The newest rows of a window, at most `limit`.
    pub fn recent(fields: impl IntoIterator<Item = Field>, limit: u32, window: Window) -> Self {
        Self::Recent {
            fields: fields.into_iter().collect(),
            limit,
            window,
        }
    }

    /// Whether the tenant's list holds the field's text.
    pub fn in_list(field: impl Into<String>, list: impl Into<String>) -> Self {
        Self::InList {
            field: field.into(),
            list: list.into(),
        }
    }
}

impl Window {
    /// The customer's transactions of this length of time, in whole seconds.
    pub fn over(length: Duration) -> Self {
        Self {
            by: "customer_id".into(),
            length_seconds: length.as_secs(),
            delay_seconds: 0,
            conditions: Vec::new(),
        }
    }

    /// Transactions with the same value of another field than `customer_id`.
    pub fn by(mut self, field: impl Into<String>) -> Self {
        self.by = field.into();
        self
    }

    /// Ends the window so long before this transaction.
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay_seconds = delay.as_secs();
        self
    }

    /// Only transactions that meet the condition too.
    pub fn when(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }
}

impl Condition {
    /// A field, how it is compared, and with what.
    pub fn new(
        field: impl Into<String>,
        comparison: Comparison,
        operand: impl Into<Operand>,
    ) -> Self {
        Self {
            field: field.into(),
            comparison,
            operand: operand.into(),
        }
    }
}

impl Operand {
    /// A field of the transaction under evaluation; with `Equal` only.
    pub fn current(field: impl Into<String>) -> Self {
        Self::Current(field.into())
    }
}

macro_rules! operand_from {
    ($($variant:ident($type:ty)),*) => {$(
        impl From<$type> for Operand {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

operand_from!(
    Text(&str),
    Text(&String),
    Text(String),
    Number(f64),
    Integer(i64),
    Integer(i32),
    Integer(u32),
    Boolean(bool),
    Time(Timestamp)
);
