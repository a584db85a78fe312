//! What is stored of a job, as JSON.

use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

use engine::lane::Change;
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};

/// The record of a job in the store: what was asked for, how far it is, and how it ended.
pub trait JobRecord: Clone + DeserializeOwned + Send + Serialize + Sync + 'static {
    /// Tells the jobs of a tenant apart.
    type Key: Clone + Debug + Eq + Hash + Send + Sync + 'static;

    /// What errors call the record: `a replay`.
    const WHAT: &'static str;

    /// Where the store has the record of a job.
    fn place(key: &Self::Key) -> Record;

    /// Whose record the store has there.
    fn key(place: Record) -> Option<Self::Key>;

    /// Where the store has the records of a tenant.
    fn places(tenant: TenantId) -> KeyRange;

    /// Whether the job has ended.
    fn has_ended(&self) -> bool;

    /// Writes the record.
    fn put(&self, change: &mut Change<'_>, key: &Self::Key) {
        let value = serde_json::to_vec(self).expect("a record has only string keys");
        change.keep_record(&Self::place(key), value);
    }

    /// The record as it is at the turn of a change.
    ///
    /// # Errors
    /// If the store cannot be read, or the record is damaged.
    fn in_change(change: &Change<'_>, key: &Self::Key) -> Result<Option<Self>, StoreError> {
        let value = change.record(&Self::place(key))?;
        value.map(|value| Self::parse(&value)).transpose()
    }

    /// The record as it is durable.
    ///
    /// # Errors
    /// If the store cannot be read, or the record is damaged.
    fn read(store: &Store, tenant: TenantId, key: &Self::Key) -> Result<Option<Self>, StoreError> {
        let value = store.get(&Key::new(tenant, &Self::place(key)))?;
        value.map(|value| Self::parse(&value)).transpose()
    }

    /// The record of a job that has not ended.
    ///
    /// # Errors
    /// If the store cannot be read, or the record is damaged.
    fn read_unfinished(
        store: &Store,
        tenant: TenantId,
        key: &Self::Key,
    ) -> Result<Option<Self>, StoreError> {
        Ok(Self::read(store, tenant, key)?.filter(|record| !record.has_ended()))
    }

    /// The records in a range, in their order or against it. Reads as it goes on.
    fn range(
        store: &Store,
        places: KeyRange,
        direction: Direction,
    ) -> impl Iterator<Item = Result<(Self::Key, Self), StoreError>> {
        let entries = store.range(places, direction);
        entries.filter_map(|entry| {
            entry
                .and_then(|(key, value)| {
                    let key = Key::parse(&key).and_then(|(_, place)| Self::key(place));
                    key.map(|key| Ok((key, Self::parse(&value)?))).transpose()
                })
                .transpose()
        })
    }

    /// The jobs of a tenant that have not ended.
    ///
    /// # Errors
    /// If the store cannot be read, or a record is damaged.
    fn unfinished(store: &Store, tenant: TenantId) -> Result<Vec<(Self::Key, Self)>, StoreError> {
        let all = Self::range(store, Self::places(tenant), Direction::Forward);
        let open = all.filter(|job| !matches!(job, Ok((_, record)) if record.has_ended()));
        open.collect()
    }

    /// Reads a record's bytes.
    ///
    /// # Errors
    /// If they are damaged.
    fn parse(value: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(value)
            .map_err(|error| StoreError::damaged(Self::WHAT, error.to_string()))
    }
}
