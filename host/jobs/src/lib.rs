//! Long work of tenants that goes on by itself: backtests, replays, changes of many alerts, runs of exports.
//!
//! ```text
//! change: a record, durable ─► start ─► its turn ─► read the record ─► work ─► change: its end, durable ─► clean up
//!                                                  ▲                 │
//!                                                  └── failed, a pause ┘
//! ```
//!
//! - [`job`]: the trait that a kind of job implements, and nothing else that it must do;
//! - [`record`]: what is stored of a job, as JSON;
//! - [`runner`]: the jobs of one kind that are under way, from their start to their end;
//! - [`run`]: one of them at work;
//! - [`turns`]: which jobs are at work at the same time;
//! - [`retry`]: work that is tried again after the store failed.
//!
//! *Invariants.* A job is stored before it starts, so a stop of the host loses none. Nobody sees that a job has ended
//! before its end is durable. Of the jobs of a kind a tenant has no more at work than [`Turns`] says, and tenants take
//! turns: one that waits begins a job before another begins its second.
//!
//! What this crate does not know: what any job does, and who may ask for it.

pub mod job;
pub mod record;
pub mod retry;
pub mod run;
pub mod runner;
pub mod turns;

pub use job::{Job, Unfinished, WorkError};
pub use record::JobRecord;
pub use run::Run;
pub use runner::{CancelError, Runner, WithProgress};
pub use turns::{TurnFor, Turns};
