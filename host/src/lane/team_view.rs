//! A team's transactions, for its lane and for readers.
//!
//! The lane sees all that it has sequenced; readers see what is durable.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use domain::payload::{PayloadSchema, Transaction};
use domain::time::Timestamp;
use parking_lot::{Condvar, Mutex, RwLock};

use super::answer::{LaneError, Receipt};
use super::outcome::Outcome;
use super::state::later;
use super::tail::{Segment, Tail};
use crate::store::backend::{Direction, KeyRange};
use crate::store::index::{Found, IndexReader, IndexRow, Step, TeamIndex};
use crate::store::key::{Key, Record, TeamId, TenantId};
use crate::store::record::block::{Block, Row};
use crate::store::{CommitError, Store, StoreError};
use crate::tenant::Team;

/// Steps of merging that are taken after each segment; two for each 4,096 rows keep up.
const WORK_STEPS: usize = 4;

/// Why the indexes were not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum IndexError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// A transaction as it is kept.
#[derive(Clone, Debug)]
pub struct StoredTransaction {
    /// Its place among its team's transactions, from 1.
    pub sequence: u64,
    /// When it came.
    pub received_at: Timestamp,
    /// What was posted.
    pub transaction: Transaction,
    /// What came of it.
    pub outcome: Arc<Outcome>,
}

impl StoredTransaction {
    pub(super) fn receipt(self) -> Receipt {
        Receipt {
            sequence: self.sequence,
            received_at: self.received_at,
            outcome: self.outcome,
        }
    }
}

/// Which transactions, newest first.
#[derive(Clone, Debug, Default)]
pub struct TransactionQuery {
    /// Of this customer alone.
    pub customer_id: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Behind this place: `date_time` and sequence of the last one before.
    pub after: Option<(Timestamp, u64)>,
    /// At most so many.
    pub limit: usize,
}

/// What the store has of a team.
pub(super) struct Reach {
    pub(super) last_sequence: u64,
    pub(super) newest: Option<Timestamp>,
}

/// A team's transactions.
pub struct TeamView {
    store: Store,
    tenant: TenantId,
    team: TeamId,
    index: IndexReader,
    schemas: RwLock<Vec<Arc<PayloadSchema>>>,
    tail: RwLock<Tail>,
    /// Blocks that are committed and may not be in the store yet, by the sequence of their first row.
    in_flight: RwLock<VecDeque<(u64, Bytes)>>,
    /// The last sequence that is durable.
    durable: AtomicU64,
    /// The writing end of the indexes; the indexer alone has it for long.
    writer: Mutex<TeamIndex>,
    /// Whether writing the indexes failed: then the team is to be opened again.
    index_failed: Mutex<bool>,
    indexed: Condvar,
}

impl TeamView {
    pub(super) fn open(store: &Store, tenant: TenantId, team: &Team) -> Result<Self, StoreError> {
        let id = TeamId(team.id);
        let writer = TeamIndex::open(store, tenant, id)?;
        let view = Self {
            store: store.clone(),
            tenant,
            team: id,
            index: writer.reader().clone(),
            schemas: RwLock::default(),
            tail: RwLock::default(),
            in_flight: RwLock::default(),
            durable: AtomicU64::new(0),
            writer: Mutex::new(writer),
            index_failed: Mutex::new(false),
            indexed: Condvar::new(),
        };
        view.set_schemas(team);
        Ok(view)
    }

    pub(super) fn set_schemas(&self, team: &Team) {
        let schemas = team.schemas.iter().map(|record| record.compiled());
        *self.schemas.write() = schemas.collect();
    }

    /// Reads what the indexes do not hold yet.
    pub(super) fn load_tail(&self) -> Result<Reach, StoreError> {
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

    /// The keyed hash under which the indexes hold an id.
    pub(super) fn hash(&self, id: &str) -> u64 {
        self.index.hash(id)
    }

    /// Adds a transaction that was sequenced.
    pub(super) fn push(&self, entry: IndexRow) {
        self.tail.write().push(entry);
    }

    /// Keeps a block until it is in the store.
    pub(super) fn take_off(&self, first: u64, block: Bytes) {
        self.in_flight.write().push_back((first, block));
    }

    /// All transactions up to this sequence are durable.
    pub(super) fn land(&self, last: u64) {
        self.durable.store(last, Ordering::Release);
        // A commit holds whole blocks, so none of these ends behind `last`.
        let mut in_flight = self.in_flight.write();
        while in_flight.front().is_some_and(|(first, _)| *first <= last) {
            in_flight.pop_front();
        }
    }

    /// Whose they are.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The last sequence that is durable.
    pub fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    /// The sequences of transactions that may have this `txn_id`, as far as the lane has sequenced.
    pub(super) fn candidates(&self, txn_id: &str) -> Result<Vec<u64>, StoreError> {
        let hash = self.hash(txn_id);
        // The tail is asked first: what moves from it to the indexes meanwhile is found twice, not never.
        let mut found: Vec<u64> = self.tail.read().find(hash).collect();
        found.extend(self.index.lookup_txn(hash)?);
        Ok(found)
    }

    /// The transaction at a place, as far as the lane has sequenced.
    pub(super) fn read(&self, sequence: u64) -> Result<Option<StoredTransaction>, StoreError> {
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

    /// The durable transaction of this `txn_id`.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn find(&self, txn_id: &str) -> Result<Option<StoredTransaction>, StoreError> {
        for sequence in self.candidates(txn_id)? {
            if sequence > self.durable() {
                continue;
            }
            if let Some(stored) = self.read(sequence)?
                && stored.transaction.txn_id.as_str() == txn_id
            {
                return Ok(Some(stored));
            }
        }
        Ok(None)
    }

    /// Durable transactions, by `date_time` and sequence, newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn list(&self, query: &TransactionQuery) -> Result<Vec<StoredTransaction>, StoreError> {
        let places = self.places(query)?;
        let mut found = Vec::with_capacity(places.len());
        for (_, sequence) in places {
            if let Some(stored) = self.read(sequence)? {
                let customer = stored.transaction.customer_id.as_str();
                // Another customer's id may have the same hash.
                if query.customer_id.as_deref().is_none_or(|id| id == customer) {
                    found.push(stored);
                }
            }
        }
        Ok(found)
    }

    /// `date_time` and sequence of what a query asks for, from the tail and the indexes.
    fn places(&self, query: &TransactionQuery) -> Result<Vec<(Timestamp, u64)>, StoreError> {
        let customer = query.customer_id.as_deref().map(|id| self.hash(id));
        let from = query.from.unwrap_or(Timestamp::MIN);
        let to = query.to.unwrap_or(Timestamp::MAX);
        let durable = self.durable();
        let is_wanted = |entry: &&IndexRow| {
            entry.sequence <= durable
                && customer.is_none_or(|customer| entry.customer_id == customer)
                && entry.date_time >= from
                && (entry.date_time < to || query.to.is_none())
                && query
                    .after
                    .is_none_or(|after| (entry.date_time, entry.sequence) < after)
        };
        let mut places: Vec<(Timestamp, u64)> = {
            let tail = self.tail.read();
            let wanted = tail.entries().filter(is_wanted);
            wanted
                .map(|entry| (entry.date_time, entry.sequence))
                .collect()
        };
        let after = query.after.map(|(date_time, sequence)| Found {
            date_time,
            sequence,
        });
        let indexed = match customer {
            Some(hash) => self
                .index
                .customer_range(hash, from, to, after, query.limit)?,
            None => self.index.time_range(from, to, after, query.limit)?,
        };
        places.extend(
            indexed
                .iter()
                .map(|found| (found.date_time, found.sequence)),
        );
        places.sort_unstable_by(|one, other| other.cmp(one));
        places.dedup();
        places.truncate(query.limit);
        Ok(places)
    }

    /// Visits, in sequence order, the transactions after `since`, and perhaps others.
    pub(super) fn visit_since(
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

    /// The lowest sequence of a transaction after `since`: nothing before it need be read.
    fn first_since(&self, since: Timestamp) -> Result<Option<u64>, StoreError> {
        let indexed =
            (self.index).time_range(next_moment(since), Timestamp::MAX, None, usize::MAX)?;
        let indexed = indexed.iter().map(|found| found.sequence).min();
        let tail = self.tail.read();
        let waiting = tail.entries().find(|entry| entry.date_time > since);
        Ok(indexed
            .into_iter()
            .chain(waiting.map(|entry| entry.sequence))
            .min())
    }

    /// Visits the transactions after `from`, until and with `to`, of a sequence
    /// before `before`; of one customer, where one is named, and perhaps others.
    pub(super) fn visit_between(
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

    /// Takes the sealed tail, where it is time to write one.
    pub(super) fn seal(&self) -> Option<Arc<Segment>> {
        self.tail.write().seal(self.durable())
    }

    /// Writes a sealed tail to the indexes, and does what is due behind them.
    pub(super) fn write_index(&self, sealed: &Segment) -> Result<(), IndexError> {
        let written = self.write_steps(sealed);
        let mut failed = self.index_failed.lock();
        *failed = written.is_err();
        if written.is_ok() {
            self.tail.write().drop_sealed();
        }
        self.indexed.notify_all();
        written
    }

    fn write_steps(&self, sealed: &Segment) -> Result<(), IndexError> {
        let mut writer = self.writer.lock();
        for step in writer.append(sealed.entries()) {
            self.take_step(step)?;
        }
        for _ in 0..WORK_STEPS {
            match writer.work()? {
                Some(step) => self.take_step(step)?,
                None => break,
            }
        }
        Ok(())
    }

    fn take_step(&self, step: Step) -> Result<(), IndexError> {
        futures::executor::block_on(self.store.commit_wait(step.batch))?;
        step.change.install();
        Ok(())
    }

    /// Waits while the tail is too long: the indexer must catch up.
    ///
    /// # Errors
    /// Where it cannot: the team must be opened again.
    pub(super) fn wait_for_indexer(&self) -> Result<(), LaneError> {
        let mut failed = self.index_failed.lock();
        while !*failed && self.tail.read().is_too_long() {
            self.indexed.wait(&mut failed);
        }
        if *failed {
            let cause = "the indexes of transactions could not be written";
            return Err(LaneError::NotDurable(cause.to_owned()));
        }
        Ok(())
    }

    fn in_flight_blocks(&self) -> Vec<(u64, Bytes)> {
        self.in_flight.read().iter().cloned().collect()
    }

    fn in_flight_block(&self, sequence: u64) -> Option<Bytes> {
        let in_flight = self.in_flight.read();
        let after = in_flight.partition_point(|(first, _)| *first <= sequence);
        let (_, block) = in_flight.get(after.checked_sub(1)?)?;
        Some(block.clone())
    }

    /// The key of the block that holds a sequence, as far as the store has it.
    fn block_start(&self, sequence: u64) -> Result<Option<u64>, StoreError> {
        let before = KeyRange::blocks_between(self.tenant, self.team, 0..sequence + 1);
        let last = self.store.range(before, Direction::Reverse).next();
        Ok(
            match last.transpose()?.and_then(|(key, _)| Key::parse(&key)) {
                Some((_, Record::Block { first, .. })) => Some(first),
                _ => None,
            },
        )
    }

    fn stored_block(&self, sequence: u64) -> Result<Option<Bytes>, StoreError> {
        let before = KeyRange::blocks_between(self.tenant, self.team, 0..sequence + 1);
        let last = self.store.range(before, Direction::Reverse).next();
        Ok(last.transpose()?.map(|(_, value)| value.into()))
    }

    fn block(&self, value: impl Into<Bytes>) -> Result<Block<Bytes>, StoreError> {
        Block::read(value.into()).map_err(|error| self.damaged(&error))
    }

    fn transaction(&self, row: &Row<'_>) -> Result<Transaction, StoreError> {
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

    fn damaged(&self, error: &dyn std::fmt::Display) -> StoreError {
        StoreError::damaged(
            format!("a block of team {}", self.team.0),
            error.to_string(),
        )
    }
}

fn next_moment(moment: Timestamp) -> Timestamp {
    Timestamp::from_micros(moment.as_micros().saturating_add(1))
}
