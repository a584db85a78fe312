//! The versions of an alert and of its parts, in the order in which they were made.

use domain::alert::{Alert, AlertId, Part, PartId, PartKind};
use domain::time::Timestamp;

use super::differences::{Difference, differences_of_alerts, differences_of_parts};
use engine::alert::parts::all_versions;
use engine::alert::{AlertRecord, Disclosure, read_alert};
use engine::lane::{AuditEntry, AuditRecord};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};

/// Where a step stands: the position that made it, and its place among what that made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    position: u64,
    index: u32,
}

impl Place {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        [&self.position.to_be_bytes()[..], &self.index.to_be_bytes()].concat()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (position, index) = bytes.split_first_chunk()?;
        Some(Self {
            position: u64::from_be_bytes(*position),
            index: u32::from_be_bytes(index.try_into().ok()?),
        })
    }
}

/// One version, and what it changed.
pub(super) struct Step {
    pub(super) place: Place,
    /// The alert that was changed, or whose part was.
    pub(super) alert: AlertId,
    /// When the version was made.
    pub(super) at: Timestamp,
    pub(super) part: Option<(PartKind, PartId)>,
    pub(super) version: u64,
    pub(super) changes: Vec<Difference>,
    /// What the audit says of it.
    pub(super) audited: Option<AuditEntry>,
    /// As the audit names what was changed.
    subject: String,
}

/// Which steps.
pub(super) struct Search {
    /// Of these alerts: one, and what was merged into it.
    pub(super) alerts: Vec<AlertId>,
    /// And of their parts of these kinds.
    pub(super) kinds: Vec<PartKind>,
    /// Up to this position.
    pub(super) position: u64,
    /// Those behind this one.
    pub(super) after: Option<Place>,
    /// So many at most.
    pub(super) limit: usize,
    /// What is shown of them.
    pub(super) disclosure: Disclosure,
}

impl Search {
    pub(super) fn run(&self, store: &Store, tenant: TenantId) -> Result<Vec<Step>, StoreError> {
        // The steps of the position that the last page ended in are read again, to be told apart.
        let first = self.after.map_or(0, |place| place.position);
        let mut steps = Vec::new();
        for &alert in &self.alerts {
            self.of_alert(store, tenant, alert, first, &mut steps)?;
            self.of_parts(store, tenant, alert, first, &mut steps)?;
        }
        steps.sort_by_key(|step| (step.place.position, step.part));
        let mut last = None;
        for step in &mut steps {
            let position = step.place.position;
            step.place.index = match last {
                Some(Place {
                    position: of,
                    index,
                }) if of == position => index + 1,
                _ => 0,
            };
            last = Some(step.place);
        }
        steps.retain(|step| self.after.is_none_or(|after| step.place > after));
        steps.truncate(self.limit);
        for step in &mut steps {
            step.audited = audited(store, tenant, step)?;
        }
        Ok(steps)
    }

    /// More than the limit is not needed of any alert; the steps of one position are few.
    fn of_alert(
        &self,
        store: &Store,
        tenant: TenantId,
        alert: AlertId,
        first: u64,
        steps: &mut Vec<Step>,
    ) -> Result<(), StoreError> {
        let mut before: Option<Alert> = match first.checked_sub(1) {
            Some(earlier) => read_alert(store, tenant, alert, earlier)?,
            None => None,
        };
        let versions = KeyRange::alert_as_of(tenant, alert.into_bytes(), self.position);
        let from = Record::Alert {
            alert: alert.into_bytes(),
            position: first,
        };
        let versions = versions.beginning_with(&Key::new(tenant, &from));
        for entry in store
            .range(versions, Direction::Forward)
            .take(self.limit + 1)
        {
            let (key, value) = entry?;
            let Some((_, Record::Alert { position, .. })) = Key::parse(&key) else {
                continue;
            };
            let after = AlertRecord::read(&value).map_err(|error| {
                StoreError::damaged(format!("alert {alert}"), error.to_string())
            })?;
            steps.push(Step {
                place: Place { position, index: 0 },
                alert,
                at: after.updated_at,
                part: None,
                version: after.version,
                changes: differences_of_alerts(before.as_ref(), &after, &self.disclosure),
                audited: None,
                subject: alert.to_string(),
            });
            before = Some(after);
        }
        Ok(())
    }

    fn of_parts(
        &self,
        store: &Store,
        tenant: TenantId,
        alert: AlertId,
        first: u64,
        steps: &mut Vec<Step>,
    ) -> Result<(), StoreError> {
        let mut before: Option<Part> = None;
        for version in all_versions(store, tenant, alert, self.position) {
            let (position, after) = version?;
            let kind = after.content.kind();
            let earlier = before.take().filter(|before| before.id == after.id);
            if position >= first && self.kinds.contains(&kind) {
                steps.push(Step {
                    place: Place { position, index: 0 },
                    alert,
                    at: after.updated_at,
                    part: Some((kind, after.id)),
                    version: after.version,
                    changes: differences_of_parts(earlier.as_ref(), &after),
                    audited: None,
                    subject: format!("{alert}/{}", after.id),
                });
            }
            before = Some(after);
        }
        Ok(())
    }
}

/// What the audit says of a step.
fn audited(store: &Store, tenant: TenantId, step: &Step) -> Result<Option<AuditEntry>, StoreError> {
    let position = step.place.position;
    let record = Key::new(tenant, &Record::Audit { position });
    let Some(value) = store.get(&record)? else {
        return Ok(None);
    };
    let entries = AuditRecord::read(&value)
        .map_err(|error| StoreError::damaged("an entry of the audit", error.to_string()))?;
    Ok(entries
        .entries
        .into_iter()
        .find(|entry| entry.subject == step.subject))
}
