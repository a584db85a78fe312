//! A change of a tenant, made in its lane and durable before it is answered.

use std::collections::HashMap;
use std::sync::Arc;

use domain::alert::{Alert, AlertId, Part, Viewer, Workflow};
use domain::time::Timestamp;
use tokio::sync::oneshot;

use super::answer::LaneError;
use super::audit::{Actor, AuditEntry, Changes, is_action};
use super::command::{Answering, PendingChange};
use super::failure_alert::FailureAlert;
use super::mark::Mark;
use super::overlay::{KeptRecords, Overlay};
use super::searchable::{Searchable, WholeIndex};
use super::team::TeamState;
use crate::alert::{AlertIndex, AlertRecord, Disclosure, decide, open};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Batch, Store, StoreError};
use tenant::{Authority, Definition, Definitions, Kind};

/// Among the alert indexes of the store: the failure alerts of a rule, under `team/rule`.
const FAILURE_INDEX: u8 = 1;

/// What a change may do: read the tenant as it is in its lane, and write.
///
/// Definitions are copied on the first write; where the change ends in an
/// error, the copy and the batch are dropped, so nothing was changed.
pub struct Change<'l> {
    pub(super) tenant: TenantId,
    pub(super) position: u64,
    pub(super) at: Timestamp,
    pub(super) store: &'l Store,
    pub(super) overlay: &'l Overlay,
    pub(super) searchable: &'l Searchable,
    pub(super) failure_alerts: &'l HashMap<String, FailureAlert>,
    pub(super) new_failure_alerts: Vec<(String, FailureAlert)>,
    pub(super) teams: &'l HashMap<u32, TeamState>,
    pub(super) definitions: Arc<Definitions>,
    pub(super) batch: Batch,
    pub(super) touched: Vec<Kind>,
    pub(super) alerts: Vec<Alert>,
    pub(super) parts: Vec<Part>,
    pub(super) audit: Vec<AuditEntry>,
    /// What became of definitions, for the audit.
    pub(super) changes: Changes,
    pub(super) kept: KeptRecords,
    /// How many things to deliver it has written.
    pub(super) outgoing: u64,
}

impl Change<'_> {
    /// When the change is made: after every earlier change of the tenant.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// What a viewer sees of what rules wrote.
    pub fn disclosure(&self, viewer: Viewer) -> Disclosure {
        Disclosure::new(viewer, self.definitions.clone())
    }

    /// The place of the change in the tenant's order.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The tenant's workflow of alerts.
    pub fn workflow(&self) -> Arc<Workflow> {
        self.definitions.workflow()
    }

    /// The tenant's number.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// What the tenant has defined so far, in this change too.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// The sequence number that the team's next transaction gets: the first one that meets this change.
    pub fn next_sequence(&self, team: u32) -> u64 {
        self.teams.get(&team).map_or(1, |team| team.next_sequence)
    }

    /// Creates or replaces a definition.
    pub fn put<D: Definition>(&mut self, definition: D) -> Arc<D> {
        let before = D::shelf(&self.definitions).get(&definition.key()).cloned();
        self.put_over(before, definition)
    }

    /// Creates or replaces a definition; the audit shows that it came in the place of `before`.
    pub(super) fn put_over<D: Definition>(
        &mut self,
        before: Option<Arc<D>>,
        definition: D,
    ) -> Arc<D> {
        self.note_change(before.as_deref(), Some(&definition));
        let value = serde_json::to_vec(&definition).expect("a definition has only string keys");
        let definition = Arc::new(definition);
        self.batch
            .put(definition_key::<D>(self.tenant, &definition.key()), value);
        D::shelf_mut(Arc::make_mut(&mut self.definitions)).put(definition.clone());
        self.touched.push(D::KIND);
        definition
    }

    /// Takes a definition away; says whether it was there.
    pub fn remove<D: Definition>(&mut self, name: &str) -> bool {
        let removed = D::shelf_mut(Arc::make_mut(&mut self.definitions)).remove(name);
        if let Some(removed) = &removed {
            self.note_change(Some(&**removed), None);
        }
        self.batch.delete(definition_key::<D>(self.tenant, name));
        self.touched.push(D::KIND);
        removed.is_some()
    }

    /// Notes for the audit what becomes of a definition.
    fn note_change<D: Definition>(&mut self, before: Option<&D>, after: Option<&D>) {
        if let Some(tenant) = self.definitions.tenant().cloned() {
            let entries = self.audit.len();
            self.changes.note(&tenant.hash_key, entries, before, after);
        }
    }

    /// Looks into the tenant's alerts as they are searched: what is durable, which the lane is ahead of. Searches may be
    /// waited for, so that nothing that judges transactions looks here.
    pub(super) fn search<T>(&self, _: &WholeIndex, search: impl FnOnce(&AlertIndex) -> T) -> T {
        search(self.searchable.read().index())
    }

    /// The alert as it is in the lane.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let of_this_change = self.alerts.iter().rfind(|alert| alert.id == id);
        let found = match of_this_change {
            Some(alert) => Some(alert.clone()),
            None => self.overlay.alert(self.store, self.tenant, id)?,
        };
        Ok(found.map(|mut alert| {
            decide(&mut alert, &self.definitions);
            alert
        }))
    }

    /// An earlier version of an alert, as far as it is in the store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn alert_in_version(&self, id: AlertId, version: u64) -> Result<Option<Alert>, StoreError> {
        let versions = KeyRange::alert(self.tenant, id.into_bytes());
        for entry in self.store.range(versions, Direction::Reverse) {
            let (_, value) = entry?;
            let alert = AlertRecord::read(&value)
                .map_err(|error| StoreError::damaged(format!("alert {id}"), error.to_string()))?;
            if alert.version <= version {
                return Ok(Some(alert).filter(|alert| alert.version == version));
            }
        }
        Ok(None)
    }

    /// Writes another version of an alert, or a new one.
    pub fn put_alert(&mut self, alert: Alert) {
        let version = Record::Alert {
            alert: alert.id.into_bytes(),
            position: self.position,
        };
        let key = Key::new(self.tenant, &version);
        let team = self.definitions.teams.get(&alert.team);
        let has_masked = team.is_some_and(|team| team.has_masked_fields());
        self.batch.put(key, AlertRecord::write(&alert, has_masked));
        open::note(&mut self.batch, self.tenant, &alert);
        self.alerts.push(alert);
    }

    /// The newest failure alert of a rule, by `team/rule`.
    pub(super) fn failure_alert(&self, rule: &str) -> Result<Option<FailureAlert>, StoreError> {
        if let Some(alert) = self.failure_alerts.get(rule) {
            return Ok(Some(*alert));
        }
        let alerts = KeyRange::alert_index(self.tenant, FAILURE_INDEX, rule.as_bytes());
        let newest = self.store.range(alerts, Direction::Reverse).next();
        Ok(
            match newest.transpose()?.and_then(|(key, _)| Key::parse(&key)) {
                Some((_, Record::AlertIndex { alert, .. })) => Some(FailureAlert {
                    id: AlertId::from_bytes(alert),
                    unwritten: 0,
                }),
                _ => None,
            },
        )
    }

    /// Remembers a new failure alert of a rule, by `team/rule`.
    pub(super) fn put_failure_alert(&mut self, rule: &str, alert: Alert) {
        let entry = Record::AlertIndex {
            index: FAILURE_INDEX,
            value: rule.as_bytes().to_vec(),
            alert: alert.id.into_bytes(),
        };
        self.put_record(&entry, Vec::new());
        let (id, unwritten) = (alert.id, 0);
        self.note_failure_alert(rule, FailureAlert { id, unwritten });
        self.put_alert(alert);
    }

    /// Remembers what became of a rule's failure alert, by `team/rule`, once the change is made.
    pub(super) fn note_failure_alert(&mut self, rule: &str, alert: FailureAlert) {
        self.new_failure_alerts.push((rule.to_owned(), alert));
    }

    /// Writes any other record of the tenant.
    pub fn put_record(&mut self, record: &Record, value: Vec<u8>) {
        self.batch.put(Key::new(self.tenant, record), value);
    }

    /// Takes any other record of the tenant away.
    pub fn delete_record(&mut self, record: &Record) {
        self.batch.delete(Key::new(self.tenant, record));
    }

    /// Whether anything is to be written.
    fn writes(&self) -> bool {
        !(self.batch.is_empty() && self.audit.is_empty())
    }

    /// Notes who did what; part of the same commit. Whatever changes an alert is noted.
    ///
    /// # Panics
    /// In debug builds, where the action is not one of [`ACTIONS`](super::audit::ACTIONS).
    pub fn audit(&mut self, actor: &Actor, action: &str, subject: impl Into<String>) {
        debug_assert!(is_action(action), "'{action}' is not among ACTIONS");
        self.audit.push(AuditEntry {
            at: self.at.as_micros(),
            actor: actor.clone(),
            action: action.to_owned(),
            subject: subject.into(),
            changes: Vec::new(),
            more_changes: 0,
        });
    }
}

fn definition_key<D: Definition>(tenant: TenantId, name: &str) -> Key {
    let definition = Record::Definition {
        kind: D::KIND as u8,
        name: name.to_owned(),
    };
    Key::new(tenant, &definition)
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError<E> {
    /// The change itself says so; nothing was changed.
    #[error(transparent)]
    Refused(E),
    /// The lane could not make it.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// A change, and where its answer goes.
pub(super) struct Asked<F, T, E> {
    pub(super) by: Authority,
    pub(super) change: F,
    /// Written along with what it changes.
    pub(super) mark: Option<Arc<Mark>>,
    pub(super) answer: oneshot::Sender<Result<T, ChangeError<E>>>,
}

impl<F, T, E> PendingChange for Asked<F, T, E>
where
    F: FnOnce(&mut Change<'_>) -> Result<T, E> + Send,
    T: Send + 'static,
    E: Send + 'static,
{
    fn make(self: Box<Self>, change: &mut Change<'_>) -> Option<Answering> {
        let (answer, mark) = (self.answer, self.mark);
        match (self.change)(change) {
            Ok(made) => Some({
                let mark = mark.filter(|_| change.writes());
                if let Some(mark) = &mark {
                    mark.write(&mut change.batch);
                }
                Box::new(move |durable: Result<(), LaneError>| {
                    if let Some(mark) = mark
                        && durable.is_ok()
                    {
                        mark.set_durable();
                    }
                    // Whoever asked may have gone; the change stands all the same.
                    let _ = answer.send(durable.map(|()| made).map_err(ChangeError::Lane));
                })
            }),
            Err(refusal) => {
                let _ = answer.send(Err(ChangeError::Refused(refusal)));
                None
            }
        }
    }

    fn by(&self) -> &Authority {
        &self.by
    }

    fn fail(self: Box<Self>, error: LaneError) {
        let _ = self.answer.send(Err(ChangeError::Lane(error)));
    }
}
