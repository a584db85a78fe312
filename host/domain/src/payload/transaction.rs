//! One accepted payload.

use std::fmt;
use std::sync::Arc;

use super::fault::Reason;
use super::schema::PayloadSchema;
use super::value::Value;
use crate::time::Timestamp;

/// A `txn_id` or a `customer_id`: 1 to 200 characters without NUL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(Box<str>);

impl Identifier {
    /// The most characters (Unicode scalar values) of an identifier.
    pub const MAX_CHARACTERS: usize = 200;

    /// Checks a text.
    ///
    /// # Errors
    /// `Empty`, `TooLong` or `InvalidCharacter`.
    pub fn new(text: &str) -> Result<Self, Reason> {
        if text.is_empty() {
            Err(Reason::Empty)
        } else if text.len() > Self::MAX_CHARACTERS && text.chars().count() > Self::MAX_CHARACTERS {
            Err(Reason::TooLong)
        } else if text.contains('\0') {
            Err(Reason::InvalidCharacter)
        } else {
            Ok(Self(text.into()))
        }
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", &*self.0)
    }
}

/// One payload that its team's schema accepted. Nothing invalid is of this type.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// The schema that accepted it.
    pub schema: Arc<PayloadSchema>,
    /// Unique within the team.
    pub txn_id: Identifier,
    /// Whom it is about.
    pub customer_id: Identifier,
    /// When it happened.
    pub date_time: Timestamp,
    /// The text as sent, where it is not [`Timestamp`]'s own.
    pub date_time_sent: Option<Box<str>>,
    /// One value for each field of the schema, in its order and of its type.
    pub values: Vec<Value>,
    /// The text of a JSON object with the members that the schema does not name, where it keeps them and there are any.
    pub additional: Option<Box<str>>,
}
