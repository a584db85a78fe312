//! What windows are filled from, and what they read back.

use bytes::Bytes;
use domain::payload::Transaction;
use domain::time::Timestamp;

use super::TeamView;
use crate::store::StoreError;
use crate::store::backend::{Direction, KeyRange};
use crate::store::record::block::Block;

impl TeamView {
    /// Visits, in sequence order, the transactions after `since`, and perhaps others.
    pub(in crate::lane) fn visit_since(
        &self,
        since: Timestamp,
        visit: &mut dyn FnMut(u64, &Transaction),
    ) -> Result<(), StoreError> {
        let Some(first) = self.first_since(since)? else {
            return Ok(());
        };
        let start = self.block_start(first)?.unwrap_or(first);
        let blocks = KeyRange::blocks_between(self.tenant, self.team, start..u64::MAX);
        let mut seen = 0;
        for entry in self.store.range(blocks, Direction::Forward) {
            let (_, value) = entry?;
            let block = self.block(value)?;
            seen = block.first() + block.len() as u64 - 1;
            self.visit_block(&block, since, visit)?;
        }
        for (first, value) in self.in_flight_blocks() {
            if first > seen {
                self.visit_block(&self.block(value)?, since, visit)?;
            }
        }
        Ok(())
    }

    /// The lowest sequence of a transaction after `since`: windows that reach back so far begin there.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn first_since(&self, since: Timestamp) -> Result<Option<u64>, StoreError> {
        let waiting = {
            let tail = self.tail.read();
            let first = tail.entries().find(|entry| entry.date_time > since);
            first.map(|entry| entry.sequence)
        };
        let mut first = waiting;
        self.index
            .visit_time_range(next_moment(since), Timestamp::MAX, &mut |found| {
                first = Some(first.map_or(found.sequence, |first| first.min(found.sequence)));
            })?;
        Ok(first)
    }

    /// Visits the transactions after `from`, until and with `to`, of a sequence
    /// before `before`; of one customer, where one is named, and perhaps others.
    pub(in crate::lane) fn visit_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        customer: Option<&str>,
        before: u64,
        visit: &mut dyn FnMut(u64, &Transaction),
    ) -> Result<(), StoreError> {
        let customer = customer.map(|id| self.hash(id));
        let mut sequences: Vec<u64> = {
            let tail = self.tail.read();
            let wanted = tail.entries().filter(|entry| {
                entry.date_time > from
                    && entry.date_time <= to
                    && customer.is_none_or(|customer| entry.customer_id == customer)
            });
            wanted.map(|entry| entry.sequence).collect()
        };
        // The indexes take the first moment in and leave the last one out; this is the other way round.
        let (from, to) = (next_moment(from), next_moment(to));
        let indexed = match customer {
            Some(hash) => self
                .index
                .customer_range(hash, from, to, None, usize::MAX)?,
            None => self.index.time_range(from, to, None, usize::MAX)?,
        };
        sequences.extend(indexed.iter().map(|found| found.sequence));
        sequences.retain(|sequence| *sequence < before);
        sequences.sort_unstable();
        sequences.dedup();
        let mut sequences = sequences.into_iter().peekable();
        while let Some(&sequence) = sequences.peek() {
            let value = match self.in_flight_block(sequence) {
                Some(block) => block,
                None => self.stored_block(sequence)?.ok_or_else(|| {
                    StoreError::damaged(
                        format!("transaction {sequence} of team {}", self.team.0),
                        "an index names it, and it is not there",
                    )
                })?,
            };
            let block = self.block(value)?;
            let end = block.first() + block.len() as u64;
            while let Some(sequence) = sequences.next_if(|sequence| *sequence < end) {
                let row = block
                    .row((sequence - block.first()) as usize)
                    .map_err(|error| self.damaged(&error))?;
                visit(sequence, &self.transaction(&row)?);
            }
        }
        Ok(())
    }

    fn visit_block(
        &self,
        block: &Block<Bytes>,
        since: Timestamp,
        visit: &mut dyn FnMut(u64, &Transaction),
    ) -> Result<(), StoreError> {
        if block.latest() <= since {
            return Ok(());
        }
        for row in block.rows() {
            let row = row.map_err(|error| self.damaged(&error))?;
            if row.date_time > since {
                visit(row.sequence, &self.transaction(&row)?);
            }
        }
        Ok(())
    }
}

fn next_moment(moment: Timestamp) -> Timestamp {
    Timestamp::from_micros(moment.as_micros().saturating_add(1))
}
