//! Runs, as far as they are, for readers.

use uuid::Uuid;

use super::Runs;
use crate::record::RunRecord;
use crate::stored::{read, read_run};
use engine::lane::Services;
use store::StoreError;
use store::backend::{Direction, KeyRange};
use store::key::TenantId;

impl Runs {
    /// A run of an export, as far as it is.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn get(
        &self,
        services: &Services,
        tenant: TenantId,
        export: &str,
        run: Uuid,
    ) -> Result<Option<RunRecord>, StoreError> {
        let record = read(&services.store, tenant, export, run)?;
        Ok(record.map(|record| self.with_progress(tenant, record)))
    }

    /// Runs of an export, newest first: so many at most, and only those before `before`.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn list(
        &self,
        services: &Services,
        tenant: TenantId,
        export: &str,
        before: Option<Uuid>,
        most: usize,
    ) -> Result<Vec<RunRecord>, StoreError> {
        let range = match before {
            None => KeyRange::export_runs(tenant, export),
            Some(run) => KeyRange::export_runs_before(tenant, export, run.into_bytes()),
        };
        let entries = services.store.range(range, Direction::Reverse).take(most);
        entries
            .map(|entry| Ok(self.with_progress(tenant, read_run(&entry?.1)?)))
            .collect()
    }

    /// The newest run of an export whose file is there.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn latest(
        &self,
        services: &Services,
        tenant: TenantId,
        export: &str,
    ) -> Result<Option<RunRecord>, StoreError> {
        match self.0.job.kept.newest(tenant, export) {
            Some(run) => read(&services.store, tenant, export, run),
            None => Ok(None),
        }
    }

    fn with_progress(&self, tenant: TenantId, mut record: RunRecord) -> RunRecord {
        // A run is ready for readers once it is durable and its file is known to be there.
        if record.is_open()
            && let Some(run) = self.0.find(tenant, &record.key())
        {
            record.state = run.writing.state();
            record.finished_at = None;
        }
        record
    }
}
