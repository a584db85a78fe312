//! Payloads as rows of CSV.
//!
//! A cell is typed by its field. An empty cell is `""`, hence unknown where the
//! field is a string or a date_time, and a fault where it is a number or a
//! boolean: `0` and `false` are said, not left out.

use std::sync::Arc;

use domain::payload::{Fault, FieldType, Identifier, PayloadSchema, Transaction};
use serde_json::value::RawValue;

use super::assembly::{Assembly, Place};
use super::fault;
use super::keyed_hash::KeyedHash;
use super::render;
use super::value::Sent;

/// One row, and the header that names its cells, of the same length.
#[derive(Clone, Debug)]
pub struct Row {
    pub(super) header: Arc<[String]>,
    pub(super) cells: Vec<String>,
}

impl Row {
    /// Bytes of all cells.
    pub(super) fn len(&self) -> usize {
        self.cells.iter().map(String::len).sum()
    }

    pub(super) fn read(
        &self,
        schema: &Arc<PayloadSchema>,
        keyed_hash: &KeyedHash,
    ) -> Result<Transaction, Vec<Fault>> {
        let mut assembly = Assembly::new(schema, keyed_hash);
        for (name, cell) in self.header.iter().zip(&self.cells) {
            match assembly.place(name) {
                Place::Field(field, kind) => assembly.put(field, kind, sent(kind, cell)),
                Place::Additional if name.contains('\0') || cell.contains('\0') => {
                    assembly.fault(fault::nul(name));
                }
                Place::Additional => {
                    let mut json = String::with_capacity(cell.len() + 2);
                    render::write_text(&mut json, cell);
                    assembly.put_additional(name, &json);
                }
            }
        }
        assembly.finish()
    }

    pub(super) fn txn_id(&self) -> Option<Identifier> {
        let mut named = self
            .header
            .iter()
            .zip(&self.cells)
            .filter(|(name, _)| *name == "txn_id");
        let (_, cell) = named.next()?;
        Identifier::new(cell).ok()
    }
}

/// What a cell says in a column of this type.
fn sent(kind: FieldType, cell: &str) -> Sent<'_> {
    match kind {
        FieldType::DateTime | FieldType::Text => Sent::Text(cell.into()),
        _ if cell.is_empty() => Sent::Blank,
        FieldType::Boolean => match cell {
            "true" => Sent::Boolean(true),
            "false" => Sent::Boolean(false),
            _ => Sent::Text(cell.into()),
        },
        FieldType::Float | FieldType::Integer => {
            if is_number(cell) {
                Sent::Number(cell)
            } else {
                Sent::Text(cell.into())
            }
        }
    }
}

/// Whether a cell is the literal of a JSON number, with nothing around it.
fn is_number(cell: &str) -> bool {
    let begins = cell.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let json = serde_json::from_str::<&RawValue>(cell);
    begins && json.is_ok_and(|json| json.get().len() == cell.len())
}
