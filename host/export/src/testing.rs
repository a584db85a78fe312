//! What tests of runs in a whole host look at, and nobody else.

use uuid::Uuid;

use crate::{RunRecord, Runs, stored};
use engine::lane::Change;
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};

/// Writes the record of a run.
pub fn put_run(change: &mut Change<'_>, run: &RunRecord) {
    stored::put_run(change, run);
}

/// Says that a run is open.
pub fn open_record(run: &RunRecord) -> Record {
    stored::open_record(run)
}

/// Says that every open run has its record.
pub fn open_keys_mark() -> Key {
    stored::open_keys_mark()
}

/// Whether every open run has its record.
///
/// # Errors
/// Where the store cannot be read.
pub fn has_open_keys(store: &Store) -> Result<bool, StoreError> {
    stored::has_open_keys(store)
}

/// The runs of a tenant whose files are there, in the order of their ids.
pub fn kept(runs: &Runs, tenant: TenantId) -> Vec<Uuid> {
    let mut kept: Vec<_> = runs.0.job.kept.of_tenant(tenant).into_iter().collect();
    kept.sort_unstable();
    kept
}
