//! Rules over stored history: what they would have said.
//!
//! ```text
//! blocks ─ read ─► transactions ─ windows ─► inputs ─ judges, many at once ─► what the rules say, in order again
//! ```
//!
//! - [`course`]: which transactions, which rules; [`lists`]: the tenant's lists as they were;
//! - [`stream`]: transactions through windows and rules, in the order in which they came;
//! - [`work`]: one rule over a team's history; [`tally`], [`fuel`]: what is counted of it;
//! - [`run`], [`running`], [`record`]: backtests in the background, through stops of the host;
//! - [`read`]: what was kept of what their rules said.
//!
//! What this module does not know: HTTP, who is asking, and what they may see.

mod course;
mod fuel;
mod lists;
mod read;
mod record;
mod run;
mod running;
mod stream;
mod tally;
mod work;

pub use course::{Course, PrepareError, Tested, Wanted};
pub use fuel::{Quantiles, Spread};
pub use lists::{ListVersions, ListsAsOf};
pub use read::said_in;
pub use record::{BacktestRecord, CompareOver, End, Extent, ListsMode, Purity, Trial};
pub use run::{
    AskError, Backtests, CancelError, DeleteError, MAX_AT_WORK, MAX_UNDER_WAY, SeenBacktest, Stage,
};
pub use running::Pace;
pub use stream::{Judged, Said, StreamError, stream};
pub use tally::{MAX_FAILED, MAX_FOUND, Tally};
