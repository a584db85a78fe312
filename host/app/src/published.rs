//! Published plugins that a request names, and what is said of those that are not published.

use std::sync::Arc;

use base::nearest::nearest;
use runtime::publish::PluginKind;
use tenant::{Definitions, PublishedPlugin};

/// A plugin that is not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPublished {
    /// Nothing of this name is published.
    #[error("plugin {name} {version} is not published{}", did_you_mean(nearest.as_deref()))]
    Name {
        /// The name that was asked for.
        name: String,
        /// The version that was asked for.
        version: String,
        /// The published plugin of the kind whose name is most like it, if one is.
        nearest: Option<String>,
    },
    /// Other versions of it are published.
    #[error("plugin {name} {version} is not published; its newest published version is {newest}")]
    Version {
        /// The name.
        name: String,
        /// The version that was asked for.
        version: String,
        /// The newest that is published.
        newest: String,
    },
}

/// A plugin that was deleted since it was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("plugin {name} {version} was deleted meanwhile; publish it again first")]
pub struct DeletedPlugin {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Finds a published plugin by name and version. A kind bounds what is suggested in place of an unknown name.
///
/// # Errors
/// Where it is not published.
pub fn find_published<'d>(
    definitions: &'d Definitions,
    kind: PluginKind,
    name: &str,
    version: &str,
) -> Result<&'d Arc<PublishedPlugin>, NotPublished> {
    let published = definitions.plugins.get(&format!("{name}/{version}"));
    published.ok_or_else(|| {
        let (name, version) = (name.to_owned(), version.to_owned());
        match newest_version(definitions, &name) {
            Some(newest) => NotPublished::Version {
                name,
                version,
                newest,
            },
            None => NotPublished::Name {
                nearest: nearest_plugin(definitions, kind, &name),
                name,
                version,
            },
        }
    })
}

/// Refuses a plugin that was deleted since it was found.
///
/// # Errors
/// Where nothing, or other bytes, are published by its name and version.
pub fn check_still_published(
    definitions: &Definitions,
    plugin: &PublishedPlugin,
) -> Result<(), DeletedPlugin> {
    let (name, version) = (&plugin.name, &plugin.version);
    match definitions.plugin(name, version) {
        Some(published) if published.digest == plugin.digest => Ok(()),
        _ => Err(DeletedPlugin {
            name: name.clone(),
            version: version.clone(),
        }),
    }
}

/// The published plugin of a kind whose name is most like this one, if one is.
pub fn nearest_plugin(definitions: &Definitions, kind: PluginKind, name: &str) -> Option<String> {
    let of_kind = definitions.plugins.iter();
    let of_kind = of_kind.filter(|plugin| plugin.kind == kind);
    nearest(name, of_kind.map(|plugin| plugin.name.as_str()))
}

/// The newest published version of a plugin; none if none is published.
pub fn newest_version(definitions: &Definitions, name: &str) -> Option<String> {
    let prefix = format!("{name}/");
    let versions = definitions.plugins.under(&prefix);
    let versions = versions.map(|published| &published.version);
    let newest = versions.max_by_key(|version| semver::Version::parse(version).ok());
    newest.cloned()
}

/// The suggestion at the end of an error: `; did you mean 'standard-csv'?`, or nothing.
pub fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |near| format!("; did you mean '{near}'?"))
}

/// The names of the formatters that are published, in their order.
pub fn formatters(definitions: &Definitions) -> Vec<String> {
    let all = definitions.plugins.iter();
    let all = all.filter(|plugin| plugin.kind == PluginKind::Formatter);
    let mut names: Vec<String> = all.map(|plugin| plugin.name.clone()).collect();
    names.dedup();
    names
}

/// The plugins of a kind that are published, by name, the newest version of each first.
pub fn newest_first(definitions: &Definitions, kind: PluginKind) -> Vec<Arc<PublishedPlugin>> {
    let all = definitions.plugins.iter();
    let all = all.filter(|plugin| plugin.kind == kind);
    let mut plugins: Vec<Arc<PublishedPlugin>> = all.cloned().collect();
    plugins.sort_by_cached_key(|plugin| {
        let version = semver::Version::parse(&plugin.version).ok();
        (plugin.name.clone(), std::cmp::Reverse(version))
    });
    plugins
}
