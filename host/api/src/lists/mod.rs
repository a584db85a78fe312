//! Lists, which rules ask for membership: `/v1/lists`.
//!
//! - [`entries`], [`csv`]: entries as they are sent, and as they are answered;
//! - [`read`], [`change`]: a list as it is or was, and what changes it;
//! - [`versions`], [`membership`]: who changed what, and what became of one entry.

mod change;
mod csv;
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

use super::blocking::blocking;
use super::caller::UserCaller;
use crate::http::{ETag, Problem, WireName, WireTime};
use app::App;
use engine::list::{AsOfError, Versions};
use tenant::{Definitions, List};

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
    fn name(&self) -> &str {
        self.list.0.as_str()
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

fn find(definitions: &Definitions, path: &ListPath) -> Result<Arc<List>, Problem> {
    let list = definitions.lists.get(path.name()).cloned();
    list.ok_or_else(|| no_such_list(path.name()))
}

fn no_such_list(name: &str) -> Problem {
    Problem::not_found(&format!("list '{name}'"))
}

/// Reads the versions of a list, which may be deleted by now, off the runtime's threads.
async fn on_versions<T: Send + 'static>(
    app: &Arc<App>,
    caller: &UserCaller,
    path: ListPath,
    read: impl FnOnce(&Versions<'_>) -> Result<T, AsOfError> + Send + 'static,
) -> Result<T, Problem> {
    // In this order: a version that the list has already must not be missing among its versions.
    let defined = caller.definitions().lists.get(path.name()).cloned();
    let durable = caller.position().await?;
    let (app, tenant) = (app.clone(), caller.tenant);
    let read = move || {
        let store = &app.services.store;
        let versions = Versions::of(store, tenant, path.name(), defined.as_ref(), durable)?;
        read(&versions).map_err(|error| no_list_then(path.name(), error))
    };
    blocking(read).await?
}

/// What to answer where there is no list as it is asked for.
fn no_list_then(name: &str, error: AsOfError) -> Problem {
    let known = format!("GET /v1/lists/{name}/versions says what is known of it");
    match error {
        AsOfError::Store(error) => error.into(),
        AsOfError::NoList => no_such_list(name),
        AsOfError::NoVersion(version) => {
            Problem::not_found(&format!("version {version} of list '{name}'; {known}"))
        }
        AsOfError::NotYet { made_at } => Problem::not_found(&format!(
            "list '{name}' at that time: it was made at {made_at}; {known}"
        )),
        AsOfError::NotKept { since } => Problem::not_found(&format!(
            "record of list '{name}' at that time: it was changed at {since}, and what it held before was not kept; {known}"
        )),
        AsOfError::Deleted { version, at } => Problem::not_found(&format!(
            "list '{name}' then: it was deleted at {at}, in version {version}; {known}"
        )),
    }
}
