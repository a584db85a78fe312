//! Why a plan does not fit a team.

use std::fmt;

use super::bound::BoundPlan;
use crate::payload::FieldType;

/// Why a plan does not fit a payload schema, or breaks a cap.
///
/// It reads on after the rule's name: `rule 'structuring' needs field …`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum PlanFault {
    /// The schema lacks the field, or has it in a type that does not serve.
    Field {
        input: String,
        field: String,
        needed: Vec<FieldType>,
        found: Option<FieldType>,
    },
    TooManyInputs {
        count: usize,
    },
    PreparedTooLong {
        bytes: usize,
    },
    UnnamedInput {
        index: usize,
    },
    DuplicateInput {
        input: String,
    },
    UnnamedList {
        input: String,
    },
    EmptyWindow {
        input: String,
    },
    WindowTooLong {
        input: String,
    },
    RecentLimit {
        input: String,
        limit: u32,
    },
    RecentFields {
        input: String,
        count: usize,
    },
    TooManyConditions {
        input: String,
        count: usize,
    },
    /// A condition compares with NaN.
    NotANumber {
        input: String,
        field: String,
    },
    /// A condition on the current transaction's field that is not `equal`.
    CurrentNotEqual {
        input: String,
        field: String,
    },
    /// A condition on the current transaction's field of another type.
    CurrentType {
        input: String,
        field: String,
        field_type: FieldType,
        current: String,
        current_type: FieldType,
    },
}

impl std::error::Error for PlanFault {}

impl fmt::Display for PlanFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field {
                input,
                field,
                needed,
                found,
            } => {
                write!(out, "needs field '{field}'")?;
                if needed.len() < FieldType::ALL.len() {
                    let types: Vec<_> = needed.iter().map(|it| it.as_str()).collect();
                    write!(out, " as {}", types.join(" or "))?;
                }
                write!(out, " for its input '{input}'; the payload schema ")?;
                match found {
                    Some(found) => write!(out, "has it as {found}"),
                    None => out.write_str("has no such field"),
                }
            }
            Self::TooManyInputs { count } => write!(
                out,
                "asks for {count} inputs; at most {} are computed for a rule",
                BoundPlan::MAX_INPUTS
            ),
            Self::PreparedTooLong { bytes } => write!(
                out,
                "prepares {bytes} bytes of its configuration; at most {} are kept",
                BoundPlan::MAX_PREPARED_BYTES
            ),
            Self::UnnamedInput { index } => {
                write!(out, "gives its input {} no name", index + 1)
            }
            Self::DuplicateInput { input } => write!(
                out,
                "names two inputs '{input}'; each needs a name of its own, by which evidence shows it"
            ),
            Self::UnnamedList { input } => {
                write!(out, "names no list for its input '{input}'")
            }
            Self::EmptyWindow { input } => write!(
                out,
                "asks for a window of no length for its input '{input}'; the least is one second"
            ),
            Self::WindowTooLong { input } => write!(
                out,
                "asks for a window that reaches back more than two years for its input '{input}', delay included"
            ),
            Self::RecentLimit { input, limit } => write!(
                out,
                "asks for {limit} recent rows for its input '{input}'; it may ask for 1 to {}",
                BoundPlan::MAX_RECENT_ROWS
            ),
            Self::RecentFields { input, count } => write!(
                out,
                "asks for {count} fields of recent rows for its input '{input}'; it may ask for 1 to {}",
                BoundPlan::MAX_RECENT_FIELDS
            ),
            Self::TooManyConditions { input, count } => write!(
                out,
                "sets {count} conditions on the window of its input '{input}'; at most {} are allowed",
                BoundPlan::MAX_CONDITIONS
            ),
            Self::NotANumber { input, field } => write!(
                out,
                "compares field '{field}' with NaN, which nothing equals, for its input '{input}'"
            ),
            Self::CurrentNotEqual { input, field } => write!(
                out,
                "compares field '{field}' with a field of the current transaction for its input '{input}'; that can only be asked to be equal"
            ),
            Self::CurrentType {
                input,
                field,
                field_type,
                current,
                current_type,
            } => write!(
                out,
                "compares field '{field}', which is {field_type}, with the current transaction's '{current}', which is {current_type}, for its input '{input}'"
            ),
        }
    }
}
