//! What every resource of the API has in common.
//!
//! In reading order:
//!
//! - [`problem`]: every error that the API answers, and [`documented`] for OpenAPI;
//! - what a handler takes: [`body`], [`merge_patch`], [`multipart`], [`query`], [`path`], [`authorization`], [`accept`], [`etag`];
//! - what it answers: [`reply`], [`paging`], [`download`]; [`wire`] has the forms of names and times;
//! - what stands around all handlers: [`layers`], with [`access_log`], [`rate_limit`] and [`content_encoding`];
//! - [`docs`], [`document`] and [`metrics`]: `/openapi.json`, `/docs`, `/metrics`;
//! - [`serve`]: the loop that takes connections; [`connection`]: one of them.
//!
//! Nothing here knows a resource, the store or the lanes: a resource is a file
//! beside these, with its wire types and its handlers.

pub mod accept;
pub mod access_log;
pub mod authorization;
pub mod body;
mod connection;
mod content_encoding;
pub mod docs;
mod document;
pub mod documented;
pub mod download;
pub mod etag;
pub mod layers;
pub mod merge_patch;
pub mod metrics;
pub mod multipart;
mod objects;
pub mod paging;
pub mod path;
pub mod problem;
pub mod query;
pub mod rate_limit;
pub mod reply;
pub mod serve;
mod shape;
#[cfg(test)]
mod tests;
pub mod wire;

pub use accept::Accept;
pub use authorization::Presented;
pub use body::{JsonBody, takes};
pub use docs::IDEMPOTENCY_KEY;
pub use documented::problems;
pub use download::{Asked, Download, Sent};
pub use etag::{ETag, Preconditions};
pub use merge_patch::MergePatch;
pub use multipart::Multipart;
pub use paging::{Page, PageQuery};
pub use path::Params;
pub use problem::{Problem, ProblemError, ProblemKind};
pub use query::{Beside, Filters, FiltersAnd, List, ListAnd};
pub use reply::{
    Created, Put, Tagged, also_as, answers_as, answers_file, answers_headers, tagged_as,
};
pub use wire::{WireName, WireTime};
