//! Writes blocks.

use std::collections::HashMap;

use domain::payload::Transaction;
use domain::time::Timestamp;

use super::values::put_value;
use super::{ADDITIONAL, DATE_TIME_AS_SENT, HEADER_BYTES, MAX_BLOCK_BYTES, VERSION};
use crate::record::bytes::{put_signed, put_text, put_varint};

/// Whether a block took a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Pushed {
    /// It did.
    Added,
    /// It did not and has no room: finish it and push the row to the next.
    Full,
}

/// A block that grows row by row.
pub struct BlockBuilder {
    first: u64,
    earliest: Timestamp,
    latest: Timestamp,
    base: i64,
    /// The header's room, and the rows.
    bytes: Vec<u8>,
    row_ends: Vec<u32>,
    outcomes: Outcomes,
}

/// Each different outcome once.
#[derive(Default)]
struct Outcomes {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    numbers: HashMap<Box<[u8]>, u32>,
    /// The number of the outcome that came last: most rows are like the row before.
    last: u32,
}

impl Outcomes {
    fn get(&self, number: u32) -> Option<&[u8]> {
        let number = number as usize;
        let end = *self.ends.get(number)?;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.bytes[start as usize..end as usize])
    }

    fn number(&mut self, outcome: &[u8]) -> u32 {
        if self.get(self.last) != Some(outcome) {
            self.last = match self.numbers.get(outcome) {
                Some(&number) => number,
                None => self.add(outcome),
            };
        }
        self.last
    }

    fn add(&mut self, outcome: &[u8]) -> u32 {
        let number = self.ends.len() as u32;
        self.bytes.extend_from_slice(outcome);
        self.ends.push(self.bytes.len() as u32);
        self.numbers.insert(outcome.into(), number);
        number
    }

    fn byte_len(&self) -> usize {
        self.bytes.len() + size_of::<u32>() * (self.ends.len() + 1)
    }

    /// Forgets the outcomes from a number on.
    fn truncate(&mut self, length: usize) {
        self.numbers.retain(|_, number| (*number as usize) < length);
        self.ends.truncate(length);
        self.bytes
            .truncate(self.ends.last().map_or(0, |end| *end as usize));
        self.last = 0;
    }
}

impl BlockBuilder {
    /// An empty block whose first row has this sequence number.
    pub fn new(first: u64) -> Self {
        Self {
            first,
            earliest: Timestamp::MAX,
            latest: Timestamp::MIN,
            base: 0,
            bytes: vec![0; HEADER_BYTES],
            row_ends: Vec::new(),
            outcomes: Outcomes::default(),
        }
    }

    /// Adds the transaction of the next sequence number, when it was received, and what the rules said of it.
    /// A single row is taken however long it is.
    pub fn push(
        &mut self,
        transaction: &Transaction,
        received_at: Timestamp,
        outcome: &[u8],
    ) -> Pushed {
        let (start, known_outcomes) = (self.bytes.len(), self.outcomes.ends.len());
        if self.is_empty() {
            self.base = received_at.as_micros();
        }
        let number = self.outcomes.number(outcome);
        self.put_row(transaction, received_at, number);
        let tables = size_of::<u32>() * (self.len() + 2) + self.outcomes.byte_len();
        if !self.is_empty() && self.bytes.len() + tables > MAX_BLOCK_BYTES {
            self.bytes.truncate(start);
            self.outcomes.truncate(known_outcomes);
            return Pushed::Full;
        }
        self.row_ends.push((self.bytes.len() - HEADER_BYTES) as u32);
        self.earliest = self.earliest.min(transaction.date_time);
        self.latest = self.latest.max(transaction.date_time);
        Pushed::Added
    }

    fn put_row(&mut self, transaction: &Transaction, received_at: Timestamp, outcome: u32) {
        let out = &mut self.bytes;
        let from_base = |moment: Timestamp| moment.as_micros().wrapping_sub(self.base);
        let mut flags = 0;
        if transaction.date_time_sent.is_some() {
            flags |= DATE_TIME_AS_SENT;
        }
        if transaction.additional.is_some() {
            flags |= ADDITIONAL;
        }
        out.push(flags);
        put_signed(out, from_base(received_at));
        put_varint(out, transaction.schema.version().into());
        put_varint(out, outcome.into());
        put_signed(out, from_base(transaction.date_time));
        put_text(out, transaction.txn_id.as_str());
        put_text(out, transaction.customer_id.as_str());
        for text in [&transaction.date_time_sent, &transaction.additional]
            .into_iter()
            .flatten()
        {
            put_text(out, text);
        }
        put_varint(out, transaction.values.len() as u64);
        for value in &transaction.values {
            put_value(out, value);
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.row_ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.row_ends.is_empty()
    }

    /// The sequence number of the first row, under which the block is stored.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The block's bytes.
    pub fn finish(mut self) -> Vec<u8> {
        let tables = self.bytes.len() as u32;
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.push(VERSION);
        header.extend_from_slice(&self.first.to_le_bytes());
        header.extend_from_slice(&(self.row_ends.len() as u32).to_le_bytes());
        header.extend_from_slice(&self.earliest.as_micros().to_le_bytes());
        header.extend_from_slice(&self.latest.as_micros().to_le_bytes());
        header.extend_from_slice(&self.base.to_le_bytes());
        header.extend_from_slice(&tables.to_le_bytes());
        self.bytes[..HEADER_BYTES].copy_from_slice(&header);

        let out = &mut self.bytes;
        for end in &self.row_ends {
            out.extend_from_slice(&end.to_le_bytes());
        }
        out.extend_from_slice(&(self.outcomes.ends.len() as u32).to_le_bytes());
        for end in &self.outcomes.ends {
            out.extend_from_slice(&end.to_le_bytes());
        }
        out.extend_from_slice(&self.outcomes.bytes);
        let crc32 = crc32fast::hash(out);
        out.extend_from_slice(&crc32.to_le_bytes());
        self.bytes
    }
}
