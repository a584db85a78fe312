//! Rules over stored history: what they would have said.
//!
//! ```text
//! blocks ─ read ─► transactions ─ windows ─► inputs ─ judges, many at once ─► what the rules say, in order again
//! ```
//!
//! - [`course`]: which transactions, which rules;
//! - [`lists`]: the tenant's lists as they were;
//! - [`stream`]: transactions through windows and rules, in the order in which they came.
//!
//! What this module does not know: HTTP, who is asking, and what they may see.

mod course;
mod lists;
mod stream;

pub use course::{Course, Tested, Wanted};
pub use lists::{ListVersions, ListsAsOf};
pub use stream::{Judged, Said, StreamError, stream};
