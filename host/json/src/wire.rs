//! Values in serde's types: written with their literals, and read by the one reader.
//!
//! As parts of a type they are read as what is stored. Bodies of requests are checked as a whole besides
//! (`http/body.rs`), so that what is refused is refused wherever it stands.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Error as _, Unexpected};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::fault::JsonFault;
use super::number::JsonNumber;
use super::value::{JsonObject, JsonValue};

impl Serialize for JsonNumber {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let literal: &RawValue = serde_json::from_str(self.as_str()).map_err(S::Error::custom)?;
        literal.serialize(out)
    }
}

impl Serialize for JsonValue {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => out.serialize_unit(),
            Self::Bool(value) => out.serialize_bool(*value),
            Self::Number(number) => number.serialize(out),
            Self::String(text) => out.serialize_str(text),
            Self::Array(items) => out.collect_seq(items),
            Self::Object(members) => members.serialize(out),
        }
    }
}

impl Serialize for JsonObject {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.iter())
    }
}

/// Cuts the text out, however deep it is, before it is read.
fn cut_out<'de, D: Deserializer<'de>>(json: D) -> Result<JsonValue, D::Error> {
    let text = Box::<RawValue>::deserialize(json)?;
    JsonValue::read_stored(text.get()).map_err(|fault: JsonFault| D::Error::custom(fault))
}

impl<'de> Deserialize<'de> for JsonValue {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        cut_out(json)
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let unexpected = match cut_out(json)? {
            JsonValue::Object(members) => return Ok(members),
            JsonValue::Null => Unexpected::Unit,
            JsonValue::Bool(value) => Unexpected::Bool(value),
            JsonValue::Number(_) => Unexpected::Other("number"),
            JsonValue::String(_) => Unexpected::Other("string"),
            JsonValue::Array(_) => Unexpected::Seq,
        };
        Err(D::Error::invalid_type(unexpected, &"an object"))
    }
}

impl JsonSchema for JsonValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AnyValue".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        serde_json::Value::json_schema(generator)
    }
}

impl JsonSchema for JsonObject {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AnyObject".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        serde_json::Map::<String, serde_json::Value>::json_schema(generator)
    }
}
