//! Lists as they were: what each change made of them, who made it and which transactions saw it.
//!
//! A list itself is a definition ([`tenant::List`]) as it is now, whose entries are stored in pages. Beside it the
//! store keeps, for each change, what was added and removed. So a change writes the pages that it touches and what it
//! changed, however long the list is. In reading order:
//!
//! - [`diff`]: what a change adds and removes; [`record`]: what is kept of a change;
//! - [`change`]: makes a change and keeps it; [`locks`]: who may change a list;
//! - [`versions`], [`as_of`], [`membership`]: the changes, a list as it was, and what became of one entry;
//! - [`timeline`]: lists as the transactions of a team saw them.
//!
//! A list that was made before changes were kept has none until it is changed for the first time. Until then
//! what it holds counts for all time, and so does what it held before that change.

mod as_of;
mod change;
mod diff;
mod locks;
mod membership;
mod record;
#[cfg(test)]
mod tests;
mod timeline;
mod versions;

pub use as_of::{AsOf, AsOfError, Moment};
pub use change::{Attempt, Changed, ListChange, ListChangeError, MAX_ENTRIES, Wanted, Why};
pub use diff::ListDiff;
pub use locks::{ListLock, ListLocks};
pub use membership::{Membership, Turn, membership};
pub use record::ListVersion;
pub use timeline::ListTimeline;
pub use versions::Versions;
