//! What all schemas of a tenant take of the host's memory together, and how much that may be.

use super::{AlertType, Definitions, PublishedPlugin, SchemaRecord};
use json::{JsonObject, JsonValue};

/// The most memory that the schemas of a tenant may take together, in bytes.
pub const MAX_SCHEMA_BYTES: usize = 32 << 20;

/// What a field of a payload schema takes beside its texts, in bytes.
const FIELD_BYTES: usize = 256;

/// The schemas of a tenant would take too much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "all schemas of the tenant would take {} KiB of memory, of at most {}: {} for alert types, {} for the versions of payload \
     schemas, {} for configurations of plugins; shorten or delete some",
    kib(.0.total()), kib(MAX_SCHEMA_BYTES), kib(.0.alert_types), kib(.0.payloads), kib(.0.plugins)
)]
pub struct SchemasTooLarge(SchemaMemory);

fn kib(bytes: usize) -> usize {
    bytes.div_ceil(1 << 10)
}

/// What schemas take of the host's memory, in bytes. Estimates that are the same on every machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct SchemaMemory {
    /// The `info_schema`s of alert types.
    alert_types: usize,
    /// All versions of the payload schemas of all teams.
    payloads: usize,
    /// The `config-schema`s of published plugins.
    plugins: usize,
}

impl SchemaMemory {
    fn total(self) -> usize {
        self.alert_types + self.payloads + self.plugins
    }

    fn check(self, is_more: bool) -> Result<(), SchemasTooLarge> {
        // What was stored before there was a limit may shrink.
        if is_more && self.total() > MAX_SCHEMA_BYTES {
            return Err(SchemasTooLarge(self));
        }
        Ok(())
    }
}

impl Definitions {
    fn schema_memory(&self) -> SchemaMemory {
        let schemas = self.teams.iter().flat_map(|team| &team.schemas);
        SchemaMemory {
            alert_types: self.alert_types.iter().map(|own| own.schema_bytes()).sum(),
            payloads: schemas.map(SchemaRecord::schema_bytes).sum(),
            plugins: self.plugins.iter().map(|own| own.schema_bytes()).sum(),
        }
    }

    /// Checks that there is memory for an alert type, in place of the one of its name.
    ///
    /// # Errors
    /// Where the schemas of the tenant would take more than [`MAX_SCHEMA_BYTES`] with it.
    pub fn check_room_for_type(&self, new: &AlertType) -> Result<(), SchemasTooLarge> {
        let before = self.alert_types.get(&new.name);
        let before = before.map_or(0, |before| before.schema_bytes());
        let mut after = self.schema_memory();
        after.alert_types = after.alert_types - before + new.schema_bytes();
        after.check(new.schema_bytes() > before)
    }

    /// Checks that there is memory for one more version of a payload schema.
    ///
    /// # Errors
    /// Where the schemas of the tenant would take more than [`MAX_SCHEMA_BYTES`] with it.
    pub fn check_room_for_payloads(&self, new: &SchemaRecord) -> Result<(), SchemasTooLarge> {
        let mut after = self.schema_memory();
        after.payloads += new.schema_bytes();
        after.check(true)
    }

    /// Checks that there is memory for the configuration's schema of one more plugin.
    ///
    /// # Errors
    /// Where the schemas of the tenant would take more than [`MAX_SCHEMA_BYTES`] with it.
    pub fn check_room_for_plugin(&self, new: &PublishedPlugin) -> Result<(), SchemasTooLarge> {
        let mut after = self.schema_memory();
        after.plugins += new.schema_bytes();
        after.check(true)
    }
}

impl AlertType {
    fn schema_bytes(&self) -> usize {
        let prepared = self.schema().and_then(|schema| schema.as_ref().ok());
        let kept = self.info_schema.as_ref().map_or(0, object_bytes);
        kept + prepared.map_or(0, |schema| schema.memory_bytes())
    }
}

impl SchemaRecord {
    fn schema_bytes(&self) -> usize {
        let fields = self.fields.iter();
        // The texts are there twice: as they are stored, and as they are read by.
        let bytes =
            fields.map(|field| 2 * (field.name.len() + field.description.len()) + FIELD_BYTES);
        bytes.sum()
    }
}

impl PublishedPlugin {
    fn schema_bytes(&self) -> usize {
        let kept = self.manifest.get("config_schema").map_or(0, value_bytes);
        kept + self.prepared_schema_bytes.unwrap_or(kept as u64) as usize
    }
}

/// What a value takes of memory, in bytes.
fn value_bytes(value: &JsonValue) -> usize {
    let within = match value {
        JsonValue::Null | JsonValue::Bool(_) => 0,
        JsonValue::Number(number) => number.as_str().len(),
        JsonValue::String(text) => text.len(),
        JsonValue::Array(items) => items.iter().map(value_bytes).sum(),
        JsonValue::Object(members) => object_bytes(members),
    };
    size_of::<JsonValue>() + within
}

fn object_bytes(members: &JsonObject) -> usize {
    let members = members.iter();
    members
        .map(|(name, value)| size_of::<String>() + name.len() + value_bytes(value))
        .sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::AlertTypeSettings;
    use untrusted_input::json_schema::{Drafts, JsonSchema};

    /// A type whose schema takes about so much.
    fn alert_type(name: &str, bytes: usize) -> AlertType {
        let schema = json!({ "description": "x".repeat(bytes / 2) });
        let prepared = JsonSchema::stored(&schema.to_string(), Drafts::FromDraft4);
        let schema = JsonObject::read(&schema.to_string()).expect("an object");
        let settings = AlertTypeSettings {
            title: name.to_owned(),
            info_schema: Some((schema, prepared.expect("a schema"))),
            ..AlertTypeSettings::default()
        };
        AlertType::new(name.to_owned(), settings, 0, 1)
    }

    #[test]
    fn schemas_of_a_tenant_have_one_budget() {
        let mut definitions = Definitions::default();
        let large = alert_type("a", MAX_SCHEMA_BYTES * 9 / 10);
        assert_eq!(definitions.check_room_for_type(&large), Ok(()));
        definitions.alert_types.put(Arc::new(large));
        let more = alert_type("b", MAX_SCHEMA_BYTES * 2 / 10);
        let refused = definitions.check_room_for_type(&more).unwrap_err();
        assert!(
            refused.to_string().contains("of at most 32768"),
            "{refused}"
        );
        // In place of another it counts alone.
        let instead = alert_type("a", MAX_SCHEMA_BYTES * 95 / 100);
        assert_eq!(definitions.check_room_for_type(&instead), Ok(()));
    }

    #[test]
    fn what_was_stored_before_there_was_a_limit_may_shrink() {
        let mut definitions = Definitions::default();
        definitions
            .alert_types
            .put(Arc::new(alert_type("a", 2 * MAX_SCHEMA_BYTES)));
        let check = |bytes: usize| {
            let checked = definitions.check_room_for_type(&alert_type("a", bytes));
            checked.is_ok()
        };
        assert!(check(MAX_SCHEMA_BYTES * 3 / 2));
        assert!(!check(3 * MAX_SCHEMA_BYTES));
        let none = AlertType::new("b".to_owned(), AlertTypeSettings::default(), 0, 1);
        assert_eq!(definitions.check_room_for_type(&none), Ok(()));
    }
}
