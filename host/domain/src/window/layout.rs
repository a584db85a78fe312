//! Where the fields that plans ask for stand in transactions of each schema version, and in rows of an index.

use std::sync::Arc;

use super::rows::{PastRow, RowLayout, ValuePlace, locate, read_values};
use super::value::{FieldKey, View};
use crate::payload::{FieldRef, Transaction};
use crate::time::Timestamp;

/// A field that some plan asks for: an index into [`Layouts`].
pub(super) type Slot = usize;

/// The fields that plans ask for, and where they stand, looked up once for each schema version.
#[derive(Clone, Debug, Default)]
pub(super) struct Layouts {
    slots: Vec<FieldKey>,
    versions: Vec<(u32, Arc<[Option<FieldRef>]>)>,
    kept: Vec<(RowLayout, Arc<[Option<ValuePlace>]>)>,
}

impl Layouts {
    /// The slot of a field.
    pub(super) fn slot(&mut self, field: &FieldKey) -> Slot {
        if let Some(slot) = self.slots.iter().position(|it| it == field) {
            return slot;
        }
        self.slots.push(field.clone());
        self.versions.clear();
        self.kept.clear();
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
        Seen {
            date_time: transaction.date_time,
            values: SeenValues::Transaction(transaction, refs),
        }
    }

    /// An earlier row as the slots see it; `None` where its bytes are damaged.
    pub(super) fn see_past<'t>(&mut self, row: PastRow<'t>) -> Option<Seen<'t>> {
        let (layout, date_time, bytes) = match row {
            PastRow::Transaction(transaction) => return Some(self.see(transaction)),
            PastRow::Kept {
                layout,
                date_time,
                values,
            } => (layout, date_time, values),
        };
        let known = self.kept.iter().find(|(it, _)| it == layout);
        let places = match known {
            Some((_, places)) => places.clone(),
            None => {
                let places: Arc<[_]> = self.slots.iter().map(|it| layout.place(it)).collect();
                self.kept.push((layout.clone(), places.clone()));
                places
            }
        };
        let mut values = Vec::with_capacity(places.len());
        read_values(bytes, &mut values)?;
        Some(Seen {
            date_time,
            values: SeenValues::Kept(values, places),
        })
    }
}

/// A row whose fields are read by slot.
#[derive(Clone)]
pub(super) struct Seen<'t> {
    pub(super) date_time: Timestamp,
    values: SeenValues<'t>,
}

#[derive(Clone)]
enum SeenValues<'t> {
    Transaction(&'t Transaction, Arc<[Option<FieldRef>]>),
    Kept(Vec<View<'t>>, Arc<[Option<ValuePlace>]>),
}

impl<'t> Seen<'t> {
    /// The value of a slot's field.
    pub(super) fn view(&self, slot: Slot) -> View<'t> {
        match &self.values {
            SeenValues::Transaction(transaction, refs) => View::of(transaction, refs[slot]),
            SeenValues::Kept(values, places) => match places[slot] {
                None => View::Missing,
                Some(ValuePlace::DateTime) => View::Time(Some(self.date_time)),
                Some(ValuePlace::Value(place)) => {
                    values.get(place).copied().unwrap_or(View::Missing)
                }
            },
        }
    }
}
