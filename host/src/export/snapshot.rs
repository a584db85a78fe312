//! All alerts as they were at one moment.

use domain::alert::{Alert, AlertId};

use crate::alert::{AlertRecord, FindingRecord};
use crate::store::backend::{Direction, Entry, KeyRange};
use crate::store::key::{Key, Record, TenantId};
use crate::store::{Store, StoreError};

/// An alert with its findings.
#[derive(Debug)]
pub struct SnapshotAlert {
    /// As it was.
    pub alert: Alert,
    /// Those that it had, in their order.
    pub findings: Vec<FindingRecord>,
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
    versions: Box<dyn Iterator<Item = Result<Entry, StoreError>> + 's>,
    /// The newest version so far of the alert that is being read.
    candidate: Option<(AlertId, Vec<u8>)>,
}

impl<'s> Snapshot<'s> {
    /// The alerts as they were when all commits up to `position` were made.
    pub fn at(store: &'s Store, tenant: TenantId, position: u64) -> Self {
        let versions = store.range(KeyRange::alerts(tenant), Direction::Forward);
        Self {
            store,
            tenant,
            position,
            versions: Box::new(versions),
            candidate: None,
        }
    }

    /// How many alerts there were then.
    ///
    /// Reads them all; where `ended` says so, no more.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn count(
        store: &Store,
        tenant: TenantId,
        position: u64,
        ended: impl Fn() -> bool,
    ) -> Result<u64, StoreError> {
        let (mut count, mut last) = (0, None);
        for entry in store.range(KeyRange::alerts(tenant), Direction::Forward) {
            let (key, _) = entry?;
            if ended() {
                break;
            }
            if let Some((
                _,
                Record::Alert {
                    alert,
                    position: at,
                },
            )) = Key::parse(&key)
                && at <= position
                && last != Some(alert)
            {
                last = Some(alert);
                count += 1;
            }
        }
        Ok(count)
    }

    fn read(&self, id: AlertId, value: &[u8]) -> Result<SnapshotAlert, StoreError> {
        let alert = AlertRecord::read(value)
            .map_err(|error| StoreError::damaged(format!("alert {id}"), error.to_string()))?;
        let mut findings = Vec::with_capacity(alert.findings as usize);
        if alert.findings > 0 {
            let range = KeyRange::findings(self.tenant, id.into_bytes());
            let records = self.store.range(range, Direction::Forward);
            for record in records.take(alert.findings as usize) {
                let (_, value) = record?;
                findings.push(serde_json::from_slice(&value).map_err(|error| {
                    StoreError::damaged(format!("a finding of alert {id}"), error.to_string())
                })?);
            }
        }
        Ok(SnapshotAlert { alert, findings })
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
        match self.next_version() {
            Ok(Some((id, value))) => Some(self.read(id, &value)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}
