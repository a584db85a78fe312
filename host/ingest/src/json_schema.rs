//! A payload schema for people and tools.

use domain::payload::{AdditionalFields, Field, FieldType, PayloadSchema, Sensitivity};
use serde_json::{Map, Value, json};

/// The payload schema as JSON Schema 2020-12.
///
/// It accepts every payload that the team's schema accepts where times have an
/// offset. It cannot say all that is refused: to JSON Schema `1.0` is an integer.
pub fn json_schema(title: &str, schema: &PayloadSchema) -> Value {
    let identifier = |description: &str| json!({ "type": "string", "minLength": 1, "maxLength": 200, "pattern": WITHOUT_NUL, "description": description });
    let mut properties = Map::new();
    properties.insert(
        "txn_id".to_owned(),
        identifier("Identifies the transaction within its team."),
    );
    properties.insert(
        "customer_id".to_owned(),
        identifier("Whom the transaction is about."),
    );
    let date_time = json!({ "type": "string", "format": "date-time", "description": "When it happened, in ISO 8601." });
    properties.insert("date_time".to_owned(), date_time);
    for field in schema.fields() {
        properties.insert(field.name.clone(), property(field));
    }
    let required: Vec<&String> = properties.keys().collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "required": required,
        "additionalProperties": schema.additional_fields() != AdditionalFields::Reject,
        "properties": properties,
    })
}

const WITHOUT_NUL: &str = "^[^\\u0000]*$";

fn property(field: &Field) -> Value {
    let mut property = match field.field_type {
        FieldType::Float => json!({ "type": "number" }),
        FieldType::Integer => {
            json!({ "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX })
        }
        FieldType::DateTime => {
            json!({ "type": "string", "anyOf": [{ "const": "" }, { "format": "date-time" }] })
        }
        FieldType::Text => json!({ "type": "string", "pattern": WITHOUT_NUL }),
        FieldType::Boolean => json!({ "type": "boolean" }),
    };
    property["default"] = unknown(field.field_type);
    if !field.description.is_empty() {
        property["description"] = field.description.clone().into();
    }
    match field.sensitivity {
        Sensitivity::Open => {}
        Sensitivity::Mask => property["x-sensitive"] = "mask".into(),
        Sensitivity::Hash => property["x-sensitive"] = "hash".into(),
    }
    property
}

/// A payload with every field of the schema, each with its value for "unknown".
///
/// The schema accepts it as it is.
pub fn example(schema: &PayloadSchema) -> Value {
    let mut members = Map::new();
    members.insert("txn_id".to_owned(), "example-1".into());
    members.insert("customer_id".to_owned(), "customer-1".into());
    members.insert("date_time".to_owned(), "2024-09-25T10:45:30Z".into());
    for field in schema.fields() {
        members.insert(field.name.clone(), unknown(field.field_type));
    }
    members.into()
}

fn unknown(kind: FieldType) -> Value {
    match kind {
        FieldType::Float | FieldType::Integer => 0.into(),
        FieldType::DateTime | FieldType::Text => "".into(),
        FieldType::Boolean => false.into(),
    }
}
