//! Published plugins as they are read.

use std::sync::Arc;

use bytes::Bytes;

use super::{NoSuchPlugin, find};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::cursors::Cursors;
use crate::request::page::{ForeignCursor, page_of};
use crate::request::{Page, PageRequest};
use tenant::{Permission, PublishedPlugin};

/// Why plugins cannot be listed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListPluginsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
}

/// Why a plugin cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadPluginError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such plugin.
    #[error(transparent)]
    NoSuchPlugin(#[from] NoSuchPlugin),
}

/// Why the component of a plugin cannot be fetched.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchComponentError {
    /// The caller may not, or there is no such plugin.
    #[error(transparent)]
    Plugin(#[from] ReadPluginError),
    /// The store lacks the component of a plugin that is published.
    #[error("the component of the plugin is missing in the store")]
    Missing,
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A page of the published plugins, by name and version.
///
/// # Errors
/// Where the caller may not, or the cursor is none of this list.
pub fn list(
    cursors: &Cursors,
    caller: &Caller,
    page: &PageRequest,
) -> Result<Page<Arc<PublishedPlugin>>, ListPluginsError> {
    caller.require(Permission::PluginRead)?;
    let definitions = caller.definitions();
    let (plugins, list) = (&definitions.plugins, ["plugins"]);
    Ok(page_of(
        cursors,
        caller.tenant,
        &list,
        page,
        plugins,
        |_| true,
    )?)
}

/// Reads what a plugin says of itself.
///
/// # Errors
/// Where the caller may not, or there is no such plugin.
pub fn read(
    caller: &Caller,
    name: &str,
    version: &str,
) -> Result<Arc<PublishedPlugin>, ReadPluginError> {
    caller.require(Permission::PluginRead)?;
    Ok(find(&caller.definitions(), name, version)?)
}

/// Fetches the component of a plugin.
///
/// # Errors
/// Where the caller may not, or there is no such plugin.
pub async fn component(
    app: &Arc<App>,
    caller: &Caller,
    name: &str,
    version: &str,
) -> Result<Bytes, FetchComponentError> {
    let plugin = read(caller, name, version)?;
    let tenant = caller.tenant;
    let component = on_disk(app, move |app| app.services.component(tenant, &plugin));
    component.await?.ok_or(FetchComponentError::Missing)
}
