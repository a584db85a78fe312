//! The changes of a list, read from the store.

use std::sync::Arc;

use super::diff::ListDiff;
use super::record::{ListVersion, from_json};
use store::backend::{Direction, KeyRange};
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::List;

/// The versions of a list.
pub struct Versions<'v> {
    store: &'v Store,
    tenant: TenantId,
    name: &'v str,
    /// Only what was made before this place in the tenant's order.
    end: u64,
    /// The list as it is, or was a moment ago.
    defined: Option<Arc<List>>,
    /// Whether any of its changes was kept.
    is_kept: bool,
}

impl<'v> Versions<'v> {
    /// The versions of a list that were made up to a place in the tenant's order. `defined` is the list as it
    /// is at that place, or was before; none if there is none.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn of(
        store: &'v Store,
        tenant: TenantId,
        name: &'v str,
        defined: Option<&Arc<List>>,
        durable: u64,
    ) -> Result<Self, StoreError> {
        let kept = KeyRange::list_versions(tenant, name);
        let is_kept = store
            .range(kept, Direction::Forward)
            .next()
            .transpose()?
            .is_some();
        Ok(Self {
            store,
            tenant,
            name,
            end: durable.saturating_add(1),
            defined: defined.cloned(),
            is_kept,
        })
    }

    /// The list as it is, or was a moment ago; none if there is none.
    pub fn defined(&self) -> Option<&Arc<List>> {
        self.defined.as_ref()
    }

    /// The list as it is, where none of its changes was kept.
    fn unkept(&self) -> Option<&Arc<List>> {
        self.defined().filter(|_| !self.is_kept)
    }

    /// Those below a version, or all; the newest first.
    pub fn newest_first(
        &self,
        below: Option<u64>,
    ) -> impl Iterator<Item = Result<ListVersion, StoreError>> {
        let below = below.map_or(self.end, |below| below.min(self.end));
        let kept = KeyRange::list_versions_before(self.tenant, self.name, below);
        // A change that is being made right now is not told of.
        let kept = self
            .is_kept
            .then(|| self.store.range(kept, Direction::Reverse));
        let kept = kept.into_iter().flatten();
        let unkept = self.unkept().filter(|list| list.version < below);
        let unkept = unkept.map(|list| Ok(ListVersion::of_unkept(list)));
        kept.map(|entry| ListVersion::read(&entry?.1)).chain(unkept)
    }

    /// One of them.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn get(&self, version: u64) -> Result<Option<ListVersion>, StoreError> {
        let newest = self.newest_first(version.checked_add(1)).next();
        Ok(newest
            .transpose()?
            .filter(|newest| newest.version == version))
    }

    /// What one of them added and removed.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn diff(&self, version: &ListVersion) -> Result<ListDiff, StoreError> {
        if let Some(list) = self.unkept() {
            let added = list.entries.iter().map(str::to_owned).collect();
            return Ok(ListDiff {
                added,
                removed: Vec::new(),
            });
        }
        if let Some(diff) = &version.diff {
            return Ok(diff.clone());
        }
        let mut diff = ListDiff::default();
        let chunks = KeyRange::list_diff(self.tenant, self.name, version.version);
        for chunk in self.store.range(chunks, Direction::Forward) {
            diff.append(read_chunk(&chunk?.1)?);
        }
        Ok(diff)
    }

    /// What one of them says of an entry: whether it is in the list from then on. None if it does not touch it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn says_of(&self, version: &ListVersion, entry: &str) -> Result<Option<bool>, StoreError> {
        if let Some(list) = self.unkept() {
            return Ok(list.entries.contains(entry).then_some(true));
        }
        if let Some(diff) = &version.diff {
            return Ok(diff.says_of(entry));
        }
        let chunks = KeyRange::list_diff_up_to(self.tenant, self.name, version.version, entry);
        match self.store.range(chunks, Direction::Reverse).next() {
            Some(chunk) => Ok(read_chunk(&chunk?.1)?.says_of(entry)),
            None => Ok(None),
        }
    }
}

fn read_chunk(value: &[u8]) -> Result<ListDiff, StoreError> {
    from_json(value, "what a version of a list added and removed")
}
