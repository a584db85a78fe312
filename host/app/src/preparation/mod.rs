//! Rules whose windows need an index that still has to be made: it is made in the background, and then the rule takes effect.
//!
//! ```text
//! install, durable ─► bell ─► a job for each install ─► its turn: a round for its team ─► lane: in force from here on
//! ```
//!
//! - [`run`]: the jobs, and what starts them when definitions change;
//! - [`round`]: makes the indexes for all installs of a team that are being prepared, and puts these in force;
//! - [`plan`]: what such an install needs;
//! - [`progress`]: how far an install is.
//!
//! *Invariants.* An install is in force only once the indexes of its windows are whole. What is being prepared is what the
//! tenant's definitions say, and nothing else: a job ends when its install is no longer among them. Whoever asked for an
//! install was allowed to when it was accepted; it takes effect whatever became of them since, as an install in force stays.
//!
//! What this module does not know: HTTP, and who is asking.

mod plan;
mod progress;
mod round;
mod run;

pub use progress::{PrepareError, Progress};
pub use run::{InstallKey, PreparationJob, Preparations};
