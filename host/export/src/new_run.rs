//! A run before it has its place in the tenant's order.

use std::sync::Arc;

use uuid::Uuid;

use super::formatter::{LoadFormatterError, LoadedFormatter};
use super::record::{RunRecord, RunState};
use super::stored::put_run;
use engine::lane::{Actor, Change};
use tenant::{Export, PermissionSet};

/// Why a run is made.
pub(super) enum Cause {
    /// It is the run of this moment of the schedule.
    Schedule(i64),
    /// Somebody asked for it, who was admitted for these permissions.
    Asked(Actor, PermissionSet),
}

/// A run before it has its place in the tenant's order.
pub(super) struct NewRun {
    export: Arc<Export>,
    digest: String,
    media_type: String,
    file_extension: String,
    /// Why it cannot be made at all.
    failed: Option<String>,
}

impl NewRun {
    /// Of an export as it is, with its formatter or why there is none.
    pub(super) fn of(
        export: &Arc<Export>,
        formatter: Result<&LoadedFormatter, &LoadFormatterError>,
    ) -> Self {
        let manifest = formatter.map(|formatter| formatter.plugin.manifest()).ok();
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Self {
            export: export.clone(),
            digest: text(formatter.ok().map(|formatter| &formatter.digest)),
            media_type: text(manifest.map(|manifest| &manifest.media_type)),
            file_extension: text(manifest.map(|manifest| &manifest.file_extension)),
            failed: formatter.err().map(ToString::to_string),
        }
    }

    /// Queues it: the change's position is its snapshot.
    pub(super) fn queue(self, change: &mut Change<'_>, cause: Cause) -> RunRecord {
        let (scheduled_for, asked_by, needs) = match cause {
            Cause::Schedule(moment) => (Some(moment), None, PermissionSet::default()),
            Cause::Asked(by, needs) => (None, Some(by), needs),
        };
        let now = change.at().as_micros();
        let is_over = self.failed.is_some();
        let record = RunRecord {
            id: Uuid::now_v7(),
            export: self.export.name.clone(),
            state: match self.failed {
                Some(reason) => RunState::Failed { reason },
                None => RunState::Queued,
            },
            formatter: self.export.formatter.clone(),
            digest: self.digest,
            filter: self.export.filter.clone(),
            compression: self.export.compression,
            sensitive: self.export.sensitive,
            media_type: self.media_type,
            file_extension: self.file_extension,
            scheduled_for,
            snapshot_at: now,
            position: change.position(),
            queued_at: now,
            finished_at: is_over.then_some(now),
            asked_by,
            needs,
        };
        put_run(change, &record);
        record
    }
}
