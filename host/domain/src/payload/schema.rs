//! A payload schema: the fields that a team's transactions must have.

use std::collections::HashMap;

use super::value::FieldType;

/// One field of a payload schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// As it stands in the payload.
    pub name: String,
    /// Which values it takes.
    pub field_type: FieldType,
    /// For people; may be empty.
    pub description: String,
    /// Who may see it.
    pub sensitivity: Sensitivity,
}

/// Who may see a field's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sensitivity {
    /// Whoever may see the transaction.
    #[default]
    Open,
    /// Hidden in logs, pages, evidence and exports from all without the permission `transaction:sensitive`.
    Mask,
    /// Replaced on arrival by a keyed hash; the value itself is never stored.
    Hash,
}

/// What becomes of members that the schema does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdditionalFields {
    /// Each is a fault.
    #[default]
    Reject,
    /// They are dropped.
    Ignore,
    /// They are stored as sent; no rule sees them.
    Keep,
}

/// Where a field stands in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldRef {
    /// `txn_id`, a text.
    TxnId,
    /// `customer_id`, a text.
    CustomerId,
    /// `date_time`, never unknown.
    DateTime,
    /// The field of this index in [`PayloadSchema::fields`].
    Value(usize),
}

/// The fields that a team's transactions must have, in one version.
#[derive(Clone, Debug)]
pub struct PayloadSchema {
    version: u32,
    fields: Vec<Field>,
    by_name: HashMap<String, usize>,
    additional_fields: AdditionalFields,
    default_timezone: Option<jiff::tz::TimeZone>,
}

/// Why fields are no payload schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum SchemaFault {
    #[error("field {name:?} is named twice")]
    DuplicateName { name: String },
    #[error("{name:?} is always there and cannot be listed")]
    AlwaysThere { name: String },
    #[error("a field's name has 1 to 100 characters and no control characters; {name:?} has not")]
    InvalidName { name: String },
    #[error(
        "a payload schema has at most {} fields; this one has {count}",
        PayloadSchema::MAX_FIELDS
    )]
    TooManyFields { count: usize },
    #[error("field {name:?} can be hashed only if it is a string")]
    HashOfNonText { name: String },
    #[error("{name:?} is no IANA time zone")]
    UnknownTimeZone { name: String },
}

impl PayloadSchema {
    /// The most fields that a schema may have.
    pub const MAX_FIELDS: usize = 500;

    /// Checks the fields; all faults are found.
    ///
    /// `default_timezone` is the IANA name of the zone for times without offset.
    pub fn new(
        version: u32,
        fields: Vec<Field>,
        additional_fields: AdditionalFields,
        default_timezone: Option<&str>,
    ) -> Result<Self, Vec<SchemaFault>> {
        let mut faults = Vec::new();
        if fields.len() > Self::MAX_FIELDS {
            faults.push(SchemaFault::TooManyFields {
                count: fields.len(),
            });
        }
        let mut by_name = HashMap::with_capacity(fields.len());
        for (index, field) in fields.iter().enumerate() {
            let name = field.name.clone();
            if matches!(&*name, "txn_id" | "customer_id" | "date_time") {
                faults.push(SchemaFault::AlwaysThere { name: name.clone() });
            }
            if name.is_empty() || name.len() > 100 || name.chars().any(char::is_control) {
                faults.push(SchemaFault::InvalidName { name: name.clone() });
            }
            if field.sensitivity == Sensitivity::Hash && field.field_type != FieldType::Text {
                faults.push(SchemaFault::HashOfNonText { name: name.clone() });
            }
            if by_name.insert(name.clone(), index).is_some() {
                faults.push(SchemaFault::DuplicateName { name });
            }
        }
        let zone = default_timezone.map(jiff::tz::TimeZone::get);
        let default_timezone = match zone {
            None => None,
            Some(Ok(zone)) => Some(zone),
            Some(Err(_)) => {
                faults.push(SchemaFault::UnknownTimeZone {
                    name: default_timezone.unwrap_or_default().to_owned(),
                });
                None
            }
        };
        if faults.is_empty() {
            Ok(Self {
                version,
                fields,
                by_name,
                additional_fields,
                default_timezone,
            })
        } else {
            Err(faults)
        }
    }

    /// The version: 1 for a team's first schema, rising by one.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The fields, in the order in which values are kept.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// What becomes of members that the schema does not name.
    pub fn additional_fields(&self) -> AdditionalFields {
        self.additional_fields
    }

    /// The zone of times that have no offset, where they are accepted.
    pub fn default_timezone(&self) -> Option<&jiff::tz::TimeZone> {
        self.default_timezone.as_ref()
    }

    /// Where a field of this name stands, and its type.
    pub fn find(&self, name: &str) -> Option<(FieldRef, FieldType)> {
        match name {
            "txn_id" => Some((FieldRef::TxnId, FieldType::Text)),
            "customer_id" => Some((FieldRef::CustomerId, FieldType::Text)),
            "date_time" => Some((FieldRef::DateTime, FieldType::DateTime)),
            _ => self
                .by_name
                .get(name)
                .map(|&index| (FieldRef::Value(index), self.fields[index].field_type)),
        }
    }

    /// The name of the field that stands there.
    pub fn name_of(&self, field: FieldRef) -> &str {
        match field {
            FieldRef::TxnId => "txn_id",
            FieldRef::CustomerId => "customer_id",
            FieldRef::DateTime => "date_time",
            FieldRef::Value(index) => &self.fields[index].name,
        }
    }
}
