//! Alert types: the sixteen that every tenant has, as it set them, and its own.

use std::sync::OnceLock;

use domain::alert::{AlertType as DefaultType, DEFAULT_TYPES, DueIn, TypeDefaults, default_type};
use domain::rule::Level;
use domain::time::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Definitions, RuleInstall};
use json::JsonObject;
use untrusted_input::json_schema::{Drafts, JsonSchema, JsonSchemaError};

/// An alert type that a tenant made, or a default one as it set it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AlertType {
    /// As `incident_type` has it.
    pub name: String,
    /// For people.
    pub title: String,
    /// What it says of a customer.
    pub description: String,
    /// `low`, `medium` or `high`, of alerts for which nothing nearer sets it.
    pub severity: Option<String>,
    /// The same.
    pub priority: Option<String>,
    /// ISO 8601, such as `P5D`: until when an alert must be done, counted from its creation.
    pub due_in: Option<String>,
    /// JSON Schema of the alerts' `info`.
    pub info_schema: Option<JsonObject>,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Rises with each change; the `ETag`.
    pub version: u64,
    /// The schema, prepared when it is put or when the host starts.
    #[serde(skip)]
    prepared: OnceLock<Option<Result<JsonSchema, JsonSchemaError>>>,
}

/// What a tenant says of a type.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct AlertTypeSettings {
    pub title: String,
    pub description: String,
    pub severity: Option<Level>,
    pub priority: Option<Level>,
    pub due_in: Option<DueIn>,
    /// As it was put, and prepared.
    pub info_schema: Option<(JsonObject, JsonSchema)>,
}

impl AlertType {
    /// A type as a tenant sets it.
    pub fn new(name: String, settings: AlertTypeSettings, created_at: i64, version: u64) -> Self {
        let (info_schema, prepared) = settings.info_schema.unzip();
        Self {
            name,
            title: settings.title,
            description: settings.description,
            severity: settings.severity.map(|level| level.as_str().to_owned()),
            priority: settings.priority.map(|level| level.as_str().to_owned()),
            due_in: settings.due_in.map(|due| due.as_str().to_owned()),
            info_schema,
            created_at,
            version,
            prepared: OnceLock::from(prepared.map(Ok)),
        }
    }

    /// A default type as every tenant has it at first: version 0.
    pub fn default_of(default: &DefaultType) -> Self {
        let settings = AlertTypeSettings {
            title: title_of(default.name),
            description: default.description.to_owned(),
            ..AlertTypeSettings::default()
        };
        Self::new(default.name.to_owned(), settings, 0, 0)
    }

    pub(super) fn definition_key(&self) -> String {
        self.name.clone()
    }

    /// The schema of `info`, where it has one. It was checked when it was put: an error means that this release does not
    /// take it as that one did.
    pub fn schema(&self) -> Option<&Result<JsonSchema, JsonSchemaError>> {
        let prepare = || {
            let text = self.info_schema.as_ref()?.to_string();
            Some(JsonSchema::stored(&text, Drafts::FromDraft4))
        };
        self.prepared.get_or_init(prepare).as_ref()
    }

    /// Why a new schema like this one would be refused.
    pub fn schema_refused_today(&self) -> Option<JsonSchemaError> {
        let text = self.info_schema.as_ref()?.to_string();
        JsonSchema::new(&text, Drafts::FromDraft4).err()
    }

    /// What alerts that are made now have of it.
    pub fn defaults(&self, at: Timestamp, zone: &TimeZone) -> TypeDefaults {
        let due_in = self
            .due_in
            .as_deref()
            .and_then(|due| DueIn::parse(due).ok());
        TypeDefaults {
            severity: self.severity.as_deref().and_then(Level::parse),
            priority: self.priority.as_deref().and_then(Level::parse),
            due_date: due_in.and_then(|due| due.after(at, zone)),
        }
    }
}

/// `trx_aml_alert` → `Trx aml alert`.
fn title_of(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

impl Definitions {
    /// The alert type of this name: as the tenant set it, else as every tenant has it.
    pub fn alert_type(&self, name: &str) -> Option<AlertType> {
        match self.alert_types.get(name) {
            Some(own) => Some((**own).clone()),
            None => default_type(name).map(AlertType::default_of),
        }
    }

    /// All alert types, by name.
    pub fn all_alert_types(&self) -> Vec<AlertType> {
        let defaults = DEFAULT_TYPES.iter();
        let unset = defaults.filter(|default| self.alert_types.get(default.name).is_none());
        let mut all: Vec<AlertType> = unset.map(AlertType::default_of).collect();
        all.extend(self.alert_types.iter().map(|own| (**own).clone()));
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// Team and name of a rule that makes alerts of a type.
    pub fn rule_of_alert_type(&self, name: &str) -> Option<(String, String)> {
        let teams = self.teams.iter();
        let mut installs = teams.flat_map(|team| self.wanted_installs_of(&team.name));
        let makes = |install: &RuleInstall| match &install.alert_type {
            Some(own) => own == name,
            None => {
                let plugin = format!("{}/{}", install.plugin, install.version);
                let plugin = self.plugins.get(&plugin);
                plugin.is_some_and(|plugin| plugin.alert_type() == Some(name))
            }
        };
        let install = installs.find(|install| makes(install))?;
        Some((install.team.clone(), install.rule.clone()))
    }

    /// What alerts of a type that are made now have of it.
    pub fn type_defaults(&self, name: &str, at: Timestamp) -> TypeDefaults {
        let Some(own) = self.alert_types.get(name) else {
            return TypeDefaults::default();
        };
        own.defaults(at, &self.time_zone())
    }

    /// The tenant's time zone.
    pub fn time_zone(&self) -> TimeZone {
        let zone = self
            .tenant()
            .and_then(|tenant| TimeZone::get(&tenant.timezone).ok());
        zone.unwrap_or(TimeZone::UTC)
    }
}
