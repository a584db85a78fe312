//! The tenant's lists, while transactions of the past are judged.

use std::sync::Arc;

use domain::window::Lists;

use crate::tenant::Definitions;

/// Which version each list that a rule reads has, by name.
pub type ListVersions = Vec<(String, u64)>;

/// The tenant's lists, as of a place in a team's order.
pub enum ListsAsOf {
    /// As they are now, whatever the place.
    Now(Arc<Definitions>),
}

impl ListsAsOf {
    /// Goes on to a place, which is not before the last one; whether any of the lists is another there.
    pub fn advance_to(&mut self, _sequence: u64) -> bool {
        match self {
            Self::Now(_) => false,
        }
    }

    /// The versions of lists, of those that there are.
    pub fn versions(&self, names: &[String]) -> ListVersions {
        let version = |name: &str| match self {
            Self::Now(definitions) => definitions.lists.get(name).map(|list| list.version),
        };
        let versions = names.iter();
        let versions = versions.filter_map(|name| Some((name.clone(), version(name)?)));
        versions.collect()
    }
}

impl Lists for ListsAsOf {
    fn contains(&self, list: &str, text: &str) -> bool {
        match self {
            Self::Now(definitions) => definitions.contains(list, text),
        }
    }
}
