//! A history that is in memory: a table that is judged from its first row to its last.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::history::{History, HistoryError};
use super::inputs::Inputs;
use super::rows::{ByField, PastRow, RowLayout};
use crate::payload::Transaction;
use crate::time::Timestamp;

/// Transactions in the order of their sequence numbers, which begin at 0, found by the fields that part windows.
#[derive(Debug)]
pub struct TableHistory<'t> {
    transactions: &'t [Transaction],
    /// For each field the places of the transactions under each key.
    by: Vec<(ByField, Places)>,
}

/// The places of transactions by key.
type Places = HashMap<Vec<u8>, Vec<usize>>;

impl<'t> TableHistory<'t> {
    /// What these inputs are computed from.
    pub fn new(inputs: &Inputs, transactions: &'t [Transaction]) -> Self {
        let places = |layout: RowLayout| {
            let mut places = Places::new();
            for (place, transaction) in transactions.iter().enumerate() {
                let mut key = Vec::new();
                let writer = layout.in_schema(&transaction.schema);
                if writer.write_key(transaction, &mut key) {
                    places.entry(key).or_default().push(place);
                }
            }
            (layout.by().clone(), places)
        };
        Self {
            transactions,
            by: inputs.row_layouts().into_iter().map(places).collect(),
        }
    }

    /// All transactions.
    pub fn transactions(&self) -> &'t [Transaction] {
        self.transactions
    }
}

impl History for TableHistory<'_> {
    fn rows(
        &self,
        by: &ByField,
        key: &[u8],
        from: Timestamp,
        to: Timestamp,
        visit: &mut dyn FnMut(u64, PastRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        let places = self.by.iter().find(|(it, _)| it == by);
        let places = places.and_then(|(_, places)| places.get(key));
        for &place in places.into_iter().flatten() {
            let transaction = &self.transactions[place];
            let is_within = transaction.date_time > from && transaction.date_time <= to;
            let row = PastRow::Transaction(transaction);
            if is_within && visit(place as u64, row).is_break() {
                break;
            }
        }
        Ok(())
    }
}
