//! Published plugins.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Definitions;
use json::JsonValue;
use runtime::publish::PluginKind;
use runtime::publish::census::Census;
use runtime::{Digest, StandIns};

/// A published component, by name and version, which never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PublishedPlugin {
    /// From its manifest.
    pub name: String,
    /// Semantic version, from its manifest.
    pub version: String,
    /// What it is for.
    pub kind: PluginKind,
    /// SHA-256 of the bytes that were uploaded, in hex.
    pub upload_digest: String,
    /// SHA-256 of the component, in hex.
    pub digest: String,
    /// Length of the component in bytes.
    pub bytes: u64,
    /// What it imports, such as `vervet:plugin/log@0.1.0`.
    pub imports: Vec<String>,
    /// Which stand-ins meet its imports of WASI, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_ins: Option<StandIns>,
    /// The manifest as JSON.
    pub manifest: JsonValue,
    /// What its configuration's schema takes of memory when it is prepared; none if an earlier release published it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared_schema_bytes: Option<u64>,
    /// Microseconds since the epoch.
    pub published_at: i64,
    /// Who published it.
    pub published_by: String,
}

impl PublishedPlugin {
    /// The alert type of a rule's alerts, from its manifest.
    pub fn alert_type(&self) -> Option<&str> {
        self.said("alert_type")
    }

    /// What people call it, from its manifest.
    pub fn title(&self) -> Option<&str> {
        self.said("title")
    }

    /// What it does, in words, from its manifest: without the title, with which descriptions may begin.
    pub fn description(&self) -> Option<&str> {
        let description = self.said("description")?.trim();
        let rest = description.strip_prefix(self.title().unwrap_or_default());
        let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        Some(rest.unwrap_or(description).trim_start()).filter(|text| !text.is_empty())
    }

    /// A text of the manifest; none if it is empty.
    fn said(&self, member: &str) -> Option<&str> {
        let text = self.manifest.get(member)?.as_str();
        text.filter(|text| !text.trim().is_empty())
    }
}

impl Definitions {
    /// Adds the tenant's plugins to those of the others.
    pub fn count_plugins(&self, census: &mut Census) {
        let digests = self
            .plugins
            .iter()
            .filter_map(|plugin| plugin.digest.parse::<Digest>().ok());
        census.published.extend(digests);
        let teams = self.teams.iter();
        let installs = teams.flat_map(|team| self.wanted_installs_of(&team.name));
        let digests = installs.filter_map(|install| install.digest.parse::<Digest>().ok());
        census.installed.extend(digests);
        let formatters = self.exports.iter().map(|export| &export.formatter);
        let formatters = formatters.filter_map(|it| self.plugin(&it.plugin, &it.version));
        let digests = formatters.filter_map(|plugin| plugin.digest.parse::<Digest>().ok());
        census.installed.extend(digests);
    }

    /// A published plugin.
    pub fn plugin(&self, name: &str, version: &str) -> Option<&Arc<PublishedPlugin>> {
        self.plugins.get(&format!("{name}/{version}"))
    }

    /// The plugin of a rule's newest install, also of a rule that was removed.
    pub fn plugin_of_rule(&self, team: &str, rule: &str) -> Option<&Arc<PublishedPlugin>> {
        let prefix = format!("{team}/{rule}/");
        let newest = self.rules.under(&prefix).last()?;
        self.plugin(&newest.plugin, &newest.version)
    }
}

impl PublishedPlugin {
    pub(super) fn definition_key(&self) -> String {
        format!("{}/{}", self.name, self.version)
    }
}
