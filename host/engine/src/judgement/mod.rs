//! What rules said of transactions, as it is kept: all but "clear".
//!
//! For each rule and each turn of its lane in which it said anything, the store has one record:
//! [`Judgements`], under the rule and the first of its transactions. So what two installs said of the
//! same transactions, or which a rule could not judge, is read in sequence order, without looking at
//! any transaction of which nothing was said. A live finding is kept with its alert and named here; one
//! that made no alert is here itself.
//!
//! What this module does not know: how rules are run, and what becomes of what they say.

mod compare;
mod fingerprint;
mod read;
mod record;

pub use compare::{Comparison, Day, Kind, Pair, Severities};
pub use fingerprint::fingerprint;
pub use read::{judgements_of, newest_judgements, read_kept, records_of};
pub use record::{CaughtUp, JudgedRow, Judgement, Judgements, Kept, KeptFinding};
