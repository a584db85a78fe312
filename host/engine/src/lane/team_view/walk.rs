//! A team's stored transactions, walked through in the order in which they came.

use std::collections::BTreeSet;
use std::ops::{ControlFlow, RangeInclusive};
use std::sync::Arc;

use bytes::Bytes;
use domain::payload::{PayloadSchema, Transaction};
use domain::time::Timestamp;
use domain::window::RowLayout;

use super::TeamView;
use crate::lane::window_rows::{RowsBuilt, RowsError, WindowReader};
use store::StoreError;
use store::backend::{Direction, KeyRange};
use store::record::block::{Block, BlockError, Row};

/// A transaction in its place.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its place among its team's transactions, from 1.
    pub sequence: u64,
    /// What was posted, or an excerpt of it.
    pub transaction: Transaction,
}

/// How much of each transaction is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fields {
    /// All that was posted.
    All,
    /// The ids, when it happened, and the values of the fields of these names; other values are of no meaning.
    Named(BTreeSet<String>),
}

/// Which of a team's transactions happened within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The lowest sequence.
    pub first: u64,
    /// The highest sequence.
    pub last: u64,
    /// How many there are.
    pub rows: u64,
}

impl Stretch {
    fn with(found: Option<Self>, sequence: u64) -> Self {
        let found = found.unwrap_or(Self {
            first: sequence,
            last: sequence,
            rows: 0,
        });
        Self {
            first: found.first.min(sequence),
            last: found.last.max(sequence),
            rows: found.rows + 1,
        }
    }
}

impl TeamView {
    /// The durable transactions that happened at `from` or later and before `to`, with a sequence up to `last`;
    /// none if there are none.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn stretch(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        last: u64,
    ) -> Result<Option<Stretch>, StoreError> {
        let last = last.min(self.durable());
        if from.is_none() && to.is_none() {
            let whole = Stretch {
                first: 1,
                last,
                rows: last,
            };
            return Ok(Some(whole).filter(|whole| whole.rows > 0));
        }
        let (from, to) = (from.unwrap_or(Timestamp::MIN), to.unwrap_or(Timestamp::MAX));
        let mut found = None;
        // The tail is looked at first: what moves from it to the indexes meanwhile must not be missed, nor counted twice.
        let waiting: Vec<u64> = {
            let tail = self.tail.read();
            let within = tail
                .entries()
                .filter(|entry| (from..to).contains(&entry.date_time) && entry.sequence <= last);
            within.map(|entry| entry.sequence).collect()
        };
        let unindexed = waiting.first().copied().unwrap_or(u64::MAX);
        for &sequence in &waiting {
            found = Some(Stretch::with(found, sequence));
        }
        self.index.visit_time_range(from, to, &mut |entry| {
            if entry.sequence <= last && entry.sequence < unindexed {
                found = Some(Stretch::with(found, entry.sequence));
            }
        })?;
        Ok(found)
    }

    /// What windows of these layouts are computed from, up to the last durable transaction. Where the team has no such
    /// rows yet they are made, which takes as long as its history does: blocks, and keeps no lane waiting.
    ///
    /// # Errors
    /// Where the store or an index fails.
    pub fn window_rows(self: &Arc<Self>, layouts: &[RowLayout]) -> Result<WindowReader, RowsError> {
        self.rows.reader(self, layouts)
    }

    /// How many durable transactions the indexes lack that windows of these layouts are computed from, at most: what
    /// [`window_rows`](Self::window_rows) would read. Reads nothing itself.
    pub fn lacking_rows(&self, layouts: &[RowLayout]) -> u64 {
        self.rows.lacking(self.durable(), layouts)
    }

    /// Makes the indexes that windows of these layouts are computed from, a stretch at a time. Before each stretch and at
    /// the end `watch` learns how far they are, and may end it; what is made until then stays. Returns whether they are
    /// whole. Blocks.
    ///
    /// # Errors
    /// Where the store or an index fails.
    pub fn build_window_rows(
        self: &Arc<Self>,
        layouts: &[RowLayout],
        watch: &mut dyn FnMut(RowsBuilt) -> ControlFlow<()>,
    ) -> Result<bool, RowsError> {
        self.rows.build(self, layouts, watch)
    }

    /// Walks through durable transactions in the order of their sequence, some at a time; those that happened at `since` or
    /// before may be left out.
    pub fn walk(
        self: &Arc<Self>,
        sequences: RangeInclusive<u64>,
        since: Timestamp,
        fields: Fields,
    ) -> Walk {
        Walk {
            view: self.clone(),
            next: *sequences.start(),
            is_at_start: false,
            last: (*sequences.end()).min(self.durable()),
            since,
            fields,
            wanted: Vec::new(),
        }
    }
}

/// A walk through a team's transactions.
pub struct Walk {
    view: Arc<TeamView>,
    next: u64,
    /// Whether a block is known to begin there.
    is_at_start: bool,
    last: u64,
    since: Timestamp,
    fields: Fields,
    /// Which fields are wanted, for each schema that was met.
    wanted: Vec<(Arc<PayloadSchema>, Vec<bool>)>,
}

impl Walk {
    /// From so many rows on a step ends: the store reads ahead, so that a short step would be dear.
    const ROWS: u64 = 4_096;

    /// The transactions that come next; none at the end.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn step(&mut self) -> Result<Option<Vec<Placed>>, StoreError> {
        let mut placed = Vec::new();
        while placed.is_empty() {
            if self.next > self.last {
                return Ok(None);
            }
            self.read_blocks(&mut placed)?;
        }
        Ok(Some(placed))
    }

    fn read_blocks(&mut self, placed: &mut Vec<Placed>) -> Result<(), StoreError> {
        let view = self.view.clone();
        // Behind a block that was read the next one begins.
        let start = match self.is_at_start {
            true => self.next,
            false => view.block_start(self.next)?.unwrap_or(self.next),
        };
        self.is_at_start = true;
        let blocks = KeyRange::blocks_between(view.tenant, view.team, start..self.last + 1);
        let enough = self.next + Self::ROWS;
        for entry in view.store.range(blocks, Direction::Forward) {
            let (_, value) = entry?;
            let block = view.block(value)?;
            let end = block.first() + block.len() as u64;
            if block.latest() > self.since {
                self.read_block(&block, placed)?;
            }
            self.next = self.next.max(end);
            if self.next >= enough {
                return Ok(());
            }
        }
        self.next = self.last + 1;
        Ok(())
    }

    fn read_block(
        &mut self,
        block: &Block<Bytes>,
        placed: &mut Vec<Placed>,
    ) -> Result<(), StoreError> {
        let from = self.next.saturating_sub(block.first()) as usize;
        for index in from..block.len() {
            let row = block
                .row(index)
                .map_err(|error| self.view.damaged(&error))?;
            if row.sequence > self.last {
                break;
            }
            if row.date_time > self.since {
                placed.push(Placed {
                    sequence: row.sequence,
                    transaction: self.transaction(&row)?,
                });
            }
        }
        Ok(())
    }

    fn transaction(&mut self, row: &Row<'_>) -> Result<Transaction, StoreError> {
        let Fields::Named(names) = &self.fields else {
            return self.view.transaction(row);
        };
        let version = row.schema_version;
        let known = self.wanted.iter();
        let mut known = known.filter(|(schema, _)| schema.version() == version);
        let found = match known.next() {
            Some((schema, wanted)) => row.excerpt(schema, wanted),
            None => {
                let schema = self.view.schema(version).ok_or_else(|| {
                    let missing = BlockError::NoSchema { version };
                    self.view.damaged(&missing)
                })?;
                let fields = schema.fields().iter();
                let wanted: Vec<bool> = fields.map(|field| names.contains(&field.name)).collect();
                let excerpt = row.excerpt(&schema, &wanted);
                self.wanted.push((schema, wanted));
                excerpt
            }
        };
        found.map_err(|error| self.view.damaged(&error))
    }
}
