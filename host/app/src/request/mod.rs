//! What requests of every subject share, whoever makes them: the API, a page, a job.
//!
//! In reading order:
//!
//! - [`invalid`]: why what somebody wrote cannot be taken;
//! - [`expected`]: the version of a resource that a change is meant for;
//! - [`edit`]: a change of a resource's fields;
//! - [`page`] and [`cursors`]: lists, a page at a time;
//! - [`once`] and [`repeats`]: requests that may come again.

pub mod cursors;
pub mod edit;
pub mod expected;
pub(crate) mod from_store;
pub mod invalid;
pub(crate) mod level;
pub mod once;
pub mod page;
pub mod repeats;
pub(crate) mod rfc3339;

pub use edit::Edit;
pub use expected::{Expected, Stale, Version};
pub use invalid::{FieldFault, Invalid};
pub use once::{Once, Replayable};
pub use page::{Page, PageRequest};
