//! Findings, judged again: by the same plugin, with the same configuration and the same inputs.
//!
//! ```text
//! finding ─► install and evidence ─► plan, columns ─► the same evaluate that runs live ─► same, different, or failed
//! ```
//!
//! - [`columns`]: from evidence back to what a rule is given;
//! - [`what_if`]: other inputs, or another configuration;
//! - [`rules`]: the installs that made findings, ready to run;
//! - [`judge`]: findings judged again, many at a time;
//! - [`compare`]: what is not as it was;
//! - [`record`], [`run`]: all alerts of a period, in the background and through stops of the host;
//! - [`alert`], [`period`]: what callers ask for, and what they see of it.
//!
//! What this module does not know: HTTP. Only [`alert`] and [`period`] know who is asking, and what they may see.

pub mod alert;
mod columns;
mod compare;
mod judge;
pub mod period;
mod record;
mod rules;
mod run;
mod what_if;

pub use compare::{Difference, Verdict};
pub use judge::{Found, Replayed, Replayer, find};
pub use record::{Counts, Odd, Period, ReplayRecord, ReplayState};
pub use run::{AskError, MAX_ODD, MAX_UNDER_WAY, ReplayJob};
pub use what_if::WhatIf;

#[cfg(test)]
mod tests;
