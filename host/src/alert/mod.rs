//! Alerts as the store keeps them.
//!
//! Alerts are self-describing JSON, since their shape will grow; a finding is
//! a record of its own, so that an alert of a thousand findings is not
//! rewritten whole.

mod finding_record;
mod record;

pub use finding_record::{EvidenceItem, EvidenceValue, FindingRecord};
pub use record::{AlertRecord, ReadAlertError};
