//! Reads blocks.

use std::sync::Arc;

use domain::payload::{Identifier, PayloadSchema, Transaction};
use domain::time::Timestamp;

use super::values::{pass_value, take_value};
use super::{ADDITIONAL, BlockError, DATE_TIME_AS_SENT, HEADER_BYTES, VERSION};
use crate::record::bytes::Input;

/// A block whose checksum was right. Its rows are read when they are asked for.
#[derive(Clone, Debug)]
pub struct Block<B> {
    bytes: B,
    first: u64,
    rows: u32,
    earliest: Timestamp,
    latest: Timestamp,
    base: i64,
    tables: usize,
    outcomes: u32,
}

/// A row of a block.
#[derive(Clone)]
pub struct Row<'b> {
    /// Its sequence number.
    pub sequence: u64,
    /// When it was received.
    pub received_at: Timestamp,
    /// The version of the payload schema that accepted it.
    pub schema_version: u32,
    /// What the rules said of it, as whoever wrote the block put it.
    pub outcome: &'b [u8],
    /// When it happened.
    pub date_time: Timestamp,
    /// Its `txn_id`.
    pub txn_id: &'b str,
    /// Its `customer_id`.
    pub customer_id: &'b str,
    date_time_sent: Option<&'b str>,
    additional: Option<&'b str>,
    values: Input<'b>,
}

impl<B: AsRef<[u8]>> Block<B> {
    /// Checks a block's bytes.
    ///
    /// # Errors
    /// `Newer` or `Damaged`.
    pub fn read(bytes: B) -> Result<Self, BlockError> {
        let version = *bytes.as_ref().first().ok_or(BlockError::Damaged)?;
        let (body, crc32) = bytes
            .as_ref()
            .split_last_chunk()
            .ok_or(BlockError::Damaged)?;
        if crc32fast::hash(body) != u32::from_le_bytes(*crc32) {
            return Err(BlockError::Damaged);
        }
        if version != VERSION {
            return Err(BlockError::Newer { version });
        }
        Self::open(bytes).ok_or(BlockError::Damaged)
    }

    fn open(bytes: B) -> Option<Self> {
        let mut input = Input(bytes.as_ref());
        input.u8()?;
        let first = u64::from_le_bytes(input.array()?);
        let rows = u32::from_le_bytes(input.array()?);
        let earliest = Timestamp::from_micros(i64::from_le_bytes(input.array()?));
        let latest = Timestamp::from_micros(i64::from_le_bytes(input.array()?));
        let base = i64::from_le_bytes(input.array()?);
        let tables = u32::from_le_bytes(input.array()?) as usize;
        let row_ends = rows as usize * size_of::<u32>();
        first.checked_add(rows.into())?;
        let mut after_rows = Input(bytes.as_ref().get(tables.checked_add(row_ends)?..)?);
        let outcomes = u32::from_le_bytes(after_rows.array()?);
        Some(Self {
            bytes,
            first,
            rows,
            earliest,
            latest,
            base,
            tables,
            outcomes,
        })
    }

    /// The sequence number of the first row.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The earliest `date_time` of a row.
    pub fn earliest(&self) -> Timestamp {
        self.earliest
    }

    /// The latest `date_time` of a row.
    pub fn latest(&self) -> Timestamp {
        self.latest
    }

    /// All rows, by sequence.
    pub fn rows(&self) -> impl Iterator<Item = Result<Row<'_>, BlockError>> {
        (0..self.len()).map(|index| self.row(index))
    }

    /// Row `index`, from 0; its sequence number is [`first`](Self::first) and `index`.
    ///
    /// # Errors
    /// `Damaged`, also where there is no such row.
    pub fn row(&self, index: usize) -> Result<Row<'_>, BlockError> {
        self.take_row(index).ok_or(BlockError::Damaged)
    }

    fn take_row(&self, index: usize) -> Option<Row<'_>> {
        let bytes = self.bytes.as_ref();
        let rows = bytes.get(HEADER_BYTES..self.tables)?;
        let mut input = Input(item(rows, bytes.get(self.tables..)?, index, self.len())?);
        let flags = input.u8()?;
        let received_at = self.moment(input.signed()?);
        let schema_version = u32::try_from(input.varint()?).ok()?;
        let outcome = usize::try_from(input.varint()?).ok()?;
        let date_time = self.moment(input.signed()?);
        let txn_id = input.text()?;
        let customer_id = input.text()?;
        let mut text_where = |flag| match flags & flag {
            0 => Some(None),
            _ => input.text().map(Some),
        };
        Some(Row {
            sequence: self.first + index as u64,
            received_at,
            schema_version,
            outcome: self.outcome(outcome)?,
            date_time,
            txn_id,
            customer_id,
            date_time_sent: text_where(DATE_TIME_AS_SENT)?,
            additional: text_where(ADDITIONAL)?,
            values: input,
        })
    }

    fn moment(&self, from_base: i64) -> Timestamp {
        Timestamp::from_micros(self.base.wrapping_add(from_base))
    }

    fn outcome(&self, number: usize) -> Option<&[u8]> {
        let count = self.outcomes as usize;
        let ends_at = self.tables + (self.len() + 1) * size_of::<u32>();
        let ends = self.bytes.as_ref().get(ends_at..)?;
        let (_, outcomes) = ends.split_at_checked(count.checked_mul(size_of::<u32>())?)?;
        item(outcomes, ends, number, count)
    }
}

/// Item `index` of items that lie end to end, by the table of their ends.
fn item<'b>(items: &'b [u8], ends: &[u8], index: usize, count: usize) -> Option<&'b [u8]> {
    let end = |index: usize| {
        let at = index * size_of::<u32>();
        let bytes = ends.get(at..at + size_of::<u32>())?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes) as usize)
    };
    if index >= count {
        return None;
    }
    let start = match index.checked_sub(1) {
        None => 0,
        Some(before) => end(before)?,
    };
    items.get(start..end(index)?)
}

impl Row<'_> {
    /// The transaction, by the payload schema that accepted it, which `schemas` knows by its version.
    ///
    /// # Errors
    /// Where there is no such schema, or it is not the one, or the bytes are no transaction.
    pub fn transaction(
        &self,
        schemas: &dyn Fn(u32) -> Option<Arc<PayloadSchema>>,
    ) -> Result<Transaction, BlockError> {
        let version = self.schema_version;
        let schema = schemas(version).ok_or(BlockError::NoSchema { version })?;
        let mut transaction = self.read(&schema, &|_| true)?;
        transaction.date_time_sent = self.date_time_sent.map(Into::into);
        transaction.additional = self.additional.map(Into::into);
        Ok(transaction)
    }

    /// As much of the transaction as is wanted, by the payload schema that accepted it: the ids, when it happened, and
    /// the values of fields that are wanted, by their place in the schema. The others are of no meaning.
    ///
    /// # Errors
    /// Where the schema is not the one, or the bytes are no transaction.
    pub fn excerpt(
        &self,
        schema: &Arc<PayloadSchema>,
        wanted: &[bool],
    ) -> Result<Transaction, BlockError> {
        self.read(schema, &|place| wanted.get(place) == Some(&true))
    }

    fn read(
        &self,
        schema: &Arc<PayloadSchema>,
        is_wanted: &dyn Fn(usize) -> bool,
    ) -> Result<Transaction, BlockError> {
        let version = self.schema_version;
        let identifier = |text| Identifier::new(text).map_err(|_| BlockError::Damaged);
        let mut input = self.values.clone();
        if input.varint() != Some(schema.fields().len() as u64) {
            return Err(BlockError::OtherSchema { version });
        }
        let fields = schema.fields().iter().enumerate();
        let values = fields
            .map(|(place, field)| match is_wanted(place) {
                true => take_value(&mut input, field.field_type),
                false => pass_value(&mut input, field.field_type),
            })
            .collect::<Option<_>>()
            .ok_or(BlockError::OtherSchema { version })?;
        Ok(Transaction {
            txn_id: identifier(self.txn_id)?,
            customer_id: identifier(self.customer_id)?,
            date_time: self.date_time,
            date_time_sent: None,
            values,
            additional: None,
            schema: Arc::clone(schema),
        })
    }
}
