//! Exports: which alerts, in which format.

use serde::{Deserialize, Serialize};

use super::delivery::Delivery;

/// A tenant's export definition.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Export {
    /// The tenant's name for it.
    pub name: String,
    /// What writes its files.
    pub formatter: FormatterChoice,
    /// Which alerts.
    pub filter: ExportFilter,
    /// Where its files go, in the order in which they are numbered.
    #[serde(default)]
    pub deliveries: Vec<Delivery>,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Rises with each change; the `ETag`.
    pub version: u64,
}

impl Export {
    pub(super) fn definition_key(&self) -> String {
        self.name.clone()
    }
}

/// A published formatter and its configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormatterChoice {
    /// The plugin's name.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// Its configuration; `{}` where it needs none.
    #[serde(default = "empty_object")]
    pub config: serde_json::Value,
}

fn empty_object() -> serde_json::Value {
    serde_json::Value::Object(serde_json::Map::new())
}

/// Which alerts an export holds; of each member, any of its values; none means all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExportFilter {
    /// Teams, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub team: Vec<String>,
    /// Alert types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub incident_type: Vec<String>,
    /// States of the workflow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub state: Vec<String>,
    /// Labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub label: Vec<String>,
    /// `low`, `medium`, `high`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<String>,
}
