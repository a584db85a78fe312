//! Transactions out of blocks, stored or in flight.

use std::sync::Arc;

use bytes::Bytes;
use domain::payload::Transaction;

use super::{StoredTransaction, TeamView};
use crate::lane::outcome::Outcome;
use store::StoreError;
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record};
use store::record::block::{Block, Row};

impl TeamView {
    /// The transaction at a place, as far as the lane has sequenced.
    pub(in crate::lane) fn read(
        &self,
        sequence: u64,
    ) -> Result<Option<StoredTransaction>, StoreError> {
        let in_flight = self.in_flight_block(sequence);
        let value = match in_flight {
            Some(block) => Some(block),
            None => self.stored_block(sequence)?,
        };
        let Some(value) = value else { return Ok(None) };
        let block = self.block(value)?;
        let index = sequence
            .checked_sub(block.first())
            .map(|index| index as usize);
        match index.filter(|index| *index < block.len()) {
            None => Ok(None),
            Some(index) => {
                let row = block.row(index).map_err(|error| self.damaged(&error))?;
                self.stored(&row).map(Some)
            }
        }
    }

    /// Visits the transactions that were sequenced and may not be durable yet.
    pub(in crate::lane) fn visit_in_flight(
        &self,
        visit: &mut dyn FnMut(u64, &Transaction),
    ) -> Result<(), StoreError> {
        let blocks: Vec<_> = self.in_flight.read().iter().cloned().collect();
        for (_, value) in blocks {
            for row in self.block(value)?.rows() {
                let row = row.map_err(|error| self.damaged(&error))?;
                visit(row.sequence, &self.transaction(&row)?);
            }
        }
        Ok(())
    }

    pub(super) fn in_flight_block(&self, sequence: u64) -> Option<Bytes> {
        let in_flight = self.in_flight.read();
        let after = in_flight.partition_point(|(first, _)| *first <= sequence);
        let (_, block) = in_flight.get(after.checked_sub(1)?)?;
        Some(block.clone())
    }

    /// The key of the block that holds a sequence, as far as the store has it.
    pub(super) fn block_start(&self, sequence: u64) -> Result<Option<u64>, StoreError> {
        let before = KeyRange::blocks_between(self.tenant, self.team, 0..sequence + 1);
        let last = self.store.range(before, Direction::Reverse).next();
        Ok(
            match last.transpose()?.and_then(|(key, _)| Key::parse(&key)) {
                Some((_, Record::Block { first, .. })) => Some(first),
                _ => None,
            },
        )
    }

    pub(super) fn stored_block(&self, sequence: u64) -> Result<Option<Bytes>, StoreError> {
        let before = KeyRange::blocks_between(self.tenant, self.team, 0..sequence + 1);
        let last = self.store.range(before, Direction::Reverse).next();
        Ok(last.transpose()?.map(|(_, value)| value.into()))
    }

    pub(super) fn block(&self, value: impl Into<Bytes>) -> Result<Block<Bytes>, StoreError> {
        Block::read(value.into()).map_err(|error| self.damaged(&error))
    }

    pub(super) fn transaction(&self, row: &Row<'_>) -> Result<Transaction, StoreError> {
        let schemas = self.schemas.read();
        let find = |version: u32| {
            let found = schemas.iter().find(|schema| schema.version() == version);
            found.cloned()
        };
        row.transaction(&find).map_err(|error| self.damaged(&error))
    }

    fn stored(&self, row: &Row<'_>) -> Result<StoredTransaction, StoreError> {
        let outcome = Outcome::read(row.outcome).ok_or_else(|| {
            StoreError::damaged(
                format!("transaction {} of team {}", row.sequence, self.team.0),
                "its outcome cannot be read",
            )
        })?;
        Ok(StoredTransaction {
            sequence: row.sequence,
            received_at: row.received_at,
            transaction: self.transaction(row)?,
            outcome: Arc::new(outcome),
        })
    }

    pub(super) fn damaged(&self, error: &dyn std::fmt::Display) -> StoreError {
        StoreError::damaged(
            format!("a block of team {}", self.team.0),
            error.to_string(),
        )
    }
}
