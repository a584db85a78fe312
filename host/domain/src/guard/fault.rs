//! Why a guard that was evaluated has no value.

use std::fmt;

use super::place::Place;

/// Why a guard that was evaluated has no value: in Python an exception.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {detail} (line {}, column {})", place.line, place.column)]
pub struct Fault {
    /// What kind of exception.
    pub kind: FaultKind,
    /// In Python's own words, where it has any.
    pub detail: String,
    /// Where in the condition.
    pub place: Place,
}

/// What kind of exception a fault is in Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FaultKind {
    Type,
    Value,
    Index,
    Key,
    Attribute,
    ZeroDivision,
    Overflow,
    /// The budget is used up, which Python has not.
    Budget,
}

impl FaultKind {
    /// As Python calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Type => "TypeError",
            Self::Value => "ValueError",
            Self::Index => "IndexError",
            Self::Key => "KeyError",
            Self::Attribute => "AttributeError",
            Self::ZeroDivision => "ZeroDivisionError",
            Self::Overflow => "OverflowError",
            Self::Budget => "BudgetError",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A fault on its way out; the innermost expression that it passes says where it is.
#[derive(Debug)]
pub(super) struct Raised(Box<Raise>);

#[derive(Debug)]
struct Raise {
    kind: FaultKind,
    detail: String,
    /// Byte in the source.
    at: Option<u32>,
}

impl Raised {
    pub(super) fn new(kind: FaultKind, detail: impl Into<String>) -> Self {
        Self(Box::new(Raise {
            kind,
            detail: detail.into(),
            at: None,
        }))
    }

    pub(super) fn of_type(detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Type, detail)
    }

    pub(super) fn of_value(detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Value, detail)
    }

    pub(super) fn overflow() -> Self {
        Self::new(
            FaultKind::Overflow,
            "the number is too large: whole numbers have 64 bits here",
        )
    }

    pub(super) fn budget(detail: String) -> Self {
        Self::new(FaultKind::Budget, detail)
    }

    /// Says where it is, unless that is known already.
    pub(super) fn at(mut self, at: u32) -> Self {
        self.0.at.get_or_insert(at);
        self
    }

    pub(super) fn into_fault(self, source: &str) -> Fault {
        let Raise { kind, detail, at } = *self.0;
        Fault {
            kind,
            detail,
            place: Place::of(source, at.unwrap_or_default()),
        }
    }
}
