//! What the store has of a team when its lane is loaded.

use std::sync::atomic::Ordering;

use domain::time::Timestamp;

use super::TeamView;
use crate::lane::state::later;
use crate::store::StoreError;
use crate::store::backend::{Direction, KeyRange};
use crate::store::index::IndexRow;

/// What the store has of a team.
pub(in crate::lane) struct Reach {
    pub(in crate::lane) last_sequence: u64,
    pub(in crate::lane) newest: Option<Timestamp>,
}

impl TeamView {
    /// Reads what the indexes do not hold yet.
    pub(in crate::lane) fn load_tail(&self) -> Result<Reach, StoreError> {
        let unindexed = self.index.watermark().max(1);
        let mut reach = Reach {
            last_sequence: unindexed.saturating_sub(1),
            newest: None,
        };
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
                reach.last_sequence = reach.last_sequence.max(row.sequence);
                reach.newest = later(reach.newest, row.date_time);
            }
        }
        if reach.newest.is_none() {
            reach.newest = self.newest_stored()?;
        }
        self.durable.store(reach.last_sequence, Ordering::Release);
        Ok(reach)
    }

    /// The latest `date_time` of the team's last block.
    fn newest_stored(&self) -> Result<Option<Timestamp>, StoreError> {
        let blocks = KeyRange::blocks(self.tenant, self.team);
        let last = self.store.range(blocks, Direction::Reverse).next();
        let Some((_, value)) = last.transpose()? else {
            return Ok(None);
        };
        Ok(Some(self.block(value)?.latest()))
    }
}
