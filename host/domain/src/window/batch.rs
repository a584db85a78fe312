//! Columns of inputs, as they are filled.

use super::bound::InputType;
use super::value::View;
use crate::column::{Column, Rows, Texts, Values, time_to_column};
use crate::payload::FieldType;

/// The inputs of some transactions: a column for each distinct input of a
/// team's rules, with a row for each transaction.
#[derive(Clone, Debug, Default)]
pub struct InputBatch {
    /// How many transactions.
    pub count: u32,
    /// Which are whose is told by [`Inputs::columns_of`](super::Inputs::columns_of).
    pub columns: Vec<Values>,
}

impl InputBatch {
    /// The columns of one plan, in its order.
    pub fn select(&self, columns: &[usize]) -> Vec<&Values> {
        columns.iter().map(|&at| &self.columns[at]).collect()
    }

    /// About how many bytes the columns take.
    pub fn bytes(&self) -> usize {
        self.columns.iter().map(Values::bytes).sum()
    }

    /// The column, to be appended to.
    pub(super) fn column(&mut self, index: usize) -> &mut Values {
        &mut self.columns[index]
    }
}

/// No values yet.
pub(super) fn empty_values(input_type: &InputType) -> Values {
    match input_type {
        InputType::Column(field_type) => Values::Column(empty_column(*field_type)),
        InputType::Rows(fields) => Values::Rows(Rows {
            ends: Vec::new(),
            columns: fields.iter().map(|(_, it)| empty_column(*it)).collect(),
        }),
    }
}

fn empty_column(field_type: FieldType) -> Column {
    match field_type {
        FieldType::Float => Column::Floats(Vec::new()),
        FieldType::Integer => Column::Integers(Vec::new()),
        FieldType::DateTime => Column::Times(Vec::new()),
        FieldType::Text => Column::Texts(Texts::default()),
        FieldType::Boolean => Column::Booleans(Vec::new()),
    }
}

/// Appends a field's value; of a missing one what payloads write for "unknown".
pub(super) fn push_view(column: &mut Column, value: View<'_>) {
    match (column, value) {
        (Column::Texts(texts), View::Text(text)) => texts.push(text),
        (Column::Texts(texts), _) => texts.push(""),
        (Column::Floats(floats), View::Float(number)) => floats.push(number),
        (Column::Floats(floats), _) => floats.push(0.0),
        (Column::Integers(integers), View::Integer(integer)) => integers.push(integer),
        (Column::Integers(integers), _) => integers.push(0),
        (Column::Booleans(truths), value) => truths.push(value == View::Boolean(true)),
        (Column::Times(times), View::Time(moment)) => times.push(time_to_column(moment)),
        (Column::Times(times), _) => times.push(time_to_column(None)),
    }
}

/// Appends a float to a column of floats.
pub(super) fn push_float(values: &mut Values, number: f64) {
    if let Values::Column(Column::Floats(floats)) = values {
        floats.push(number);
    }
}

/// Appends an integer to a column of integers.
pub(super) fn push_integer(values: &mut Values, integer: i64) {
    if let Values::Column(Column::Integers(integers)) = values {
        integers.push(integer);
    }
}
