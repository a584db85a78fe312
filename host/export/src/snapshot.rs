//! All alerts as they were at one moment.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::alert::{Alert, AlertContent, AlertId, Part, PartKind};

use engine::alert::parts::{PartQuery, list_parts, parts_of};
use engine::alert::{
    AlertRecord, Disclosure, FindingRecord, WholeAlert, findings_of, read_findings,
    read_newest_originals,
};
use store::backend::{Direction, Entry, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{InOrder, Store, StoreError};

/// Of an alert into which more were merged, a file has the newest so many, with their transactions, findings and comments;
/// its info says how many are left out. A formatter has only so much fuel and memory for an alert.
pub const MAX_MERGED: usize = 100;

/// An alert with its findings, as those at work saw it: merged alerts are one.
#[derive(Debug)]
pub struct SnapshotAlert {
    /// As it was, with the transactions of what it held, of the newest [`MAX_MERGED`].
    pub alert: Alert,
    /// What is shown of its content.
    pub content: AlertContent,
    /// What was merged into it, oldest first: the newest [`MAX_MERGED`].
    pub merged_from: Vec<AlertId>,
    /// Those that it had, in their order.
    pub findings: Vec<FindingRecord>,
    /// Those that it had, and those of what was merged into it, oldest first.
    pub comments: Vec<Part>,
}

/// All alerts of a tenant as they were at one position, by id, which is in the
/// order of their creation.
///
/// All versions of an alert are kept, each under the position that made it, so
/// that no copy is taken: the newest version up to the position is the one.
/// Memory does not grow with the number of alerts.
pub struct Snapshot<'s> {
    store: &'s Store,
    tenant: TenantId,
    position: u64,
    disclosure: &'s Disclosure,
    versions: Box<dyn Iterator<Item = Result<Entry, StoreError>> + 's>,
    /// The findings and the parts of all alerts, by alert, too.
    findings: InOrder<'s>,
    parts: InOrder<'s>,
    /// The newest version so far of the alert that is being read.
    candidate: Option<(AlertId, Vec<u8>)>,
    /// Counts the alerts that were read, those that were merged into others too.
    read: Option<&'s AtomicU64>,
}

impl<'s> Snapshot<'s> {
    /// The alerts as they were when all commits up to `position` were made, as far as they are disclosed.
    pub fn at(
        store: &'s Store,
        tenant: TenantId,
        position: u64,
        disclosure: &'s Disclosure,
    ) -> Self {
        let versions = store.range(KeyRange::alerts(tenant), Direction::Forward);
        Self {
            store,
            tenant,
            position,
            disclosure,
            versions: Box::new(versions),
            findings: InOrder::new(store, KeyRange::all_findings(tenant)),
            parts: InOrder::new(store, KeyRange::all_alert_parts(tenant)),
            candidate: None,
            read: None,
        }
    }

    /// Lets it count the alerts that are read, those that were merged into others too.
    pub fn counting(mut self, read: &'s AtomicU64) -> Self {
        self.read = Some(read);
        self
    }

    /// None if the alert was merged into another, with which it is read.
    fn read(&mut self, id: AlertId, value: &[u8]) -> Result<Option<SnapshotAlert>, StoreError> {
        let alert = AlertRecord::read(value)
            .map_err(|error| StoreError::damaged(format!("alert {id}"), error.to_string()))?;
        if !alert.is_whole() {
            return Ok(None);
        }
        let (store, tenant) = (self.store, self.tenant);
        let originals = read_newest_originals(store, tenant, &alert, self.position, MAX_MERGED)?;
        let whole = WholeAlert::of(alert, originals);
        let (findings, comments) = if whole.originals.is_empty() {
            self.read_own(id, whole.alert.findings)?
        } else {
            self.read_of_all(&whole)?
        };
        let content = whole.content(self.disclosure).into_owned();
        let originals = whole.originals.iter();
        Ok(Some(SnapshotAlert {
            content,
            merged_from: originals.map(|original| original.id).collect(),
            alert: whole.alert,
            findings,
            comments,
        }))
    }

    /// The findings and comments of an alert that holds no others.
    fn read_own(
        &mut self,
        id: AlertId,
        findings: u32,
    ) -> Result<(Vec<FindingRecord>, Vec<Part>), StoreError> {
        let (tenant, alert) = (self.tenant, id.into_bytes());
        let entries = self.findings.within(KeyRange::findings(tenant, alert));
        let findings = findings_of(id, entries, findings as usize)?;
        let comments = KeyRange::alert_parts_of(tenant, alert, PartKind::Comment as u8);
        let comments = parts_of(id, self.parts.within(comments), self.position)?;
        Ok((findings, comments))
    }

    /// Those of an alert and of what is merged into it, which lie apart.
    fn read_of_all(
        &self,
        whole: &WholeAlert,
    ) -> Result<(Vec<FindingRecord>, Vec<Part>), StoreError> {
        let findings = read_findings(self.store, self.tenant, whole, usize::MAX)?;
        let of_all = whole.ids();
        let comments = PartQuery {
            alerts: &of_all,
            kind: PartKind::Comment,
            position: self.position,
            after: None,
            limit: usize::MAX,
        };
        let comments = list_parts(self.store, self.tenant, &comments)?;
        Ok((findings, comments))
    }

    fn next_version(&mut self) -> Result<Option<(AlertId, Vec<u8>)>, StoreError> {
        for entry in self.versions.by_ref() {
            let (key, value) = entry?;
            let Some((_, Record::Alert { alert, position })) = Key::parse(&key) else {
                continue;
            };
            if position > self.position {
                continue;
            }
            let id = AlertId::from_bytes(alert);
            match self.candidate.replace((id, value)) {
                Some(before) if before.0 != id => return Ok(Some(before)),
                _ => {}
            }
        }
        Ok(self.candidate.take())
    }
}

impl Iterator for Snapshot<'_> {
    type Item = Result<SnapshotAlert, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let version = self.next_version();
            if let (Some(read), Ok(Some(_))) = (self.read, &version) {
                read.fetch_add(1, Ordering::Relaxed);
            }
            let read = match version {
                Ok(Some((id, value))) => self.read(id, &value),
                Ok(None) => return None,
                Err(error) => Err(error),
            };
            if let Some(read) = read.transpose() {
                return Some(read);
            }
        }
    }
}
