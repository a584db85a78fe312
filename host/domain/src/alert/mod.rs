//! Alerts, made from findings, what people put to them, and their workflow.

mod alert_type;
mod part;
mod record;
mod workflow;

pub use alert_type::{AlertType, DEFAULT_TYPES, default_type, is_transaction_type};
pub use part::{
    Comment, Content, Document, Done, Part, PartContent, PartId, PartKind, Person, Task,
};
pub use record::{Alert, AlertChange, AlertId, Raised};
pub use workflow::{
    Denial, MAX_STATE_NAME, MAX_STATE_TITLE, MAX_STATES, MAX_TRANSITIONS, MoveError, State,
    Transition, Workflow, WorkflowFault,
};
