//! Lists as the transactions of a team saw them.

use std::collections::HashMap;
use std::sync::Arc;

use domain::window::Lists;

use super::record::ListVersion;
use super::versions::Versions;
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::{Definitions, List};

/// Some lists as they were for one transaction of a team after the other, in any order.
///
/// It holds what was changed of the lists, not the lists once for each version.
#[derive(Debug)]
pub struct ListTimeline {
    /// The transaction's number.
    sequence: u64,
    lists: HashMap<String, History>,
}

/// What a list was.
#[derive(Debug, Default)]
struct History {
    /// The list in one of its versions.
    list: Option<Arc<List>>,
    /// From which transaction on which version is in force; none if there is no list. In order; where several
    /// are from the same on, the last counts.
    versions: Vec<(u64, Option<u64>)>,
    /// The entries that were touched after the first version: from which transaction on they are in the list, or
    /// are not. In order, as above. An entry that is not here was there always or never.
    touched: HashMap<Box<str>, Vec<(u64, bool)>>,
}

impl ListTimeline {
    /// Reads what became of these lists, as the team saw it. It begins with the team's first transaction.
    ///
    /// `definitions` may be older than what the store has.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn load(
        store: &Store,
        tenant: TenantId,
        definitions: &Definitions,
        team: u32,
        names: &[String],
    ) -> Result<Self, StoreError> {
        let mut lists = HashMap::new();
        for name in names {
            let defined = definitions.lists.get(name);
            let versions = Versions::of(store, tenant, name, defined, u64::MAX)?;
            lists.insert(name.clone(), History::read(&versions, name, team)?);
        }
        Ok(Self { sequence: 0, lists })
    }

    /// Shows the lists as they were for this transaction of the team.
    pub fn advance_to(&mut self, sequence: u64) {
        self.sequence = sequence;
    }

    /// The version of a list; none if there was none, or it was not loaded.
    pub fn version(&self, list: &str) -> Option<u64> {
        let history = self.lists.get(list)?;
        in_force(&history.versions, self.sequence).flatten()
    }
}

impl Lists for ListTimeline {
    fn contains(&self, list: &str, text: &str) -> bool {
        let history = self.lists.get(list);
        history.is_some_and(|history| history.contains(self.sequence, text))
    }
}

impl History {
    fn read(versions: &Versions<'_>, name: &str, team: u32) -> Result<Self, StoreError> {
        let mut oldest_first: Vec<ListVersion> =
            versions.newest_first(None).collect::<Result<_, _>>()?;
        oldest_first.reverse();
        let mut history = Self {
            list: versions.defined().cloned(),
            ..Self::default()
        };
        for (number, version) in oldest_first.iter().enumerate() {
            let from = version.seen_from(team);
            let in_force = Some(version.version).filter(|_| !version.deleted);
            history.versions.push((from, in_force));
            if number > 0 {
                for (entry, is_added) in versions.diff(version)?.into_entries() {
                    let turns = history.touched.entry(entry.into()).or_default();
                    turns.push((from, is_added));
                }
            }
        }
        // What was touched never is told by any version, so the definition will do, whichever it is. There is
        // none of a list that was just made, or was deleted; then the first version will do.
        if let (None, Some(first)) = (&history.list, oldest_first.first()) {
            let diff = versions.diff(first)?;
            let entries = diff.added.into_iter().collect();
            let list = List::new(name.to_owned(), first.version, first.at, entries);
            history.list = Some(Arc::new(list));
        }
        Ok(history)
    }

    fn contains(&self, sequence: u64, text: &str) -> bool {
        // Before its first version there was no list.
        if in_force(&self.versions, sequence).is_none() {
            return false;
        }
        if let Some(turns) = self.touched.get(text) {
            // The first turn says what was before, since it changed something.
            let before = turns.first().is_some_and(|(_, is_added)| !is_added);
            return in_force(turns, sequence).unwrap_or(before);
        }
        let list = self.list.as_ref();
        list.is_some_and(|list| list.entries.contains(text))
    }
}

/// What is in force for a transaction, of what is each in force from one on.
fn in_force<T: Copy>(from: &[(u64, T)], sequence: u64) -> Option<T> {
    let count = from.partition_point(|(from, _)| *from <= sequence);
    Some(from[count.checked_sub(1)?].1)
}
