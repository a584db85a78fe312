//! Deliveries: one try after another to put the file of a run somewhere.
//!
//! - [`record`]: a delivery as it is kept;
//! - [`ledger`]: who may change one, one at a time for each export;
//! - [`hand_over`]: the deliveries of a run, made in the commit that makes it ready;
//! - [`retry`]: one that somebody asks for again.
//!
//! A snapshot replaces the one before, so a ready run ends what is pending of
//! older runs of its export, in the same commit.
//!
//! What this module does not know: how anything is sent.

mod hand_over;
mod ledger;
mod record;
mod retry;

pub use hand_over::HandOver;
pub use ledger::{Deliveries, DeliveryGuard, Notice};
pub use record::{DeliveryRecord, DeliveryState, MAX_ANSWER_CHARACTERS};
pub use retry::RetryError;
