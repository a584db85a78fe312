//! The record of a run.

use serde::{Deserialize, Serialize};

use super::run::RunKey;
use super::stored::read_run;
use engine::lane::Actor;
use store::backend::{Direction, KeyRange};
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::{
    Authority, Compression, ExportFilter, FormatterChoice, PermissionSet, SensitiveOutput,
};

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// It waits for its turn.
    Queued,
    /// It is being written.
    Running {
        /// Alerts in the file so far.
        rows: u64,
        /// Alerts that were looked at so far, and passed the filter or not.
        read: u64,
        /// About how many alerts are to be looked at: those that were made since the snapshot count, too. 0 until it is
        /// known.
        of: u64,
    },
    /// Its file is there.
    Ready {
        /// Alerts.
        rows: u64,
        /// Lines that a load counts: records without the row of names. A formatter may write several for an alert, or
        /// none. Absent where the file is neither CSV nor NDJSON, and for runs of earlier releases.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lines: Option<u64>,
        /// Length of the file.
        bytes: u64,
        /// SHA-256 of the file, in hex.
        sha256: String,
    },
    /// Its file is there, without the alerts that the formatter could not write.
    ReadyWithErrors {
        /// Alerts in the file.
        rows: u64,
        /// Lines that a load counts, as in a run that is ready.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lines: Option<u64>,
        /// Length of the file.
        bytes: u64,
        /// SHA-256 of the file, in hex.
        sha256: String,
        /// Which alerts are not in it, and why.
        errors: Vec<AlertError>,
    },
    /// There is no file.
    Failed {
        /// Why, and at which alert.
        reason: String,
    },
    /// There is no file any more.
    Expired {
        /// Alerts that it had.
        rows: u64,
        /// Lines that it had, as far as that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lines: Option<u64>,
        /// The length that it had.
        bytes: u64,
        /// The SHA-256 that it had, in hex.
        sha256: String,
        /// Why it was removed.
        reason: String,
    },
}

/// An alert that is not in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AlertError {
    /// Its id.
    pub alert: String,
    /// Why the formatter could not write it.
    pub reason: String,
}

/// What is known of a file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFile {
    /// Alerts.
    pub rows: u64,
    /// Lines that a load counts, as far as that is known.
    pub lines: Option<u64>,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

impl RunState {
    /// Of a run whose file is there, without these alerts.
    pub(super) fn ready(file: RunFile, errors: Vec<AlertError>) -> Self {
        let RunFile {
            rows,
            lines,
            bytes,
            sha256,
        } = file;
        match errors.is_empty() {
            true => Self::Ready {
                rows,
                lines,
                bytes,
                sha256,
            },
            false => Self::ReadyWithErrors {
                rows,
                lines,
                bytes,
                sha256,
                errors,
            },
        }
    }

    /// The file of a run that is ready, with errors or without.
    pub fn file(&self) -> Option<RunFile> {
        let (Self::Ready {
            rows,
            lines,
            bytes,
            sha256,
        }
        | Self::ReadyWithErrors {
            rows,
            lines,
            bytes,
            sha256,
            ..
        }) = self
        else {
            return None;
        };
        Some(RunFile {
            rows: *rows,
            lines: *lines,
            bytes: *bytes,
            sha256: sha256.clone(),
        })
    }
}

/// One file made for an export. Times are microseconds since the epoch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunRecord {
    /// UUIDv7.
    pub id: uuid::Uuid,
    /// The export's name.
    pub export: String,
    /// How far it is.
    pub state: RunState,
    /// What wrote it, as the export had it when the run began.
    pub formatter: FormatterChoice,
    /// SHA-256 of the formatter's component, in hex.
    pub digest: String,
    /// Which alerts it holds, as the export had it when the run began.
    #[serde(default)]
    pub filter: ExportFilter,
    /// How the file is kept.
    #[serde(default)]
    pub compression: Compression,
    /// Whether the file shows what rules computed from masked fields, as the export had it when the run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitive: Option<SensitiveOutput>,
    /// Of the file before it was compressed.
    pub media_type: String,
    /// Of the file before it was compressed, without the dot.
    pub file_extension: String,
    /// The moment of the schedule that it was made for; none if somebody asked for it.
    #[serde(default)]
    pub scheduled_for: Option<i64>,
    /// The moment whose alerts it holds.
    pub snapshot_at: i64,
    /// The position of that moment in the tenant's order.
    pub position: u64,
    /// When it was asked for.
    pub queued_at: i64,
    /// When it was ready or had failed.
    pub finished_at: Option<i64>,
    /// Who asked for it; none for a run of the schedule, or of an earlier release.
    #[serde(default)]
    pub asked_by: Option<Actor>,
    /// What whoever asked was admitted for; checked again when the file is begun and when it is ready.
    #[serde(default)]
    pub needs: PermissionSet,
}

impl RunRecord {
    /// On whose authority it is made.
    pub fn authority(&self) -> Authority {
        let by = self.asked_by.as_ref();
        by.map_or(Authority::Host, |by| by.authority(self.needs))
    }

    /// Tells it apart from the tenant's others.
    pub(super) fn key(&self) -> RunKey {
        RunKey {
            export: self.export.clone(),
            run: self.id,
        }
    }

    /// All of a tenant, by export. Reads as it goes on.
    pub fn all(store: &Store, tenant: TenantId) -> impl Iterator<Item = Result<Self, StoreError>> {
        let entries = store.range(KeyRange::all_export_runs(tenant), Direction::Forward);
        entries.map(|entry| read_run(&entry?.1))
    }

    /// Whether it is not over, or its file is kept.
    pub(super) fn is_open(&self) -> bool {
        self.state == RunState::Queued || self.state.file().is_some()
    }

    /// Whether it has, or had, a file.
    pub fn was_ready(&self) -> bool {
        matches!(
            self.state,
            RunState::Ready { .. } | RunState::ReadyWithErrors { .. } | RunState::Expired { .. }
        )
    }

    /// What the file is called where it is taken: the export, the snapshot's time, the run.
    pub fn file_name(&self) -> String {
        let at = jiff::Timestamp::from_microsecond(self.snapshot_at).unwrap_or_default();
        let at = at.strftime("%Y%m%dT%H%M%SZ");
        let end = match self.compression {
            Compression::None => "",
            Compression::Gzip => ".gz",
        };
        format!(
            "{}-{at}-{}.{}{end}",
            self.export, self.id, self.file_extension
        )
    }

    /// The media type of the file as it is kept.
    pub fn kept_as(&self) -> &str {
        match self.compression {
            Compression::None => &self.media_type,
            Compression::Gzip => "application/gzip",
        }
    }
}
