//! What the store has of a team when its lane is loaded.

use std::sync::atomic::Ordering;

use super::TeamView;
use store::StoreError;
use store::backend::{Direction, KeyRange};
use store::index::IndexRow;

impl TeamView {
    /// Reads what the indexes do not hold yet. Answers the last sequence number.
    pub(in crate::lane) fn load_tail(&self) -> Result<u64, StoreError> {
        let unindexed = self.index.watermark().max(1);
        let mut last_sequence = unindexed.saturating_sub(1);
        let first = self.block_start(unindexed)?;
        let blocks = KeyRange::blocks_between(self.tenant, self.team, first.unwrap_or(0)..u64::MAX);
        for entry in self.store.range(blocks, Direction::Forward) {
            let (_, value) = entry?;
            let block = self.block(value)?;
            for row in block.rows() {
                let row = row.map_err(|error| self.damaged(&error))?;
                if row.sequence >= unindexed {
                    self.push(IndexRow {
                        txn_id: self.hash(row.txn_id),
                        customer_id: self.hash(row.customer_id),
                        date_time: row.date_time,
                        sequence: row.sequence,
                    });
                }
                last_sequence = last_sequence.max(row.sequence);
            }
        }
        self.durable.store(last_sequence, Ordering::Release);
        Ok(last_sequence)
    }
}
