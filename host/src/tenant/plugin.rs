//! Published plugins.

use serde::{Deserialize, Serialize};

use crate::plugin::StandIns;
use crate::plugin::publish::PluginKind;

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
    pub manifest: serde_json::Value,
    /// Microseconds since the epoch.
    pub published_at: i64,
    /// Who published it.
    pub published_by: String,
}

impl PublishedPlugin {
    pub(super) fn definition_key(&self) -> String {
        format!("{}/{}", self.name, self.version)
    }
}
