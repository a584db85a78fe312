//! The pipeline that a posted transaction goes through: sequenced, judged, committed, visible; and what comes of it.
//!
//! In reading order:
//!
//! - [`lane`]: all that changes a tenant, in one order;
//! - [`judgement`]: what rules said of transactions, as it is kept;
//! - [`alert`]: alerts as they are kept, found and disclosed;
//! - [`list`]: lists as they were, and who changed them.
//!
//! Nothing here knows HTTP, or who may do what: it asks the authority that comes with a command whether it still holds.

pub mod alert;
pub mod judgement;
pub mod lane;
pub mod list;
