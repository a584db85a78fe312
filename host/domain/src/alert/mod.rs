//! Alerts, made from findings, and their workflow.

mod alert_type;
mod record;
mod workflow;

pub use alert_type::{AlertType, DEFAULT_TYPES, default_type, is_transaction_type};
pub use record::{Alert, AlertChange, AlertId, Raised};
pub use workflow::{MoveError, State, Transition, Workflow};
