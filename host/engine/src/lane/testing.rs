//! What tests of whole lanes look at, and nobody else.

use std::sync::Arc;

use domain::window::RowLayout;
use store::index::IndexRow;
use store::key::{TeamId, TenantId};

use super::tail::{self, Segment};
use super::window_rebuild::WindowRebuild;
use super::{IndexBell, RowsError, TeamRows, TeamView, WindowRows};

/// A tail is sealed when it has so many entries.
pub const SEAL_AT: usize = tail::SEAL_AT;
/// A lane waits when its growing tail has so many entries.
pub const WAIT_AT: usize = tail::WAIT_AT;

/// Entries that are ready to be written to the indexes.
pub struct Sealed(Arc<Segment>);

impl Sealed {
    /// One entry.
    pub fn of(entry: IndexRow) -> Self {
        let mut segment = Segment::default();
        segment.push(entry);
        Self(Arc::new(segment))
    }

    /// Seals the tail of a team, where enough of it is durable.
    pub fn tail_of(view: &TeamView) -> Option<Self> {
        view.seal().map(Self)
    }

    /// Writes them to the indexes of the team.
    ///
    /// # Panics
    /// Where the store fails.
    pub fn write(&self, view: &TeamView) {
        view.write_index(&self.0).expect("the indexes are written");
    }
}

/// Adds an entry to what the indexes of a team do not hold yet.
pub fn push(view: &TeamView, entry: IndexRow) {
    view.push(entry);
}

/// Wakes the lanes that wait for an index.
pub fn ring(bell: &IndexBell) {
    bell.ring();
}

/// The rows of a team. `hash_key` is the tenant's.
pub fn rows_of(
    rows: &WindowRows,
    tenant: TenantId,
    team: TeamId,
    hash_key: &[u8; 32],
) -> Arc<TeamRows> {
    rows.team(tenant, team, hash_key)
}

/// From now on the lane adds rows to indexes of these layouts.
///
/// # Errors
/// Where an index cannot be read or made.
pub fn need(rows: &TeamRows, view: &Arc<TeamView>, layouts: &[RowLayout]) -> Result<(), RowsError> {
    rows.need(view, layouts)
}

/// How many transactions the index that lacks most does not hold.
///
/// # Errors
/// Where an index cannot be read.
pub fn missing(
    rows: &TeamRows,
    view: &Arc<TeamView>,
    layouts: &[RowLayout],
) -> Result<u64, RowsError> {
    rows.missing(view, layouts)
}

/// Missing indexes that are made beside the lane.
pub struct Rebuild(WindowRebuild);

impl Rebuild {
    /// Begins to make them.
    ///
    /// # Errors
    /// Where there is no thread for it.
    pub fn begin(view: Arc<TeamView>, layouts: Vec<RowLayout>) -> Result<Self, RowsError> {
        WindowRebuild::begin(view, layouts).map(Self)
    }

    /// Whether they are not whole yet.
    pub fn is_under_way(&self) -> bool {
        self.0.under_way().is_some()
    }
}
