//! How files of runs go away: those whose time is over, and those that no run has.

use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use super::kept::Removal;
use super::record::{RunFile, RunState};
use super::runs::{Runs, changed};
use super::stored::{put_run, read};
use engine::lane::{Actor, Change, Lane, LaneError, Services};
use files::FileKind;
use store::key::TenantId;

impl Runs {
    /// Removes the file of a run, after its record says so.
    ///
    /// # Errors
    /// Where the lane fails; the file is then still there.
    pub(super) async fn expire(
        &self,
        services: &Arc<Services>,
        lane: &Arc<Lane>,
        tenant: TenantId,
        export: &str,
        run: Uuid,
        removal: Removal,
    ) -> Result<(), LaneError> {
        let stored = read(&services.store, tenant, export, run);
        let record = stored.map_err(|error| LaneError::NotDurable(error.to_string()))?;
        if let Some(mut record) = record
            && let Some(RunFile {
                rows,
                lines,
                bytes,
                sha256,
            }) = record.state.file()
        {
            record.state = RunState::Expired {
                rows,
                lines,
                bytes,
                sha256,
                reason: removal.reason(),
            };
            let put = move |change: &mut Change<'_>| {
                let subject = format!("{}/{}", record.export, record.id);
                change.audit(&Actor::Host, "export.run_expired", subject);
                put_run(change, &record);
                Ok::<_, std::convert::Infallible>(())
            };
            changed(lane.change(put).await)?;
        }
        self.0.job.kept.remove(tenant, export, run);
        self.0.job.remove_file(&Self::path(tenant, run)).await;
        Ok(())
    }

    /// Removes files that no run has: what was written when the host was ended, and never noted.
    pub(super) async fn remove_orphans(&self, tenant: TenantId) {
        use futures::TryStreamExt;
        let listed: Result<Vec<Uuid>, _> = self
            .0
            .job
            .files
            .list(tenant, FileKind::Run)
            .try_collect()
            .await;
        let there = match listed {
            Ok(there) => there,
            Err(error) => {
                tracing::warn!(tenant = tenant.0, %error, "the files of runs cannot be listed");
                return;
            }
        };
        // In this order: a run that ends meanwhile is kept before it is no longer active.
        let under_way = self.0.of_tenant(tenant).into_iter();
        let active: HashSet<Uuid> = under_way.map(|(key, _)| key.run).collect();
        let kept = self.0.job.kept.of_tenant(tenant);
        for run in there {
            if !active.contains(&run) && !kept.contains(&run) {
                self.0.job.remove_file(&Self::path(tenant, run)).await;
            }
        }
    }
}
