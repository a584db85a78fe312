//! Rules over stored history: what they would have said.
//!
//! ```text
//! blocks ─ read ─► transactions ─ windows ─► inputs ─ judges, many at once ─► what the rules say, in order again
//! ```
//!
//! - [`course`]: which transactions, which rules; [`lists`]: the tenant's lists as they were;
//! - [`stream`]: transactions through windows and rules, in the order in which they came;
//! - [`work`]: one rule over a team's history; [`tally`], [`fuel`]: what is counted of it;
//! - [`run`], [`running`], [`record`]: the job, how far it is, and what is stored of it;
//! - [`kept`]: what was kept of what their rules said.
//!
//! What users ask for stands beside it, with their permissions: [`start`], [`read`], [`cancel`], [`delete`];
//! [`findings`] and [`failures`], what the rule of a backtest said; [`compare`], that beside another rule.
//!
//! What this module does not know: HTTP.

pub mod cancel;
pub mod compare;
mod course;
pub mod delete;
pub mod failures;
pub mod findings;
mod fuel;
mod kept;
mod lists;
pub mod read;
mod record;
mod run;
mod running;
pub mod start;
mod stream;
mod tally;
mod work;

pub use course::{Course, PrepareError, Tested, Wanted};
pub use fuel::{Quantiles, Spread};
pub use kept::said_in;
pub use lists::{ListVersions, ListsAsOf};
pub use record::{BacktestRecord, CompareOver, End, Extent, ListsMode, Purity, Trial};
pub use run::{
    AskError, BacktestJob, CancelError, DeleteError, MAX_AT_WORK, MAX_UNDER_WAY, SeenBacktest,
    Stage,
};
pub use running::{Next, Pace, Running};
pub use stream::{Judged, Said, StreamError, stream};
pub use tally::{MAX_FAILED, MAX_FOUND, Tally};
pub use work::BacktestFault;
