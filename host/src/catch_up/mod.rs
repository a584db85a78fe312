//! What a rule could not judge, judged after all, by the install that is in force now.
//!
//! ```text
//! judgements: failed, not caught up ─► backtest::stream, those places alone ─► lane: alerts, made late, and "caught up"
//! ```
//!
//! Each transaction is judged with the inputs that it had when it came. What came of it is one
//! commit with its mark, so that a stop of the host leaves nothing half and nothing twice: whoever asks
//! again goes on with what still waits.
//!
//! What this module does not know: HTTP, and who is asking.

mod run;
mod waiting;

pub use run::{AskError, Asked, CatchUp, CatchUps, State};
pub use waiting::{Failed, Waiting, failures};
