//! Where the fields that plans ask for stand in transactions of each schema version.

use std::sync::Arc;

use super::value::{FieldKey, View};
use crate::payload::{FieldRef, PayloadSchema, Transaction};

/// A field that some plan asks for: an index into [`Layouts`].
pub(super) type Slot = usize;

/// The fields that plans ask for, and where they stand, looked up once for each schema version.
#[derive(Clone, Debug, Default)]
pub(super) struct Layouts {
    slots: Vec<FieldKey>,
    versions: Vec<(u32, Arc<[Option<FieldRef>]>)>,
}

impl Layouts {
    /// The slot of a field.
    pub(super) fn slot(&mut self, field: &FieldKey) -> Slot {
        if let Some(slot) = self.slots.iter().position(|it| it == field) {
            return slot;
        }
        self.slots.push(field.clone());
        self.versions.clear();
        self.slots.len() - 1
    }

    /// The field of a slot.
    pub(super) fn field(&self, slot: Slot) -> &FieldKey {
        &self.slots[slot]
    }

    /// A transaction as the slots see it.
    pub(super) fn see<'t>(&mut self, transaction: &'t Transaction) -> Seen<'t> {
        let schema = &transaction.schema;
        let version = schema.version();
        let known = self.versions.iter().find(|(it, _)| *it == version);
        let refs = match known {
            Some((_, refs)) => refs.clone(),
            None => {
                let refs: Arc<[_]> = self.slots.iter().map(|it| locate(schema, it)).collect();
                self.versions.push((version, refs.clone()));
                refs
            }
        };
        Seen { transaction, refs }
    }
}

fn locate(schema: &PayloadSchema, field: &FieldKey) -> Option<FieldRef> {
    match schema.find(&field.name) {
        Some((found, field_type)) if field_type == field.field_type => Some(found),
        _ => None,
    }
}

/// A transaction whose fields are read by slot.
#[derive(Clone)]
pub(super) struct Seen<'t> {
    pub(super) transaction: &'t Transaction,
    refs: Arc<[Option<FieldRef>]>,
}

impl<'t> Seen<'t> {
    /// The value of a slot's field.
    pub(super) fn view(&self, slot: Slot) -> View<'t> {
        View::of(self.transaction, self.refs[slot])
    }
}
