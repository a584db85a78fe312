//! One change of many alerts: each succeeds or fails by itself, and a stop of the host loses none.
//!
//! ```text
//! ask ─► record and list of alerts, durable ─► one change in the lane for each alert, with its outcome ─► record of what came of it
//! ```
//!
//! The outcome of an alert is part of the commit that changes it. After a stop the host goes on with the alerts that
//! have none yet, so that none is changed twice.
//!
//! - [`record`]: what is kept;
//! - [`run`]: the work itself.
//!
//! What this module does not know: what is done to an alert, and HTTP.

mod record;
mod run;

pub use record::{BulkFailure, BulkRecord, BulkState, MAX_FAILURES, RefusalKind};
pub use run::{Apply, AskError, Asked, BulkJob, MAX_ALERTS, get, note};

#[cfg(test)]
mod tests;
