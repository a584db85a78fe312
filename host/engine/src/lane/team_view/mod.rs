//! A team's transactions, for its lane and for readers.
//!
//! The lane sees all that it has sequenced; readers see what is durable.
//!
//! - [`load`]: what the store has when the lane is loaded;
//! - [`blocks`]: transactions out of blocks, stored or in flight;
//! - [`query`]: transactions by id, customer and time;
//! - [`walk`]: all transactions, in the order in which they came;
//! - [`indexing`]: the tail becomes indexes.

mod blocks;
mod indexing;
mod load;
mod query;
mod spans;
mod walk;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use domain::payload::{PayloadSchema, Transaction};
use domain::time::Timestamp;
use parking_lot::{Mutex, RwLock};

use super::answer::Receipt;
use super::outcome::Outcome;
use super::tail::Tail;
use super::window_rows::TeamRows;
use store::index::{IndexReader, IndexRow, TeamIndex};
use store::key::{TeamId, TenantId};
use store::{Store, StoreError};
use tenant::Team;

pub use query::{Extent, TransactionQuery};
pub use spans::SpanCounts;
pub use walk::{Fields, Placed, Stretch, Walk};

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

/// A team's transactions.
pub struct TeamView {
    store: Store,
    tenant: TenantId,
    team: TeamId,
    index: IndexReader,
    rows: Arc<TeamRows>,
    schemas: RwLock<Vec<Arc<PayloadSchema>>>,
    tail: RwLock<Tail>,
    /// Blocks that are committed and may not be in the store yet, by the sequence of their first row.
    in_flight: RwLock<VecDeque<(u64, Bytes)>>,
    /// The last sequence that is durable.
    durable: AtomicU64,
    /// The writing end of the indexes; the indexer alone has it for long. `None` once another view of the team has taken over.
    writer: Mutex<Option<TeamIndex>>,
    /// Whether writing the indexes failed: then the team is to be opened again.
    index_failed: AtomicBool,
}

impl TeamView {
    pub(super) fn open(
        store: &Store,
        tenant: TenantId,
        team: &Team,
        rows: Arc<TeamRows>,
    ) -> Result<Self, StoreError> {
        let id = TeamId(team.id);
        let writer = TeamIndex::open(store, tenant, id)?;
        let view = Self {
            store: store.clone(),
            tenant,
            team: id,
            index: writer.reader().clone(),
            rows,
            schemas: RwLock::default(),
            tail: RwLock::default(),
            in_flight: RwLock::default(),
            durable: AtomicU64::new(0),
            writer: Mutex::new(Some(writer)),
            index_failed: AtomicBool::new(false),
        };
        view.set_schemas(team);
        Ok(view)
    }

    pub(super) fn set_schemas(&self, team: &Team) {
        let schemas = team.schemas.iter().map(|record| record.compiled());
        *self.schemas.write() = schemas.collect();
    }

    /// The schema of a version.
    fn schema(&self, version: u32) -> Option<Arc<PayloadSchema>> {
        let schemas = self.schemas.read();
        let found = schemas.iter().find(|schema| schema.version() == version);
        found.cloned()
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
}
