//! Account-aggregation sessions: what each step does, and which event it gives.
//!
//! In reading order:
//!
//! - [`decimal`]: amounts as they were sent;
//! - [`account`]: what a bank says of an account;
//! - [`history`]: how far back the histories of accounts reach, in calendar months;
//! - [`state`]: a session, and its steps;
//! - [`event`]: what a session announces.
//!
//! What this module does not know: who a session's customer is, what its transactions say, for
//! whom its events are, and how anything is kept.

mod account;
mod decimal;
mod event;
mod history;
mod state;
#[cfg(test)]
mod tests;

pub use account::{Account, Balance};
pub use decimal::{Decimal, NotDecimal};
pub use event::EventType;
pub use history::{History, months_before, whole_months};
pub use state::{
    Digest, End, Failure, FailureStage, PageStep, Refusal, Session, SessionKind, Stage, Taken,
};
