//! Alerts, made from findings or by hand: their types, their workflow, what people put to them, and how they merge.

mod alert_type;
mod closed;
mod content;
mod due;
mod merging;
mod part;
mod record;
#[cfg(test)]
mod tests;
mod workflow;

pub use alert_type::{AlertType, DEFAULT_TYPES, default_type, is_transaction_type};
pub use closed::{AlertOutcome, Closed, NotClosed};
pub use content::{AlertContent, GuardedContent, Marking, Viewer, Withheld, neutral_title};
pub use due::{DueIn, DueInError};
pub use merging::{AlertMerging, MergeCondition, MergePeriod, MergedInto, Own};
pub use part::{
    Comment, Content, Document, Done, Part, PartContent, PartId, PartKind, Person, Task,
};
pub use record::{Alert, AlertChange, AlertId, Raised, TypeDefaults};
pub use workflow::{
    Denial, MAX_STATE_NAME, MAX_STATE_TITLE, MAX_STATES, MAX_TRANSITIONS, MoveError, State,
    Transition, Workflow, WorkflowFault,
};
