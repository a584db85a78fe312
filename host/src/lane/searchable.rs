//! Alerts as they are searched: the index, and what became durable since it was read last.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::alert::{Alert, AlertId, Content, Part};
use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::alert::parts::every_comment;
use crate::alert::{AlertIndex, AlertRecord, decide, read_install};
use crate::rich_text::plain;
use crate::store::backend::{Direction, KeyRange};
use crate::store::key::{Key, Record, TenantId};
use crate::store::{Store, StoreError};
use crate::tenant::Definitions;

/// What became durable.
pub(super) enum Landed {
    Alert(Arc<Alert>),
    Part(Box<Part>),
}

/// The alerts of a tenant as they are searched: only what is durable.
#[derive(Default)]
pub(super) struct Searchable {
    index: RwLock<AlertIndex>,
    /// What the committer handed over, which has no time to enter it.
    landed: Mutex<Vec<Landed>>,
    filled: AtomicBool,
}

impl Searchable {
    /// Fills the index with what the store holds, once: it outlives a lane that is rebuilt, since
    /// nothing enters it that is not durable.
    pub(super) fn fill(
        &self,
        store: &Store,
        tenant: TenantId,
        definitions: &Definitions,
    ) -> Result<(), StoreError> {
        if self.filled.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut index = AlertIndex::default();
        let mut newest: Option<(AlertId, Vec<u8>)> = None;
        for entry in store.range(KeyRange::alerts(tenant), Direction::Forward) {
            let (key, value) = entry?;
            let Some((_, Record::Alert { alert, .. })) = Key::parse(&key) else {
                continue;
            };
            // Versions come oldest first: the one before another alert's is the newest.
            let id = AlertId::from_bytes(alert);
            match newest.replace((id, value)) {
                Some((before, value)) if before != id => {
                    index.put(&read(store, tenant, definitions, before, &value)?)
                }
                _ => {}
            }
        }
        if let Some((id, value)) = newest {
            index.put(&read(store, tenant, definitions, id, &value)?);
        }
        for part in every_comment(store, tenant) {
            put_comment(&mut index, &part?);
        }
        *self.index.write() = index;
        self.filled.store(true, Ordering::Release);
        Ok(())
    }

    /// Hands over what is durable now. Quick: it is called by the committer.
    pub(super) fn land(&self, landed: Vec<Landed>) {
        self.landed.lock().extend(landed);
    }

    /// The index, with all that has landed.
    pub(super) fn index(&self) -> RwLockReadGuard<'_, AlertIndex> {
        if self.landed.lock().is_empty() {
            return self.index.read();
        }
        let mut index = self.index.write();
        // Taken under the lock of the index, so that versions enter in their order.
        let landed = std::mem::take(&mut *self.landed.lock());
        for landed in landed {
            match landed {
                Landed::Alert(alert) => index.put(&alert),
                Landed::Part(part) => put_comment(&mut index, &part),
            }
        }
        RwLockWriteGuard::downgrade(index)
    }
}

/// Comments are what is searched of an alert's parts.
fn put_comment(index: &mut AlertIndex, part: &Part) {
    if let Content::Comment(comment) = &part.content {
        let text = (!part.deleted).then(|| plain(&comment.text));
        index.put_comment(part.alert, part.id, text.as_deref());
    }
}

/// An alert, with what one that an earlier release kept does not say itself.
fn read(
    store: &Store,
    tenant: TenantId,
    definitions: &Definitions,
    id: AlertId,
    value: &[u8],
) -> Result<Alert, StoreError> {
    let mut alert = AlertRecord::read(value)
        .map_err(|error| StoreError::damaged(format!("alert {id}"), error.to_string()))?;
    alert.install = read_install(store, tenant, &alert)?;
    decide(&mut alert, definitions);
    Ok(alert)
}
