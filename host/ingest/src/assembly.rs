//! Members, one after another, become a transaction by the payload schema.

use std::collections::HashSet;
use std::sync::Arc;

use domain::payload::{
    AdditionalFields, Fault, FieldRef, FieldType, Identifier, Moment, PayloadSchema, Reason,
    Sensitivity, Transaction, Value,
};

use super::fault;
use super::keyed_hash::KeyedHash;
use super::value::{self, Sent};

/// The most faults that are told of one payload: more than a schema has fields,
/// and few enough that an answer stays small whatever is posted.
pub const MAX_FAULTS: usize = 1000;

/// A transaction in the making.
pub(super) struct Assembly<'s> {
    schema: &'s Arc<PayloadSchema>,
    keyed_hash: &'s KeyedHash,
    txn_id: Member<Identifier>,
    customer_id: Member<Identifier>,
    date_time: Member<Moment>,
    /// `None` where nothing was sent; a faulty value is there as "unknown", for it never gets further.
    values: Vec<Option<Value>>,
    /// The field that comes next if members keep the order of the schema, as they mostly do.
    next: usize,
    additional: Additional,
    faults: Vec<Fault>,
}

enum Member<T> {
    Absent,
    Faulty,
    Good(T),
}

impl<T> Member<T> {
    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

#[derive(Default)]
struct Additional {
    names: HashSet<String>,
    /// The members as JSON, each behind a comma but the first.
    members: String,
}

/// Where a member goes.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Field(FieldRef, FieldType),
    Additional,
}

impl<'s> Assembly<'s> {
    pub(super) fn new(schema: &'s Arc<PayloadSchema>, keyed_hash: &'s KeyedHash) -> Self {
        let mut values = Vec::new();
        values.resize_with(schema.fields().len(), || None);
        Self {
            schema,
            keyed_hash,
            txn_id: Member::Absent,
            customer_id: Member::Absent,
            date_time: Member::Absent,
            values,
            next: 0,
            additional: Additional::default(),
            faults: Vec::new(),
        }
    }

    /// Where the member of this name goes.
    pub(super) fn place(&mut self, name: &str) -> Place {
        if let Some(field) = self.schema.fields().get(self.next)
            && field.name == name
        {
            self.next += 1;
            return Place::Field(FieldRef::Value(self.next - 1), field.field_type);
        }
        match self.schema.find(name) {
            Some((field, kind)) => {
                if let FieldRef::Value(index) = field {
                    self.next = index + 1;
                }
                Place::Field(field, kind)
            }
            None => Place::Additional,
        }
    }

    /// Takes what was sent for a field of the schema.
    pub(super) fn put(&mut self, field: FieldRef, kind: FieldType, sent: Sent<'_>) {
        let seen = match field {
            FieldRef::TxnId => !self.txn_id.is_absent(),
            FieldRef::CustomerId => !self.customer_id.is_absent(),
            FieldRef::DateTime => !self.date_time.is_absent(),
            FieldRef::Value(index) => self.values[index].is_some(),
        };
        if seen {
            return self.refuse(field, kind, Reason::DuplicateField);
        }
        let zone = self.schema.default_timezone();
        let refused = match field {
            FieldRef::TxnId => fill(&mut self.txn_id, value::read_identifier(sent)),
            FieldRef::CustomerId => fill(&mut self.customer_id, value::read_identifier(sent)),
            FieldRef::DateTime => fill(&mut self.date_time, value::read_date_time(sent, zone)),
            FieldRef::Value(index) => {
                let read = value::read(kind, sent, zone);
                let refused = read.as_ref().err().copied();
                let value = read.unwrap_or_else(|_| Value::unknown(kind));
                self.values[index] = Some(self.hashed(index, value));
                refused
            }
        };
        if let Some(reason) = refused {
            self.refuse(field, kind, reason);
        }
    }

    /// Takes a member that the schema does not name; `json` is its value.
    pub(super) fn put_additional(&mut self, name: &str, json: &str) {
        if !self.additional.names.insert(name.to_owned()) {
            return self.fault(fault::duplicate(name, "must be sent once only"));
        }
        match self.schema.additional_fields() {
            AdditionalFields::Reject => self.fault(fault::unknown_field(name)),
            AdditionalFields::Ignore => {}
            AdditionalFields::Keep => {
                let members = &mut self.additional.members;
                if !members.is_empty() {
                    members.push(',');
                }
                super::render::write_text(members, name);
                members.push(':');
                members.push_str(json);
            }
        }
    }

    /// Refuses a member of a field, whose value is not even read.
    pub(super) fn refuse(&mut self, field: FieldRef, kind: FieldType, reason: Reason) {
        let name = self.schema.name_of(field);
        let fault = match field {
            FieldRef::Value(_) => fault::of_field(name, kind, reason),
            FieldRef::TxnId | FieldRef::CustomerId | FieldRef::DateTime => {
                fault::of_mandatory(name, kind, reason)
            }
        };
        self.fault(fault);
    }

    /// Adds a fault that was found elsewhere.
    pub(super) fn fault(&mut self, fault: Fault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    /// The transaction, if no member is missing or faulty.
    pub(super) fn finish(mut self) -> Result<Transaction, Vec<Fault>> {
        let mandatory = [
            (FieldRef::TxnId, FieldType::Text, self.txn_id.is_absent()),
            (
                FieldRef::CustomerId,
                FieldType::Text,
                self.customer_id.is_absent(),
            ),
            (
                FieldRef::DateTime,
                FieldType::DateTime,
                self.date_time.is_absent(),
            ),
        ];
        for (field, kind, absent) in mandatory {
            if absent {
                self.refuse(field, kind, Reason::Missing);
            }
        }
        let schema = Arc::clone(self.schema);
        for (index, field) in schema.fields().iter().enumerate() {
            if self.values[index].is_none() {
                self.refuse(FieldRef::Value(index), field.field_type, Reason::Missing);
            }
        }
        let Self {
            txn_id,
            customer_id,
            date_time,
            values,
            additional,
            faults,
            ..
        } = self;
        let values: Option<Vec<Value>> = values.into_iter().collect();
        match (txn_id, customer_id, date_time, values) {
            (
                Member::Good(txn_id),
                Member::Good(customer_id),
                Member::Good(Moment {
                    at: Some(date_time),
                    sent: date_time_sent,
                }),
                Some(values),
            ) if faults.is_empty() => Ok(Transaction {
                schema,
                txn_id,
                customer_id,
                date_time,
                date_time_sent,
                values,
                additional: additional.into_json(),
            }),
            _ => Err(faults),
        }
    }

    fn hashed(&self, index: usize, value: Value) -> Value {
        match value {
            Value::Text(text)
                if self.schema.fields()[index].sensitivity == Sensitivity::Hash
                    && !text.is_empty() =>
            {
                Value::Text(self.keyed_hash.of(&text).into())
            }
            other => other,
        }
    }
}

impl Additional {
    fn into_json(self) -> Option<Box<str>> {
        (!self.members.is_empty()).then(|| format!("{{{}}}", self.members).into())
    }
}

fn fill<T>(member: &mut Member<T>, read: Result<T, Reason>) -> Option<Reason> {
    match read {
        Ok(value) => {
            *member = Member::Good(value);
            None
        }
        Err(reason) => {
            *member = Member::Faulty;
            Some(reason)
        }
    }
}
