//! Transactions that are read to sum them up.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{DailySummary, is_masked};
use crate::blocking::{ReadError, blocking};
use domain::alert::Viewer;
use domain::payload::{Transaction, Value};
use engine::lane::{TeamView, TransactionQuery};
use store::StoreError;

/// The most transactions that are read for a summary, the newest.
pub const MAX_TRANSACTIONS: usize = 10_000;

/// So many transactions are in memory at once.
const STEP: usize = 250;

/// What is summed up, and what it is so far.
pub(super) struct Summing {
    /// Of this customer alone.
    pub(super) customer_id: Option<String>,
    /// The fields to sum.
    pub(super) fields: BTreeSet<String>,
    pub(super) viewer: Viewer,
    pub(super) summed: DailySummary,
}

impl Summing {
    /// Reads the transactions of teams.
    pub(super) async fn read(
        mut self,
        views: Vec<Arc<TeamView>>,
    ) -> Result<DailySummary, ReadError> {
        let summed = blocking(move || {
            let mut left = MAX_TRANSACTIONS;
            for view in &views {
                self.read_team(view, &mut left)?;
            }
            Ok::<_, StoreError>(self.finished())
        });
        Ok(summed.await??)
    }

    /// Reads the transactions of a team, the newest first, until none of those that may be read are left.
    fn read_team(&mut self, view: &TeamView, left: &mut usize) -> Result<(), StoreError> {
        let mut query = TransactionQuery {
            customer_id: self.customer_id.clone(),
            from: Some(self.summed.period.begin()),
            to: Some(self.summed.period.end()),
            after: None,
            limit: STEP,
        };
        loop {
            let found = view.list(&query)?;
            for stored in &found {
                if *left == 0 {
                    let date = self.summed.date_of(stored.transaction.date_time);
                    self.summed.incomplete_until = self.summed.incomplete_until.max(date);
                    return Ok(());
                }
                *left -= 1;
                self.add(&stored.transaction);
            }
            match found.last() {
                Some(last) => query.after = Some((last.transaction.date_time, last.sequence)),
                None => return Ok(()),
            }
        }
    }

    fn add(&mut self, transaction: &Transaction) {
        let Some(day) = self.summed.period.position(transaction.date_time) else {
            return;
        };
        let day = &mut self.summed.days[day];
        day.count += 1;
        for (field, value) in transaction.schema.fields().iter().zip(&transaction.values) {
            if !self.fields.contains(&field.name) {
                continue;
            }
            let number = match value {
                Value::Float(float) => float.number,
                Value::Integer(integer) => *integer as f64,
                Value::DateTime(_) | Value::Text(_) | Value::Boolean(_) => continue,
            };
            // By the payload schema that accepted it, as where the transaction itself is read.
            if is_masked(field, self.viewer) {
                self.summed.masked.insert(field.name.clone());
                continue;
            }
            match day.sums.get_mut(&field.name) {
                Some(sum) => *sum += number,
                None => {
                    day.sums.insert(field.name.clone(), number);
                }
            }
        }
    }

    /// Without sums of which a part is masked.
    fn finished(self) -> DailySummary {
        let mut summed = self.summed;
        for day in &mut summed.days {
            day.sums.retain(|field, _| !summed.masked.contains(field));
        }
        summed
    }
}
