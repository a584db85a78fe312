//! Alerts as the store keeps them.
//!
//! Alerts are self-describing JSON, since their shape will grow; a finding is
//! a record of its own, so that an alert of a thousand findings is not
//! rewritten whole. So is every version of what people put to an alert: [`parts`]. For the same
//! reason what was merged into an alert stays where it was, and is [read](read_whole) with it. Which alerts a new one may
//! join, the [store](open) tells.

mod disclosure;
mod finding_record;
pub mod index;
mod info;
pub mod open;
pub mod parts;
mod read;
mod record;
mod words;

pub use disclosure::{Disclosure, MASKED, Origin, SeenFinding, WITHHELD, decide};
pub use finding_record::{
    EvidenceItem, EvidenceValue, FindingOrigin, FindingRecord, MadeBy, Output, SaidRecord,
};
pub use index::{AlertIndex, AlertQuery, FoundBy, OutcomeCounts};
pub use info::{with_transactions, with_transactions_of};
pub(crate) use read::MERGED_INDEX;
pub use read::{
    WholeAlert, findings_of, read_alert, read_finding, read_findings, read_install,
    read_newest_originals, read_originals, read_whole, read_with_newest,
};
pub use record::{AlertRecord, ReadAlertError};
pub use words::RuleWords;
