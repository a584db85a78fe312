//! What the store has of exports beside their definitions: records of runs, and up to when schedules were handled.

use uuid::Uuid;

use super::record::RunRecord;
use crate::lane::Change;
use crate::store::key::{Key, Record, TenantId};
use crate::store::{Store, StoreError};

/// Up to which moment the schedule of an export was handled; the smallest number where it has none.
pub(super) fn handled(store: &Store, tenant: TenantId, export: &str) -> Result<i64, StoreError> {
    let key = Key::new(tenant, &schedule_record(export));
    let Some(value) = store.get(&key)? else {
        return Ok(i64::MIN);
    };
    serde_json::from_slice(&value)
        .map_err(|error| StoreError::damaged("the schedule of an export", error.to_string()))
}

/// Notes up to which moment the schedule of an export was handled: what it would have run before is not made up for.
pub fn set_handled(change: &mut Change<'_>, export: &str, until: i64) {
    let value = until.to_string().into_bytes();
    change.put_record(&schedule_record(export), value);
}

/// Forgets the schedule of an export.
pub fn forget_handled(change: &mut Change<'_>, export: &str) {
    change.delete_record(&schedule_record(export));
}

fn schedule_record(export: &str) -> Record {
    Record::ExportSchedule {
        export: export.to_owned(),
    }
}

/// Writes the record of a run.
pub(super) fn put_run(change: &mut Change<'_>, run: &RunRecord) {
    let record = run_record(&run.export, run.id);
    let value = serde_json::to_vec(run).expect("a run has only string keys");
    change.put_record(&record, value);
}

fn run_record(export: &str, run: Uuid) -> Record {
    Record::ExportRun {
        export: export.to_owned(),
        run: run.into_bytes(),
    }
}

/// The record of a run.
pub(super) fn read(
    store: &Store,
    tenant: TenantId,
    export: &str,
    run: Uuid,
) -> Result<Option<RunRecord>, StoreError> {
    let value = store.get(&Key::new(tenant, &run_record(export, run)))?;
    value.map(|value| read_run(&value)).transpose()
}

/// The record of a run, as the store has it.
pub(super) fn read_run(value: &[u8]) -> Result<RunRecord, StoreError> {
    serde_json::from_slice(value)
        .map_err(|error| StoreError::damaged("the record of a run", error.to_string()))
}
