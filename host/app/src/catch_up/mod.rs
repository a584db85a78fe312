//! What a rule could not judge, judged after all, by the install that is in force now.
//!
//! ```text
//! judgements: failed, not caught up ─► backtest::stream, those places alone ─► lane: alerts, made late, and "caught up"
//! ```
//!
//! Each transaction is judged with the inputs that it had when it came. What came of it is one
//! commit with its mark and with how far the rule is, so that a stop of the host leaves nothing half and nothing twice: when
//! it is started again it goes on with what still waits.
//!
//! - [`waiting`]: what a rule could not judge;
//! - [`judge`], [`keep`]: judged after all, and what comes of it;
//! - [`run`], [`record`]: the job, and what is stored of it.
//!
//! What this module does not know: HTTP, and who is asking.

mod judge;
mod keep;
mod record;
mod run;
mod waiting;

pub use judge::{CatchUpFault, UnavailableError};
pub use record::{CatchUp, State};
pub use run::{AskError, Asked, CatchUpJob, NotUnderWay, cancel, get, note};
pub use waiting::{Failed, Waiting, failures};
