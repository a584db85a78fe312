//! Finds a team's transactions by id, by customer and by time.
//!
//! The indexes are derived from the transaction blocks and written behind, because what a store
//! charges for is keys at random places. Each is a set of sorted runs, cut into chunks under rising keys:
//!
//! ```text
//! rows ─ append ─► runs of level 0 ─ work: eight at a time ─► level 1 ─► level 2 …
//!
//! index record   version u8 = 1 │ hash key 16 │ watermark u64
//! run            header (run.rs) │ guide: fence and filter │ chunks of entries
//! entry          transaction  hash u64 │ sequence u64
//!                customer     hash u64 │ date_time u64 │ sequence u64
//!                time         date_time u64 │ sequence u64
//! ```
//!
//! Entries are big endian, and a `date_time` has its sign bit flipped, so that bytes are in the order of numbers.
//! The fence of a run is the first entry of each chunk; the filter says which hashes it cannot have. Both are in memory.
//!
//! *Invariants.* A run is read only when its header says `live`, which is written last. A merge
//! makes its run live and those that it merged `retired` in one batch. So at any moment the live runs together
//! hold each row below the watermark once, and whatever a crash leaves half done is garbage, known by its header.

mod builder;
mod entry;
mod filter;
mod garbage;
mod merge;
mod reader;
mod run;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use domain::time::Timestamp;

use super::batch::Batch;
use super::error::StoreError;
use super::key::{Key, Record, RunKey, TeamId, TenantId};
use super::{Direction, KeyRange, Store};
use builder::RunBuilder;
use entry::IndexKind;
use garbage::Garbage;
use merge::Merge;
pub use reader::{Found, IndexReader};
use reader::{Shared, Snapshot};
use run::{Header, Run};

/// The most rows that become one run; with all three indexes it is written in some two MiB.
pub const MAX_RUN_ROWS: usize = 32_768;

/// How many runs of a level become one of a higher level.
const FAN_IN: usize = 8;

/// After how many bytes a step ends. Transactions that are committed meanwhile wait for it.
const STEP_BYTES: usize = 512 << 10;

/// How many keys of garbage a step deletes.
const STEP_DELETES: usize = 512;

/// What the indexes know of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexRow {
    /// Its sequence number.
    pub sequence: u64,
    /// [`IndexReader::hash`] of its `txn_id`.
    pub txn_id: u64,
    /// [`IndexReader::hash`] of its `customer_id`.
    pub customer_id: u64,
    /// When it happened.
    pub date_time: Timestamp,
}

/// A batch to commit, and what readers may see once it is durable. Steps are committed in the order in which they were
/// made. When one fails, all later ones are of no use: open the index again.
#[must_use]
pub struct Step {
    /// To be committed.
    pub batch: Batch,
    /// To be installed when the batch is durable.
    pub change: Change,
}

/// What readers may see once a step is durable.
#[must_use]
pub struct Change {
    shared: Arc<Shared>,
    added: Vec<Arc<Run>>,
    /// Runs that were merged into added ones.
    replaced: Vec<RunKey>,
    /// Where it moves.
    watermark: Option<u64>,
}

impl Change {
    fn none(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            added: Vec::new(),
            replaced: Vec::new(),
            watermark: None,
        }
    }

    /// Lets readers see it. Quick: for the callback of a commit.
    pub fn install(self) {
        self.shared.edit(|snapshot| {
            if let Some(watermark) = self.watermark {
                snapshot.watermark = watermark;
            }
            self.added.into_iter().for_each(|run| snapshot.add(run));
            snapshot.take(&self.replaced)
        });
    }
}

/// The writing end of a team's indexes; its lane has it.
pub struct TeamIndex {
    reader: IndexReader,
    next_run: u64,
    merges: Vec<Merge>,
    /// Runs that are, or were, merged, and which readers still see.
    busy: HashSet<RunKey>,
    garbage: Vec<Garbage>,
}

impl TeamIndex {
    /// Opens the indexes of a team, empty where there are none. No commit of the team may wait.
    ///
    /// # Errors
    /// Where reading fails.
    pub fn open(store: &Store, tenant: TenantId, team: TeamId) -> Result<Self, StoreError> {
        let record = store.get(&Key::new(tenant, &Record::Index { team }))?;
        let (hash_key, watermark) = match record {
            Some(record) => decode_record(&record)
                .ok_or_else(|| StoreError::damaged("the index of a team", "its record"))?,
            // It is stored with the first run, before which no hash is.
            None => (rand::random(), 0),
        };
        let mut next_run = 0;
        let mut snapshot = Snapshot::new(watermark);
        let mut garbage = Vec::new();
        for header in store.range(KeyRange::runs(tenant, team), Direction::Forward) {
            let (key, header) = header?;
            let Some((_, Record::Run(key))) = Key::parse(&key) else {
                return Err(StoreError::damaged(
                    "the index of a team",
                    "the key of a run",
                ));
            };
            next_run = next_run.max(key.run + 1);
            match Header::decode(key, &header)? {
                Header::Live(live) => {
                    snapshot.add(Arc::new(Run::load(store, tenant, key, live)?));
                }
                Header::Unfinished | Header::Retired => {
                    garbage.push(Garbage::found(store, tenant, key)?);
                }
            }
        }
        let shared = Shared::new(store.clone(), tenant, team, hash_key, snapshot);
        Ok(Self {
            reader: IndexReader::new(Arc::new(shared)),
            next_run,
            merges: Vec::new(),
            busy: HashSet::new(),
            garbage,
        })
    }

    /// The reading end.
    pub fn reader(&self) -> &IndexReader {
        &self.reader
    }

    /// Indexes rows, whose sequence numbers rise from the watermark on; more than [`MAX_RUN_ROWS`] are several steps.
    /// At least some thousands should come at once: each call makes runs, which are merged later.
    pub fn append(&mut self, rows: &[IndexRow]) -> Vec<Step> {
        rows.chunks(MAX_RUN_ROWS)
            .map(|rows| self.append_run(rows))
            .collect()
    }

    fn append_run(&mut self, rows: &[IndexRow]) -> Step {
        let shared = Arc::clone(self.reader.shared());
        let mut batch = Batch::new();
        let mut change = Change::none(Arc::clone(&shared));
        for kind in IndexKind::ALL {
            let key = self.new_run(kind);
            let mut builder = RunBuilder::new(shared.tenant, key, kind, rows.len() as u64);
            for entry in kind.sorted_entries(rows) {
                builder.push(kind.trim(&entry), &mut batch);
            }
            change
                .added
                .push(Arc::new(builder.finish(&mut batch).write_all(&mut batch)));
        }
        let watermark = rows.last().map_or(0, |row| row.sequence + 1);
        let team = shared.team;
        let record = Key::new(shared.tenant, &Record::Index { team });
        batch.put(record, encode_record(shared.hash_key, watermark));
        change.watermark = Some(watermark);
        Step { batch, change }
    }

    fn new_run(&mut self, kind: IndexKind) -> RunKey {
        let run = self.next_run;
        self.next_run += 1;
        RunKey {
            team: self.reader.shared().team,
            index: kind as u8,
            run,
        }
    }

    /// A step of what there is to do behind: deleting what is no longer read, and merging. `None` where there is nothing.
    /// To keep up, take four steps for each 4,096 rows that are appended.
    ///
    /// # Errors
    /// Where reading fails; then open the index again.
    pub fn work(&mut self) -> Result<Option<Step>, StoreError> {
        self.step(STEP_BYTES, STEP_DELETES)
    }

    /// A step of some bytes and deletes.
    fn step(&mut self, bytes: usize, deletes: usize) -> Result<Option<Step>, StoreError> {
        let shared = Arc::clone(self.reader.shared());
        let mut batch = Batch::new();
        let mut change = Change::none(Arc::clone(&shared));
        self.garbage.extend(shared.take_unread());
        while batch.len() < deletes
            && let Some(garbage) = self.garbage.last_mut()
        {
            if garbage.delete_some(shared.tenant, deletes, &mut batch) {
                self.garbage.pop();
            }
        }
        self.begin_merges();
        // The smallest first: small runs are what there are many of.
        self.merges.sort_by_key(|merge| Reverse(merge.level()));
        while batch.byte_len() < bytes
            && let Some(merge) = self.merges.last_mut()
        {
            if let Some(merged) = merge.step(&shared.store, bytes, &mut batch)? {
                change.added.push(Arc::new(merged));
                change.replaced.extend(merge.sources());
                self.merges.pop();
            }
        }
        Ok((!batch.is_empty()).then_some(Step { batch, change }))
    }

    /// Begins the merges that are due.
    fn begin_merges(&mut self) {
        let snapshot = self.reader.shared().snapshot();
        self.busy.retain(|key| snapshot.has(*key));
        for kind in IndexKind::ALL {
            let mut idle: Vec<_> = (snapshot.runs(kind).iter())
                .filter(|run| !self.busy.contains(&run.key))
                .collect();
            idle.sort_by_key(|run| (run.level(), run.key.run));
            for level in idle.chunk_by(|one, other| one.level() == other.level()) {
                for sources in level.chunks_exact(FAN_IN) {
                    let sources: Vec<_> = sources.iter().map(|run| Arc::clone(run)).collect();
                    self.busy.extend(sources.iter().map(|run| run.key));
                    let key = self.new_run(kind);
                    let tenant = self.reader.shared().tenant;
                    self.merges.push(Merge::new(tenant, key, kind, sources));
                }
            }
        }
    }
}

const RECORD_VERSION: u8 = 1;

fn encode_record(hash_key: [u8; 16], watermark: u64) -> Vec<u8> {
    [&[RECORD_VERSION][..], &hash_key, &watermark.to_be_bytes()].concat()
}

fn decode_record(record: &[u8]) -> Option<([u8; 16], u64)> {
    let (&version, rest) = record.split_first()?;
    let (hash_key, watermark) = rest.split_first_chunk()?;
    let watermark = u64::from_be_bytes(watermark.try_into().ok()?);
    (version == RECORD_VERSION).then_some((*hash_key, watermark))
}
