//! Transactions by id, customer and time.

use domain::time::Timestamp;

use super::{StoredTransaction, TeamView};
use store::StoreError;
use store::index::{Found, IndexRow};

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

/// How far the transactions of a customer reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// How many there are.
    pub count: u64,
    /// When the first happened; of more transactions than were counted, the oldest of those.
    pub first_at: Timestamp,
    /// When the last happened.
    pub last_at: Timestamp,
    /// There are more.
    pub has_more: bool,
}

impl TeamView {
    /// The sequences of transactions that may have this `txn_id`, as far as the lane has sequenced.
    pub(in crate::lane) fn candidates(&self, txn_id: &str) -> Result<Vec<u64>, StoreError> {
        let hash = self.hash(txn_id);
        // The tail is asked first: what moves from it to the indexes meanwhile is found twice, not never.
        let mut found: Vec<u64> = self.tail.read().find(hash).collect();
        found.extend(self.index.lookup_txn(hash)?);
        Ok(found)
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

    /// How far the durable transactions of a customer reach, of which at most so many are counted; none if there are
    /// none. They are counted by the hash of the customer's id, and only the newest is read.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn extent(&self, customer_id: &str, most: usize) -> Result<Option<Extent>, StoreError> {
        let mut query = TransactionQuery {
            customer_id: Some(customer_id.to_owned()),
            limit: 1,
            ..TransactionQuery::default()
        };
        if self.list(&query)?.is_empty() {
            return Ok(None);
        }
        query.limit = most + 1;
        let mut places = self.places(&query)?;
        let has_more = places.len() > most;
        places.truncate(most);
        let ends = places.last().zip(places.first());
        Ok(ends.map(|((first_at, _), (last_at, _))| Extent {
            count: places.len() as u64,
            first_at: *first_at,
            last_at: *last_at,
            has_more,
        }))
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
}
