//! The transactions that the store's indexes do not hold yet.
//!
//! Indexes are written behind, sorted; until then the lane answers from here.
//! A tail is bounded: when it is long enough it is sealed and written out while
//! the next one grows, and a lane whose sealed tail is not yet written waits.

use std::sync::Arc;

use hashbrown::HashMap;

use store::index::IndexRow;

/// A run of entries in sequence order.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    entries: Vec<IndexRow>,
    /// From the hash of a `txn_id` to its newest entry.
    by_txn: HashMap<u64, u32>,
}

impl Segment {
    /// Adds the next entry.
    pub(super) fn push(&mut self, entry: IndexRow) {
        self.by_txn.insert(entry.txn_id, self.entries.len() as u32);
        self.entries.push(entry);
    }

    /// All entries, in sequence order.
    pub(super) fn entries(&self) -> &[IndexRow] {
        &self.entries
    }

    /// The sequences of transactions whose `txn_id` has this hash.
    fn find(&self, txn: u64) -> Option<u64> {
        let index = *self.by_txn.get(&txn)?;
        Some(self.entries[index as usize].sequence)
    }
}

/// All entries that the indexes do not hold yet.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Being written to the indexes.
    sealed: Option<Arc<Segment>>,
    growing: Segment,
}

/// A tail is sealed when it has so many entries.
pub(super) const SEAL_AT: usize = 4096;
/// A lane waits when its growing tail has so many entries and the sealed one is not written.
pub(super) const WAIT_AT: usize = 65_536;

impl Tail {
    /// Adds the next transaction.
    pub(super) fn push(&mut self, entry: IndexRow) {
        self.growing.push(entry);
    }

    /// The sequences of transactions whose `txn_id` may be the one of this hash.
    ///
    /// Two ids of one hash are told apart by whoever reads the transactions;
    /// within one tail the newer hides the older, which a 64-bit keyed hash
    /// makes as unlikely as a disk that returns other bytes.
    pub(super) fn find(&self, txn: u64) -> impl Iterator<Item = u64> {
        let sealed = self.sealed.as_ref().and_then(|sealed| sealed.find(txn));
        self.growing.find(txn).into_iter().chain(sealed)
    }

    /// All entries, in sequence order.
    pub(super) fn entries(&self) -> impl DoubleEndedIterator<Item = &IndexRow> {
        let sealed = self.sealed.iter().flat_map(|sealed| sealed.entries());
        sealed.chain(self.growing.entries())
    }

    /// Seals the entries up to `durable`, where there are enough of them and none is being written.
    pub(super) fn seal(&mut self, durable: u64) -> Option<Arc<Segment>> {
        if self.sealed.is_some() || self.growing.entries.len() < SEAL_AT {
            return None;
        }
        let ready = |entry: &IndexRow| entry.sequence <= durable;
        let count = self.growing.entries.partition_point(ready);
        if count < SEAL_AT {
            return None;
        }
        let mut rest = Segment::default();
        for &entry in &self.growing.entries[count..] {
            rest.push(entry);
        }
        let mut sealed = std::mem::replace(&mut self.growing, rest);
        sealed.entries.truncate(count);
        sealed.by_txn.retain(|_, index| (*index as usize) < count);
        let sealed = Arc::new(sealed);
        self.sealed = Some(sealed.clone());
        Some(sealed)
    }

    /// The indexes hold the sealed entries now.
    pub(super) fn drop_sealed(&mut self) {
        self.sealed = None;
    }

    /// Whether the lane must wait until the sealed entries are written.
    pub(super) fn is_too_long(&self) -> bool {
        self.sealed.is_some() && self.growing.entries.len() >= WAIT_AT
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    fn entry(sequence: u64) -> IndexRow {
        IndexRow {
            txn_id: sequence * 7,
            customer_id: sequence % 3,
            date_time: Timestamp::from_micros(sequence as i64),
            sequence,
        }
    }

    #[test]
    fn what_is_sealed_is_found_until_it_is_dropped() {
        let mut tail = Tail::default();
        for sequence in 1..=SEAL_AT as u64 + 10 {
            tail.push(entry(sequence));
        }
        assert!(
            tail.seal(SEAL_AT as u64 - 1).is_none(),
            "too few are durable"
        );
        let sealed = tail.seal(SEAL_AT as u64).expect("enough are durable");
        assert_eq!(sealed.entries().len(), SEAL_AT);
        assert!(tail.seal(u64::MAX).is_none(), "one is being written");

        let found = |tail: &Tail, sequence: u64| tail.find(sequence * 7).collect::<Vec<_>>();
        assert_eq!(found(&tail, 1), [1]);
        assert_eq!(found(&tail, SEAL_AT as u64 + 1), [SEAL_AT as u64 + 1]);
        assert_eq!(tail.entries().count(), SEAL_AT + 10);

        tail.drop_sealed();
        assert!(found(&tail, 1).is_empty());
        assert_eq!(tail.entries().count(), 10);
    }
}
