//! The values of members, by type.

use std::borrow::Cow;

use domain::payload::{FieldType, Identifier, Moment, Reason, Value};
use jiff::tz::TimeZone;

use super::{date_time, number};

/// What was sent for a member, before its type is known.
#[derive(Debug)]
pub(super) enum Sent<'a> {
    Null,
    Boolean(bool),
    /// The literal of a JSON number.
    Number(&'a str),
    Text(Cow<'a, str>),
    /// An array or an object.
    Nested,
    /// An empty cell, where no text is wanted.
    Blank,
}

/// Reads a value of the given type.
pub(super) fn read(
    kind: FieldType,
    sent: Sent<'_>,
    default_timezone: Option<&TimeZone>,
) -> Result<Value, Reason> {
    match (kind, sent) {
        (_, Sent::Null) => Err(Reason::Null),
        (_, Sent::Blank) => Err(Reason::Empty),
        (FieldType::Float, Sent::Number(literal)) => number::read_float(literal).map(Value::Float),
        (FieldType::Integer, Sent::Number(literal)) => {
            number::read_integer(literal).map(Value::Integer)
        }
        (FieldType::DateTime, Sent::Text(text)) if text.is_empty() => Ok(Value::unknown(kind)),
        (FieldType::DateTime, Sent::Text(text)) => {
            date_time::read(&text, default_timezone).map(Value::DateTime)
        }
        (FieldType::Text, Sent::Text(text)) => {
            if text.as_bytes().contains(&0) {
                return Err(Reason::InvalidCharacter);
            }
            Ok(Value::Text(text.into()))
        }
        (FieldType::Boolean, Sent::Boolean(truth)) => Ok(Value::Boolean(truth)),
        _ => Err(Reason::WrongType),
    }
}

/// Reads `txn_id` or `customer_id`.
pub(super) fn read_identifier(sent: Sent<'_>) -> Result<Identifier, Reason> {
    match sent {
        Sent::Null => Err(Reason::Null),
        Sent::Text(text) => Identifier::new(&text),
        _ => Err(Reason::WrongType),
    }
}

/// Reads `date_time`, which is never unknown.
pub(super) fn read_date_time(
    sent: Sent<'_>,
    default_timezone: Option<&TimeZone>,
) -> Result<Moment, Reason> {
    match sent {
        Sent::Null => Err(Reason::Null),
        Sent::Text(text) if text.is_empty() => Err(Reason::Empty),
        Sent::Text(text) => date_time::read(&text, default_timezone),
        _ => Err(Reason::WrongType),
    }
}
