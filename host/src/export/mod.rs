//! Exports: files made of snapshots of a tenant's alerts.
//!
//! - [`filter`]: which alerts an export holds;
//! - [`snapshot`]: all alerts as they were at one moment;
//! - [`columns`]: alerts as a formatter gets them;
//! - [`write`]: a snapshot through a formatter, piece by piece;
//! - [`files`]: where they are kept;
//! - [`runs`]: one file made for an export, and its record;
//! - [`delivery`]: where the file is to go, and how far that is.

mod columns;
mod delivery;
mod files;
mod filter;
mod record;
mod runs;
mod snapshot;
mod write;

pub use columns::push as push_alert;
pub use delivery::{
    Deliveries, DeliveryGuard, DeliveryRecord, DeliveryState, HandOver, MAX_ANSWER_CHARACTERS,
    Notice, RetryError,
};
pub use files::RunFiles;
pub use filter::matches;
pub use record::{RunRecord, RunState};
pub use runs::{Runs, StartRunError};
pub use snapshot::{Snapshot, SnapshotAlert};
pub use write::{WriteError, Written, write_snapshot};
