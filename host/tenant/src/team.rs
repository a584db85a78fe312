//! Teams and their payload schemas.

use std::sync::Arc;

use domain::payload::{AdditionalFields, Field, FieldType, PayloadSchema, Sensitivity};
use serde::{Deserialize, Serialize};

/// What a team watches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TeamKind {
    /// Risks and unusual activity in general.
    TransactionMonitoring,
    /// Money laundering.
    Aml,
}

/// What whoever posts a transaction is told.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The alerts, and what each live rule said.
    #[default]
    Full,
    /// Only that it was received, where even knowing of an alert would be tipping off.
    Receipt,
}

/// A part of a tenant, with a payload schema, API keys and rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Team {
    /// Unique within the tenant; part of the keys of its transactions in the store.
    pub id: u32,
    /// The tenant's name for it.
    pub name: String,
    /// For people.
    pub title: String,
    /// What it watches for.
    pub kind: TeamKind,
    /// What whoever posts a transaction is told.
    pub answer: Answer,
    /// All versions of its payload schema, the newest last.
    pub schemas: Vec<SchemaRecord>,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Rises with each change; the `ETag`.
    pub version: u64,
}

impl Team {
    pub(super) fn definition_key(&self) -> String {
        self.name.clone()
    }

    /// Whether any version of its payload schema has masked fields: then it is kept with whatever rules write, whether
    /// they read those.
    pub fn has_masked_fields(&self) -> bool {
        let mut schemas = self.schemas.iter();
        schemas.any(|schema| schema.masked().next().is_some())
    }

    /// The payload schema in force, compiled.
    pub fn schema(&self) -> Option<Arc<PayloadSchema>> {
        self.schemas.last().map(|record| record.compiled())
    }
}

/// A payload schema as the store keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SchemaRecord {
    /// 1 for the first, rising by one.
    pub version: u32,
    /// In the order in which values are kept.
    pub fields: Vec<FieldRecord>,
    /// `reject`, `ignore` or `keep`.
    pub additional_fields: String,
    /// IANA name.
    pub default_timezone: Option<String>,
    /// Microseconds since the epoch.
    pub created_at: i64,
    #[serde(skip)]
    compiled: std::sync::OnceLock<Arc<PayloadSchema>>,
}

/// A field as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRecord {
    /// As it stands in the payload.
    pub name: String,
    /// `float`, `integer`, `date_time`, `string` or `boolean`.
    #[serde(rename = "type")]
    pub field_type: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// `mask` or `hash`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitive: Option<String>,
}

impl SchemaRecord {
    /// The record of a checked schema.
    pub fn of(schema: PayloadSchema, created_at: i64) -> Self {
        let fields = schema.fields().iter().map(|field| FieldRecord {
            name: field.name.clone(),
            field_type: field.field_type.as_str().to_owned(),
            description: field.description.clone(),
            sensitive: match field.sensitivity {
                Sensitivity::Open => None,
                Sensitivity::Mask => Some("mask".to_owned()),
                Sensitivity::Hash => Some("hash".to_owned()),
            },
        });
        let additional_fields = match schema.additional_fields() {
            AdditionalFields::Reject => "reject",
            AdditionalFields::Ignore => "ignore",
            AdditionalFields::Keep => "keep",
        };
        let zone = schema.default_timezone().and_then(|zone| zone.iana_name());
        Self {
            version: schema.version(),
            fields: fields.collect(),
            additional_fields: additional_fields.to_owned(),
            default_timezone: zone.map(str::to_owned),
            created_at,
            compiled: Arc::new(schema).into(),
        }
    }

    /// The names of the fields that are masked.
    pub fn masked(&self) -> impl Iterator<Item = &str> {
        let fields = self.fields.iter();
        let masked = fields.filter(|field| field.sensitive.as_deref() == Some("mask"));
        masked.map(|field| field.name.as_str())
    }

    /// The schema, compiled once.
    ///
    /// # Panics
    /// Where the record is not what [`SchemaRecord::of`] made: the store's own check sums exclude that.
    pub fn compiled(&self) -> Arc<PayloadSchema> {
        let compile = || {
            let fields = self.fields.iter().map(|record| Field {
                name: record.name.clone(),
                field_type: FieldType::parse(&record.field_type).unwrap_or(FieldType::Text),
                description: record.description.clone(),
                sensitivity: match record.sensitive.as_deref() {
                    Some("mask") => Sensitivity::Mask,
                    Some("hash") => Sensitivity::Hash,
                    _ => Sensitivity::Open,
                },
            });
            let additional_fields = match &*self.additional_fields {
                "ignore" => AdditionalFields::Ignore,
                "keep" => AdditionalFields::Keep,
                _ => AdditionalFields::Reject,
            };
            let zone = self.default_timezone.as_deref();
            PayloadSchema::new(self.version, fields.collect(), additional_fields, zone)
                .map(Arc::new)
                .expect("a stored payload schema was checked before it was stored")
        };
        self.compiled.get_or_init(compile).clone()
    }
}
