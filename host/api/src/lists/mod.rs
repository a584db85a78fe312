//! Watchlists, which rules ask for membership: `/v1/lists`.
//!
//! - [`entries`]: entries as they are sent;
//! - [`read`], [`change`]: a list as it is or was, and what changes it;
//! - [`versions`], [`membership`]: who changed what, and what became of one entry.

mod change;
mod entries;
mod membership;
mod read;
mod versions;

use std::sync::Arc;

use aide::axum::ApiRouter;
use axum::extract::DefaultBodyLimit;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem_from::problem_kind;
use crate::http::{ETag, Problem, ProblemKind, WireName, WireTime};
use app::App;
use app::watchlists::{NoSuchWatchlist, PastError};
use domain::name::Name;
use tenant::List;

/// The most bytes of a list that is sent: a million entries of some length.
const MAX_BODY_BYTES: usize = 64 << 20;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .merge(read::routes())
        .merge(change::routes())
        .merge(versions::routes())
        .merge(membership::routes())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// A list without its entries.
#[derive(Debug, Serialize, JsonSchema)]
struct ListBrief {
    name: String,
    /// Rises with each change; evidence names it.
    version: u64,
    updated_at: WireTime,
    /// How many entries it has.
    count: usize,
}

/// The path of a list.
#[derive(Debug, Deserialize, JsonSchema)]
struct ListPath {
    /// The list's name.
    list: WireName,
}

impl ListPath {
    fn name(&self) -> &Name {
        &self.list.0
    }
}

impl ListBrief {
    fn of(list: &List) -> Self {
        Self {
            name: list.name.clone(),
            version: list.version,
            updated_at: WireTime(Timestamp::from_micros(list.updated_at)),
            count: list.entries.len(),
        }
    }
}

fn etag(list: &List) -> ETag {
    ETag::of_version(list.version)
}

problem_kind!(NoSuchWatchlist: NotFound);

impl From<PastError> for Problem {
    fn from(error: PastError) -> Self {
        match &error {
            PastError::NoSuchVersion { name, .. }
            | PastError::NotYet { name, .. }
            | PastError::NotKept { name, .. }
            | PastError::Deleted { name, .. } => {
                let detail =
                    format!("{error}; GET /v1/lists/{name}/versions says what is known of it");
                Self::new(ProblemKind::NotFound, detail)
            }
            PastError::NoSuchWatchlist(error) => error.clone().into(),
            PastError::Read(error) => error.clone().into(),
        }
    }
}
