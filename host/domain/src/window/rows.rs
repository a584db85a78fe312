//! Rows of earlier transactions, as an index outside memory keeps them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::value::{FieldKey, View};
use crate::payload::{PayloadSchema, Transaction};
use crate::time::Timestamp;

/// What an index must keep of each transaction, so that windows by one field can be computed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowLayout {
    by: ByField,
    /// Shared, so that two copies of a layout are found to be the same without a look at its fields.
    fields: Arc<BTreeSet<FieldKey>>,
}

/// The field by which windows part transactions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByField(pub(super) FieldKey);

impl fmt::Display for ByField {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.name)
    }
}

/// Describes all of a layout: two layouts are the same where their descriptions are.
impl fmt::Display for RowLayout {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = |field: &FieldKey| format!("{} {:?}", field.field_type, field.name);
        write!(out, "by {}:", field(&self.by.0))?;
        let fields = self.fields.iter().map(field).collect::<Vec<_>>();
        write!(out, " {}", fields.join(", "))
    }
}

impl RowLayout {
    /// Keeps nothing but when a transaction happened.
    pub(super) fn new(by: &FieldKey) -> Self {
        Self {
            by: ByField(by.clone()),
            fields: Arc::default(),
        }
    }

    pub(super) fn add(&mut self, field: &FieldKey) {
        // Each row has its `date_time` anyway.
        if !is_date_time(field) {
            Arc::make_mut(&mut self.fields).insert(field.clone());
        }
    }

    /// The field by which rows are found.
    pub fn by(&self) -> &ByField {
        &self.by
    }

    /// Whether rows of this layout hold all that rows of another one do.
    pub fn covers(&self, other: &Self) -> bool {
        self.by == other.by && self.fields.is_superset(&other.fields)
    }

    /// A layout that covers this one and another by the same field.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        debug_assert_eq!(self.by, other.by);
        Self {
            by: self.by.clone(),
            fields: Arc::new(&*self.fields | &*other.fields),
        }
    }

    /// The names of the fields of which rows are made.
    pub fn field_names(&self) -> BTreeSet<String> {
        let fields = self.fields.iter().chain([&self.by.0]);
        fields.map(|field| field.name.clone()).collect()
    }

    /// Where its fields stand in transactions of one schema.
    pub fn in_schema(&self, schema: &PayloadSchema) -> RowWriter {
        RowWriter {
            by: locate(schema, &self.by.0),
            fields: self.fields.iter().map(|it| locate(schema, it)).collect(),
        }
    }

    /// At which place of a row's values a field is; `None` where rows do not hold it.
    pub(super) fn place(&self, field: &FieldKey) -> Option<ValuePlace> {
        if is_date_time(field) {
            return Some(ValuePlace::DateTime);
        }
        let place = self.fields.iter().position(|it| it == field)?;
        Some(ValuePlace::Value(place))
    }
}

fn is_date_time(field: &FieldKey) -> bool {
    field.name == "date_time"
}

pub(super) fn locate(schema: &PayloadSchema, field: &FieldKey) -> Option<crate::payload::FieldRef> {
    match schema.find(&field.name) {
        Some((found, field_type)) if field_type == field.field_type => Some(found),
        _ => None,
    }
}

/// Where the value of a field is in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ValuePlace {
    DateTime,
    Value(usize),
}

/// Writes transactions of one schema as rows of one layout.
#[derive(Clone, Debug)]
pub struct RowWriter {
    by: Option<crate::payload::FieldRef>,
    fields: Vec<Option<crate::payload::FieldRef>>,
}

impl RowWriter {
    /// Appends the key under which a transaction's row is found; `false` where no window ever looks for it.
    pub fn write_key(&self, transaction: &Transaction, key: &mut Vec<u8>) -> bool {
        let by = View::of(transaction, self.by);
        by.is_known() && by.write_key(key)
    }

    /// Appends the values of a transaction's row, which [`PastRow::Kept`] holds when it is read.
    ///
    /// ```text
    /// value   00 the schema lacks the field │ 01 float, bits u64 │ 02 integer i64 │ 03 no moment
    ///         04 moment, microseconds i64   │ 05 text, length u32, UTF-8 │ 06 false │ 07 true
    /// ```
    ///
    /// Numbers are little endian.
    pub fn write_values(&self, transaction: &Transaction, out: &mut Vec<u8>) {
        for field in &self.fields {
            write_value(View::of(transaction, *field), out);
        }
    }
}

const MISSING: u8 = 0;
const FLOAT: u8 = 1;
const INTEGER: u8 = 2;
const NO_MOMENT: u8 = 3;
const MOMENT: u8 = 4;
const TEXT: u8 = 5;
const FALSE: u8 = 6;
const TRUE: u8 = 7;

/// Appends a value in the form that [`RowWriter::write_values`] documents.
pub(super) fn write_value(value: View<'_>, out: &mut Vec<u8>) {
    let mut number = |tag: u8, bytes: [u8; 8]| {
        let [a, b, c, d, e, f, g, h] = bytes;
        out.extend_from_slice(&[tag, a, b, c, d, e, f, g, h]);
    };
    match value {
        View::Missing => out.push(MISSING),
        View::Float(float) => number(FLOAT, float.to_bits().to_le_bytes()),
        View::Integer(integer) => number(INTEGER, integer.to_le_bytes()),
        View::Time(None) => out.push(NO_MOMENT),
        View::Time(Some(moment)) => number(MOMENT, moment.as_micros().to_le_bytes()),
        View::Text(text) => {
            let [a, b, c, d] = (text.len() as u32).to_le_bytes();
            out.extend_from_slice(&[TEXT, a, b, c, d]);
            out.extend_from_slice(text.as_bytes());
        }
        View::Boolean(truth) => out.push(FALSE + u8::from(truth)),
    }
}

/// A row that windows are computed from.
#[derive(Clone, Copy, Debug)]
pub enum PastRow<'r> {
    /// The transaction itself.
    Transaction(&'r Transaction),
    /// What an index keeps of it.
    Kept {
        /// The layout of the index.
        layout: &'r RowLayout,
        /// When the transaction happened.
        date_time: Timestamp,
        /// As [`RowWriter::write_values`] wrote them.
        values: &'r [u8],
    },
}

impl PastRow<'_> {
    /// When the transaction happened.
    pub fn date_time(&self) -> Timestamp {
        match self {
            Self::Transaction(transaction) => transaction.date_time,
            Self::Kept { date_time, .. } => *date_time,
        }
    }
}

/// Reads the values of a row that was kept; `None` where they are damaged.
pub(super) fn read_values<'r>(mut bytes: &'r [u8], into: &mut Vec<View<'r>>) -> Option<()> {
    while !bytes.is_empty() {
        into.push(read_value(&mut bytes)?);
    }
    Some(())
}

/// Takes the first value off some; `None` where there is none, or it is damaged.
pub(super) fn read_value<'r>(bytes: &mut &'r [u8]) -> Option<View<'r>> {
    let (&tag, rest) = bytes.split_first()?;
    *bytes = rest;
    let mut number = || -> Option<[u8; 8]> {
        let (number, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(*number)
    };
    Some(match tag {
        MISSING => View::Missing,
        FLOAT => View::Float(f64::from_bits(u64::from_le_bytes(number()?))),
        INTEGER => View::Integer(i64::from_le_bytes(number()?)),
        NO_MOMENT => View::Time(None),
        MOMENT => View::Time(Some(Timestamp::from_micros(i64::from_le_bytes(number()?)))),
        TEXT => {
            let (length, rest) = bytes.split_first_chunk()?;
            let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            *bytes = rest;
            View::Text(std::str::from_utf8(text).ok()?)
        }
        FALSE => View::Boolean(false),
        TRUE => View::Boolean(true),
        _ => return None,
    })
}
