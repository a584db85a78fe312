//! What is wrong with a posted transaction.

use std::fmt;

/// One fault of a payload. All are reported, not the first alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which field; empty where the payload as a whole is at fault.
    pub field: String,
    /// What kind of fault.
    pub reason: Reason,
    /// A sentence for the person who mends it. It never repeats a value that was sent.
    pub detail: String,
}

/// What kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Reason {
    Malformed,
    Missing,
    Null,
    WrongType,
    InvalidDateTime,
    Empty,
    TooLong,
    OutOfRange,
    InvalidCharacter,
    UnknownField,
    DuplicateField,
}

impl Reason {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Missing => "missing",
            Self::Null => "null",
            Self::WrongType => "wrong_type",
            Self::InvalidDateTime => "invalid_date_time",
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::OutOfRange => "out_of_range",
            Self::InvalidCharacter => "invalid_character",
            Self::UnknownField => "unknown_field",
            Self::DuplicateField => "duplicate_field",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
