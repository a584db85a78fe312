//! Published plugins of a tenant: rules and formatters.
//!
//! - [`publish`]: from the bytes of an upload to a plugin; [`checks`]: what it must pass; [`uploads`]: those that take long
//!   to compile;
//! - [`read`]: what is published, and its bytes;
//! - [`delete`]: removing what was never used; [`uses`]: what uses a plugin, or has used it.

pub mod checks;
pub mod delete;
pub mod publish;
pub mod read;
pub mod uploads;
pub mod uses;

use std::sync::Arc;

use crate::request::Version;
use tenant::{Definitions, PublishedPlugin};

/// The tenant has published no plugin of this name and version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no plugin {name} {version}; it is not published")]
pub struct NoSuchPlugin {
    /// The name that was asked for.
    pub name: String,
    /// The version that was asked for.
    pub version: String,
}

/// The version of a published plugin, as far as changes are concerned: that of its bytes.
pub fn version(plugin: &PublishedPlugin) -> Version {
    Version::of_content(plugin.digest.as_bytes())
}

/// The published plugin of this name and version.
fn find(
    definitions: &Definitions,
    name: &str,
    version: &str,
) -> Result<Arc<PublishedPlugin>, NoSuchPlugin> {
    let plugin = definitions.plugin(name, version).cloned();
    plugin.ok_or_else(|| NoSuchPlugin {
        name: name.to_owned(),
        version: version.to_owned(),
    })
}
