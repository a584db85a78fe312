//! The tenant's lists, while transactions of the past are judged.

use std::sync::Arc;

use domain::window::Lists;

use super::record::ListsMode;
use engine::list::ListTimeline;
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::Definitions;

/// Which version each list that a rule reads has, by name.
pub type ListVersions = Vec<(String, u64)>;

/// Lists, as of a place in a team's order.
pub struct ListsAsOf {
    names: Vec<String>,
    as_of: AsOf,
    /// The versions of those that there are.
    versions: ListVersions,
}

enum AsOf {
    /// As they were for the transaction in that place.
    Then(ListTimeline),
    /// As they are now, whatever the place.
    Now(Arc<Definitions>),
}

impl ListsAsOf {
    /// The lists of these names. `definitions` may be older than what the store has.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn load(
        store: &Store,
        tenant: TenantId,
        team: u32,
        definitions: Arc<Definitions>,
        names: Vec<String>,
        mode: ListsMode,
    ) -> Result<Self, StoreError> {
        let as_of = match mode {
            ListsMode::Now => AsOf::Now(definitions),
            ListsMode::Then => {
                let timeline = ListTimeline::load(store, tenant, &definitions, team, &names)?;
                AsOf::Then(timeline)
            }
        };
        let mut lists = Self {
            names,
            as_of,
            versions: Vec::new(),
        };
        lists.versions = lists.versions_now();
        Ok(lists)
    }

    /// Goes on to a place; whether any of the lists has another version there.
    pub(super) fn advance_to(&mut self, sequence: u64) -> bool {
        let AsOf::Then(timeline) = &mut self.as_of else {
            return false;
        };
        timeline.advance_to(sequence);
        let mut known = self.versions.iter();
        let is_same = self.names.iter().all(|name| match timeline.version(name) {
            None => true,
            Some(version) => known
                .next()
                .is_some_and(|known| known.0 == *name && known.1 == version),
        });
        if is_same && known.next().is_none() {
            return false;
        }
        self.versions = self.versions_now();
        true
    }

    /// The versions of those that there are.
    pub(super) fn versions(&self) -> &ListVersions {
        &self.versions
    }

    fn versions_now(&self) -> ListVersions {
        let version = |name: &str| match &self.as_of {
            AsOf::Then(timeline) => timeline.version(name),
            AsOf::Now(definitions) => definitions.lists.get(name).map(|list| list.version),
        };
        let names = self.names.iter();
        let versions = names.filter_map(|name| Some((name.clone(), version(name)?)));
        versions.collect()
    }
}

impl Lists for ListsAsOf {
    fn contains(&self, list: &str, text: &str) -> bool {
        match &self.as_of {
            AsOf::Then(timeline) => timeline.contains(list, text),
            AsOf::Now(definitions) => definitions.contains(list, text),
        }
    }
}
