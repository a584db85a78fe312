//! Reads the indexes of a team.

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::time::Timestamp;
use parking_lot::{Mutex, RwLock};
use siphasher::sip::SipHasher13;

use super::entry::{IndexKind, count_below, join, moment, number, ordered};
use super::garbage::Garbage;
use super::run::Run;
use crate::Store;
use crate::error::StoreError;
use crate::key::{RunKey, TeamId, TenantId};

/// What is durable of a team's indexes.
#[derive(Clone)]
pub(super) struct Snapshot {
    /// The first sequence number that is not indexed.
    pub(super) watermark: u64,
    /// The live runs of each index.
    runs: [Vec<Arc<Run>>; 3],
}

impl Snapshot {
    /// No runs yet.
    pub(super) fn new(watermark: u64) -> Self {
        Self {
            watermark,
            runs: Default::default(),
        }
    }

    /// The live runs of an index.
    pub(super) fn runs(&self, kind: IndexKind) -> &[Arc<Run>] {
        &self.runs[kind as usize - 1]
    }

    /// Adds a live run.
    pub(super) fn add(&mut self, run: Arc<Run>) {
        self.runs[run.kind as usize - 1].push(run);
    }

    /// Takes live runs out.
    pub(super) fn take(&mut self, keys: &[RunKey]) -> Vec<Arc<Run>> {
        let mut taken = Vec::new();
        for runs in &mut self.runs {
            taken.extend(runs.extract_if(.., |run| keys.contains(&run.key)));
        }
        taken
    }

    /// Whether a run is live.
    pub(super) fn has(&self, key: RunKey) -> bool {
        self.runs.iter().flatten().any(|run| run.key == key)
    }
}

/// What the writing end and the reading ends share.
pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) tenant: TenantId,
    pub(super) team: TeamId,
    pub(super) hash_key: [u8; 16],
    snapshot: RwLock<Arc<Snapshot>>,
    /// Runs that no new snapshot has, and older ones may.
    retired: Mutex<Vec<Arc<Run>>>,
}

impl Shared {
    pub(super) fn new(
        store: Store,
        tenant: TenantId,
        team: TeamId,
        hash_key: [u8; 16],
        snapshot: Snapshot,
    ) -> Self {
        Self {
            store,
            tenant,
            team,
            hash_key,
            snapshot: RwLock::new(Arc::new(snapshot)),
            retired: Mutex::default(),
        }
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read())
    }

    /// Replaces the snapshot; `edit` answers the runs that it took out.
    pub(super) fn edit(&self, edit: impl FnOnce(&mut Snapshot) -> Vec<Arc<Run>>) {
        let mut snapshot = self.snapshot.write();
        let mut next = Snapshot::clone(&snapshot);
        let retired = edit(&mut next);
        *snapshot = Arc::new(next);
        self.retired.lock().extend(retired);
    }

    /// The runs that nobody reads any more.
    pub(super) fn take_unread(&self) -> Vec<Garbage> {
        let mut retired = self.retired.lock();
        // Nobody can begin to read one: it is in no snapshot but those that are being read.
        let unread = retired.extract_if(.., |run| Arc::strong_count(run) == 1);
        unread.map(|run| Garbage::retired(&run)).collect()
    }
}

/// The reading end of a team's indexes. Clones are the same.
#[derive(Clone)]
pub struct IndexReader {
    shared: Arc<Shared>,
}

/// A transaction that was found by customer or time; also the cursor from which the next page goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// When it happened.
    pub date_time: Timestamp,
    /// Its sequence number.
    pub sequence: u64,
}

impl IndexReader {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The hash under which a `txn_id` or a `customer_id` is sought; with a key of the team's own,
    /// so that nobody can choose ids whose hashes are the same.
    pub fn hash(&self, id: &str) -> u64 {
        SipHasher13::new_with_key(&self.shared.hash_key).hash(id.as_bytes())
    }

    /// The first sequence number that is not indexed; 0 where none is.
    pub fn watermark(&self) -> u64 {
        self.shared.snapshot.read().watermark
    }

    /// The sequence numbers of the transactions whose `txn_id` has a hash: nearly always none or
    /// one, which is the one sought unless two ids have the same hash.
    pub fn lookup_txn(&self, hash: u64) -> Result<Vec<u64>, StoreError> {
        let snapshot = self.shared.snapshot();
        let mut found = Vec::new();
        for run in snapshot.runs(IndexKind::Transaction) {
            if run.may_have(hash) {
                self.find_hash(run, hash, &mut found)?;
            }
        }
        Ok(found)
    }

    /// Finds the sequence numbers of a hash in a run.
    fn find_hash(&self, run: &Run, hash: u64, found: &mut Vec<u64>) -> Result<(), StoreError> {
        let width = run.kind.width();
        let bound = join([hash, 0, 0]);
        let bound = run.kind.trim(&bound);
        for chunk in run.chunk_below(bound).unwrap_or(0)..run.chunks() {
            let goes_on = self.chunk(run, chunk, |entries| {
                let from = count_below(entries, width, bound);
                let same = entries[from * width..]
                    .chunks_exact(width)
                    .take_while(|entry| number(entry, 0) == hash);
                let before = found.len();
                found.extend(same.map(|entry| number(entry, 8)));
                from + found.len() - before == entries.len() / width
            })?;
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// The transactions of the customers with a hash, `from` inclusive, `to` exclusive, newest first, at most `limit` that come
    /// after a cursor. Two ids may have the same hash: look at the transaction.
    pub fn customer_range(
        &self,
        hash: u64,
        from: Timestamp,
        to: Timestamp,
        after: Option<Found>,
        limit: usize,
    ) -> Result<Vec<Found>, StoreError> {
        let (time, sequence) = upper_bound(to, after);
        let from = join([hash, ordered(from), 0]);
        let to = join([hash, time, sequence]);
        self.newest(IndexKind::Customer, &from, &to, limit)
    }

    /// All transactions, `from` inclusive, `to` exclusive, newest first, at most `limit` that come after a cursor.
    pub fn time_range(
        &self,
        from: Timestamp,
        to: Timestamp,
        after: Option<Found>,
        limit: usize,
    ) -> Result<Vec<Found>, StoreError> {
        let (time, sequence) = upper_bound(to, after);
        let from = join([ordered(from), 0, 0]);
        let to = join([time, sequence, 0]);
        self.newest(IndexKind::Time, &from, &to, limit)
    }

    /// Visits all transactions, `from` inclusive, `to` exclusive, newest first.
    pub fn visit_time_range(
        &self,
        from: Timestamp,
        to: Timestamp,
        visit: &mut dyn FnMut(Found),
    ) -> Result<(), StoreError> {
        let (from, to) = (join([ordered(from), 0, 0]), join([ordered(to), 0, 0]));
        self.descend(IndexKind::Time, &from, &to, &mut |found| {
            visit(found);
            ControlFlow::Continue(())
        })
    }

    /// So many entries of an index from one, inclusive, to another, exclusive, highest first.
    fn newest(
        &self,
        kind: IndexKind,
        from: &[u8; 24],
        to: &[u8; 24],
        limit: usize,
    ) -> Result<Vec<Found>, StoreError> {
        let mut newest = Vec::new();
        if limit > 0 {
            self.descend(kind, from, to, &mut |found| {
                newest.push(found);
                match newest.len() < limit {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            })?;
        }
        Ok(newest)
    }

    /// Visits the entries of an index from one, inclusive, to another, exclusive, highest first.
    fn descend(
        &self,
        kind: IndexKind,
        from: &[u8; 24],
        to: &[u8; 24],
        visit: &mut dyn FnMut(Found) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let (from, to) = (kind.trim(from), kind.trim(to));
        let snapshot = self.shared.snapshot();
        let mut descents = Vec::new();
        for run in snapshot.runs(kind) {
            if run.overlaps(from, to) {
                descents.extend(Descent::begin(self, run, to)?);
            }
        }
        loop {
            let highest = descents
                .iter_mut()
                .max_by(|one, other| one.peek().cmp(other.peek()));
            let Some(descent) = highest.filter(|descent| descent.peek() >= from) else {
                return Ok(());
            };
            // Time and sequence are the last fields of either kind.
            let entry = descent.peek();
            let found = Found {
                date_time: moment(number(entry, kind.width() - 16)),
                sequence: number(entry, kind.width() - 8),
            };
            if visit(found).is_break() {
                return Ok(());
            }
            if !descent.go_on(self)? {
                let ended = descent.run.key;
                descents.retain(|descent| descent.run.key != ended);
            }
        }
    }

    fn chunk<T>(
        &self,
        run: &Run,
        chunk: u32,
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, StoreError> {
        run.chunk(&self.shared.store, self.shared.tenant, chunk, read)
    }
}

/// Time and sequence below which a page is: the end of the range, or the cursor where that is older.
fn upper_bound(to: Timestamp, after: Option<Found>) -> (u64, u64) {
    let end = (ordered(to), 0);
    after.map_or(end, |found| {
        end.min((ordered(found.date_time), found.sequence))
    })
}

/// A run that is read from an entry downwards.
struct Descent<'s> {
    run: &'s Run,
    chunk: u32,
    entries: Vec<u8>,
}

impl<'s> Descent<'s> {
    /// Begins at the highest entry below one; `None` where there is none.
    fn begin(reader: &IndexReader, run: &'s Run, below: &[u8]) -> Result<Option<Self>, StoreError> {
        let Some(chunk) = run.chunk_below(below) else {
            return Ok(None);
        };
        let width = run.kind.width();
        let entries = reader.chunk(run, chunk, |entries| {
            entries[..count_below(entries, width, below) * width].to_vec()
        })?;
        Ok(Some(Self {
            run,
            chunk,
            entries,
        }))
    }

    /// The entry at which it is.
    fn peek(&self) -> &[u8] {
        &self.entries[self.entries.len() - self.run.kind.width()..]
    }

    /// Goes to the entry below; `false` where there is none.
    fn go_on(&mut self, reader: &IndexReader) -> Result<bool, StoreError> {
        self.entries
            .truncate(self.entries.len() - self.run.kind.width());
        if self.entries.is_empty() {
            let Some(chunk) = self.chunk.checked_sub(1) else {
                return Ok(false);
            };
            self.chunk = chunk;
            self.entries = reader.chunk(self.run, chunk, <[u8]>::to_vec)?;
        }
        Ok(true)
    }
}
