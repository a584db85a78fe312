//! The five types of fields, and their values.

use std::fmt;

use crate::time::Timestamp;

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldType {
    /// Any JSON number that an f64 can hold; `0` for unknown.
    Float,
    /// A JSON number without fraction or exponent, within i64; `0` for unknown.
    Integer,
    /// ISO 8601 with date, time and offset; `""` for unknown.
    DateTime,
    /// Any text without NUL; `""` for unknown.
    Text,
    /// `true` or `false`.
    Boolean,
}

impl FieldType {
    /// All types.
    pub const ALL: [Self; 5] = [
        Self::Float,
        Self::Integer,
        Self::DateTime,
        Self::Text,
        Self::Boolean,
    ];

    /// As payload schemas write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Integer => "integer",
            Self::DateTime => "date_time",
            Self::Text => "string",
            Self::Boolean => "boolean",
        }
    }

    /// Reads what [`as_str`](Self::as_str) writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A finite number, and how it was written where that says more than the number.
#[derive(Clone, Debug)]
pub struct Float {
    /// The nearest f64; never NaN or infinite.
    pub number: f64,
    /// The JSON literal as sent, where it is not the shortest text of `number`: what was posted is read back.
    pub sent: Option<Box<str>>,
}

/// A moment or none, and how it was written where that is not its UTC form.
#[derive(Clone, Debug)]
pub struct Moment {
    /// `None` for unknown.
    pub at: Option<Timestamp>,
    /// The text as sent, where it is not [`Timestamp`]'s own.
    pub sent: Option<Box<str>>,
}

/// Two floats are the same when their numbers are, however they were written.
impl PartialEq for Float {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// Two moments are the same when their instants are, however they were written.
impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

/// The value of one field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of a `float` field.
    Float(Float),
    /// Of an `integer` field.
    Integer(i64),
    /// Of a `date_time` field.
    DateTime(Moment),
    /// Of a `string` field.
    Text(Box<str>),
    /// Of a `boolean` field.
    Boolean(bool),
}

impl Value {
    /// The value that says "unknown" for a type: `0`, `0`, `""`, `""`, `false`.
    pub fn unknown(kind: FieldType) -> Self {
        match kind {
            FieldType::Float => Self::Float(Float {
                number: 0.0,
                sent: None,
            }),
            FieldType::Integer => Self::Integer(0),
            FieldType::DateTime => Self::DateTime(Moment {
                at: None,
                sent: None,
            }),
            FieldType::Text => Self::Text("".into()),
            FieldType::Boolean => Self::Boolean(false),
        }
    }

    /// The value's type.
    pub fn field_type(&self) -> FieldType {
        match self {
            Self::Float(_) => FieldType::Float,
            Self::Integer(_) => FieldType::Integer,
            Self::DateTime(_) => FieldType::DateTime,
            Self::Text(_) => FieldType::Text,
            Self::Boolean(_) => FieldType::Boolean,
        }
    }
}
