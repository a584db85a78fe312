//! What the store has of exports beside their definitions: records of runs, and up to when schedules were handled.
//!
//! Records of runs are never removed. So that a start need not read all of them, another key says which are open.

use uuid::Uuid;

use super::record::RunRecord;
use engine::lane::Change;
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Batch, Store, StoreError};

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
    let open = open_record(run);
    if run.is_open() {
        change.put_record(&open, Vec::new());
    } else {
        change.delete_record(&open);
    }
}

pub(super) fn open_record(run: &RunRecord) -> Record {
    Record::OpenExportRun {
        export: run.export.clone(),
        run: run.id.into_bytes(),
    }
}

/// The runs of a tenant that are not over, or have a file.
pub(super) fn open_runs(store: &Store, tenant: TenantId) -> Result<Vec<RunRecord>, StoreError> {
    let mut open = Vec::new();
    for entry in store.range(KeyRange::open_export_runs(tenant), Direction::Forward) {
        let (key, _) = entry?;
        if let Some((_, Record::OpenExportRun { export, run })) = Key::parse(&key) {
            let record = read(store, tenant, &export, Uuid::from_bytes(run))?;
            // It may have ended between the two reads.
            open.extend(record.filter(RunRecord::is_open));
        }
    }
    Ok(open)
}

/// Whether every open run has its key: not in a store of an earlier release.
pub(super) fn has_open_keys(store: &Store) -> Result<bool, StoreError> {
    Ok(store.get(&open_keys_mark())?.is_some())
}

/// The same of a store whose keys may be missing: reads all records. Adds to `missing` what makes the next start faster.
pub(super) fn open_runs_of_all(
    store: &Store,
    tenant: TenantId,
    missing: &mut Batch,
) -> Result<Vec<RunRecord>, StoreError> {
    let mut open = Vec::new();
    for run in RunRecord::all(store, tenant) {
        let run = run?;
        if run.is_open() {
            missing.put(Key::new(tenant, &open_record(&run)), Vec::new());
            open.push(run);
        }
    }
    Ok(open)
}

/// Notes that every open run has its key, in the batch of those that had none.
pub(super) fn note_open_keys(missing: &mut Batch) {
    missing.put(open_keys_mark(), Vec::new());
}

pub(super) fn open_keys_mark() -> Key {
    let name = "open-export-runs".to_owned();
    Key::new(TenantId::HOST, &Record::Host { name })
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
