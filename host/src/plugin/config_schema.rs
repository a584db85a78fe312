//! The JSON Schema of a plugin's configuration.

use std::sync::Arc;

use jsonschema::{Draft, Validator};
use serde_json::Value;

/// A JSON Schema of draft 2020-12 that refers to nothing outside itself.
#[derive(Clone)]
pub struct ConfigSchema(Arc<Schema>);

struct Schema {
    text: String,
    validator: Validator,
}

/// Why a text is no [`ConfigSchema`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigSchemaError {
    /// In bytes.
    #[error("is larger than {} KiB", ConfigSchema::MAX_BYTES >> 10)]
    Large,
    /// The parser's words.
    #[error("is no JSON object: {0}")]
    Json(String),
    /// The validator's words.
    #[error("is no JSON Schema of draft 2020-12: {0}")]
    Schema(String),
}

/// What is wrong with a configuration, at one place of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// A JSON pointer; "" for the whole.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl ConfigSchema {
    /// The longest schema, in bytes.
    pub const MAX_BYTES: usize = 64 << 10;

    /// Checks a text. References outside it are refused: nothing is fetched.
    pub fn new(text: &str) -> Result<Self, ConfigSchemaError> {
        if text.len() > Self::MAX_BYTES {
            return Err(ConfigSchemaError::Large);
        }
        let schema: serde_json::Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| ConfigSchemaError::Json(error.to_string()))?;
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            // Linear in its input; the default goes back, and the pattern is a stranger's.
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .build(&Value::Object(schema))
            .map_err(|error| ConfigSchemaError::Schema(error.to_string()))?;
        Ok(Self(Arc::new(Schema {
            text: text.to_owned(),
            validator,
        })))
    }

    /// The schema as the plugin wrote it.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// What is wrong with a configuration: all of it, up to a hundred faults.
    pub fn faults(&self, config: &Value) -> Vec<ConfigFault> {
        self.0
            .validator
            .iter_errors(config)
            .take(100)
            .map(|error| ConfigFault {
                pointer: error.instance_path().to_string(),
                message: error.to_string(),
            })
            .collect()
    }
}

impl PartialEq for ConfigSchema {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl std::fmt::Debug for ConfigSchema {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_stand_alone() {
        for good in [
            r#"{}"#,
            r##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}}"##,
            r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"}"#,
        ] {
            assert!(ConfigSchema::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "[]",
            "true",
            r#"{"type":"objekt"}"#,
            r#"{"$ref":"https://example.org/schema"}"#,
            r#"{"$ref":"file:///etc/passwd"}"#,
            r##"{"$ref":"#/$defs/none"}"##,
        ] {
            assert!(ConfigSchema::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn all_faults_of_a_configuration_are_found() {
        let schema = r#"{"properties":{"limit":{"type":"number"},"name":{"minLength":1}}}"#;
        let schema = ConfigSchema::new(schema).unwrap();
        let faults = schema.faults(&serde_json::json!({"limit": "x", "name": ""}));
        let pointers: Vec<_> = faults.iter().map(|fault| &*fault.pointer).collect();
        assert_eq!(pointers, ["/limit", "/name"]);
    }
}
