//! What a rule asks for and what it says.

mod finding;
mod meaning;
mod plan;

pub use finding::{Finding, Label, LabelError, Level, RowFailure, Verdict};
pub use plan::{
    Aggregate, Comparison, Condition, Field, Input, Membership, Operand, Plan, Recent, Source,
    Statistic, Window,
};
