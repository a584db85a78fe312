//! Exports: files made of snapshots of a tenant's alerts.
//!
//! - [`filter`]: which alerts an export holds;
//! - [`snapshot`]: all alerts as they were at one moment;
//! - [`columns`]: alerts as a formatter gets them;
//! - [`write`]: a snapshot through a formatter, piece by piece;
//! - [`writing`]: one snapshot to write, and how far it is; [`left_out`]: alerts that a file goes without;
//! - [`run`]: the job that makes one file for an export; [`runs`]: starts and reads such jobs, from [`new_run`] on; its [`record`], as it is [`stored`]; its [`formatter`];
//! - [`kept`]: whose files are there, and which are to be removed; [`removal`]: removes them;
//! - [`delivery`]: where the file is to go, and how far that is;
//! - [`declared`]: whether what a formatter writes is what it declares;
//! - [`timetable`]: when a schedule is due; [`scheduler`]: runs what is due, and removes what is old;
//! - [`button`]: one file, made at once on request; [`load`]: how files are loaded elsewhere.

mod button;
mod columns;
mod declared;
mod delivery;
mod filter;
mod formatter;
mod kept;
mod left_out;
mod load;
mod new_run;
mod record;
mod removal;
mod run;
mod runs;
mod scheduler;
mod snapshot;
mod stored;
#[cfg(feature = "testing")]
pub mod testing;
mod timetable;
mod write;
mod writing;

pub use button::{Button, ButtonError, ButtonFile};
pub use columns::push as push_alert;
pub use declared::{DeclaredError, check_declared, refusal};
pub use delivery::{
    Deliveries, DeliveryGuard, DeliveryRecord, DeliveryState, HandOver, MAX_ANSWER_CHARACTERS,
    Notice, RetryError,
};
pub use filter::{passes, query_of};
pub use formatter::LoadFormatterError;
pub use load::{
    CsvForm, Encoding, FileForm, FormError, LineCounter, LoadFault, LoadFile, NoScriptError,
    check_loads, power_bi, redshift,
};
pub use record::{AlertError, RunFile, RunRecord, RunState};
pub use run::{ExportRunFault, ExportRunJob, RunKey, RunProgress};
pub use runs::{Runs, StartRunError};
pub use scheduler::Scheduler;
pub use snapshot::{MAX_MERGED, Snapshot, SnapshotAlert};
pub use stored::{forget_handled, set_handled};
pub use timetable::{ScheduleError, Timetable};
pub use write::{WriteError, write_snapshot};
