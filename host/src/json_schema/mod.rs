//! JSON Schemas that strangers wrote: of a plugin's configuration, of the info of alerts.
//!
//! Nothing is fetched from anywhere, patterns take time that is linear in what they
//! read, and no schema can ask for endless work.

mod expansion;

use std::sync::Arc;

use jsonschema::{Draft, Validator};
use serde_json::Value;

use expansion::ExpansionError;

/// A JSON Schema that refers to nothing outside itself.
#[derive(Clone)]
pub struct JsonSchema(Arc<Schema>);

struct Schema {
    text: String,
    validator: Validator,
}

/// Which drafts of JSON Schema a text may be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drafts {
    /// 2020-12 alone.
    Newest,
    /// Draft 4 to 2020-12, as `$schema` says; 2020-12 where it says nothing.
    FromDraft4,
}

/// Why a text is no [`JsonSchema`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonSchemaError {
    /// In bytes.
    #[error("is larger than {} KiB", JsonSchema::MAX_BYTES >> 10)]
    Large,
    /// The parser's words.
    #[error("is no JSON object: {0}")]
    Json(String),
    /// The `$schema` that it has.
    #[error("is of '{0}', which is no JSON Schema of draft 4, 6, 7, 2019-09 or 2020-12")]
    Draft(String),
    /// It would never end, or not before long.
    #[error("asks for too much: {0}")]
    Expansion(String),
    /// The validator's words.
    #[error("is no JSON Schema of {draft}: {cause}")]
    Schema {
        /// Which.
        draft: &'static str,
        /// What is wrong.
        cause: String,
    },
}

impl From<ExpansionError> for JsonSchemaError {
    fn from(error: ExpansionError) -> Self {
        Self::Expansion(error.to_string())
    }
}

/// What is wrong with a value, at one place of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFault {
    /// A JSON pointer; "" for the whole.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl JsonSchema {
    /// The longest schema, in bytes.
    pub const MAX_BYTES: usize = 64 << 10;
    /// The most faults that are told.
    pub const MAX_FAULTS: usize = 100;

    /// Checks a text. References outside it are refused: nothing is fetched.
    ///
    /// # Errors
    /// Where it is too large, of no draft that is asked for, no good schema, or asks for endless work.
    pub fn new(text: &str, drafts: Drafts) -> Result<Self, JsonSchemaError> {
        if text.len() > Self::MAX_BYTES {
            return Err(JsonSchemaError::Large);
        }
        let schema: serde_json::Map<String, Value> =
            serde_json::from_str(text).map_err(|error| JsonSchemaError::Json(error.to_string()))?;
        let draft = match (drafts, schema.get("$schema")) {
            (Drafts::Newest, _) | (Drafts::FromDraft4, None) => Draft::Draft202012,
            (Drafts::FromDraft4, Some(named)) => {
                draft_named(named).ok_or_else(|| JsonSchemaError::Draft(named_as_text(named)))?
            }
        };
        let schema = Value::Object(schema);
        expansion::check(&schema)?;
        let validator = jsonschema::options()
            .with_draft(draft)
            // Linear in its input; the default goes back, and the pattern is a stranger's.
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .build(&schema)
            .map_err(|error| JsonSchemaError::Schema {
                draft: name_of(draft),
                cause: error.to_string(),
            })?;
        Ok(Self(Arc::new(Schema {
            text: text.to_owned(),
            validator,
        })))
    }

    /// The schema as it was written.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// What is wrong with a value: all of it, up to [a hundred](Self::MAX_FAULTS) faults.
    pub fn faults(&self, value: &Value) -> Vec<SchemaFault> {
        let errors = self.0.validator.iter_errors(value).take(Self::MAX_FAULTS);
        let faults = errors.map(|error| SchemaFault {
            pointer: error.instance_path().to_string(),
            message: error.to_string(),
        });
        faults.collect()
    }
}

fn draft_named(named: &Value) -> Option<Draft> {
    let url = named.as_str()?.trim_end_matches('#');
    let path = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"))?;
    Some(match path {
        "json-schema.org/draft-04/schema" => Draft::Draft4,
        "json-schema.org/draft-06/schema" => Draft::Draft6,
        "json-schema.org/draft-07/schema" => Draft::Draft7,
        "json-schema.org/draft/2019-09/schema" => Draft::Draft201909,
        "json-schema.org/draft/2020-12/schema" => Draft::Draft202012,
        _ => return None,
    })
}

fn name_of(draft: Draft) -> &'static str {
    match draft {
        Draft::Draft4 => "draft 4",
        Draft::Draft6 => "draft 6",
        Draft::Draft7 => "draft 7",
        Draft::Draft201909 => "draft 2019-09",
        _ => "draft 2020-12",
    }
}

fn named_as_text(named: &Value) -> String {
    named
        .as_str()
        .map_or_else(|| named.to_string(), str::to_owned)
}

impl PartialEq for JsonSchema {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl std::fmt::Debug for JsonSchema {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0.text)
    }
}

#[cfg(test)]
mod tests;
