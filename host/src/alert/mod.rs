//! Alerts as the store keeps them.
//!
//! Alerts are self-describing JSON, since their shape will grow; a finding is
//! a record of its own, so that an alert of a thousand findings is not
//! rewritten whole. So is every version of what people put to an alert: [`parts`].

mod finding_record;
mod findings;
mod info;
pub mod parts;
mod record;

pub use finding_record::{EvidenceItem, EvidenceValue, FindingRecord};
pub use findings::read_findings;
pub use info::with_transactions;
pub use record::{AlertRecord, ReadAlertError};
