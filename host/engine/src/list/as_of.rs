//! A list as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use domain::time::Timestamp;

use super::record::ListVersion;
use super::versions::Versions;
use store::StoreError;
use tenant::List;

/// When a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At this time.
    Time(Timestamp),
    /// In this version.
    Version(u64),
}

/// Why a list cannot be had as it was.
#[derive(Debug, thiserror::Error)]
pub enum AsOfError {
    /// Reading failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There never was a list of this name.
    #[error("there is no list of this name")]
    NoList,
    /// The list has no such version.
    #[error("the list has no version {0}")]
    NoVersion(u64),
    /// It was made later.
    #[error("the list was made later, at {made_at}")]
    NotYet {
        /// When.
        made_at: Timestamp,
    },
    /// It was changed later, and what it was before was not kept.
    #[error("the list was changed at {since}, and what it held before was not kept")]
    NotKept {
        /// From when on it is known.
        since: Timestamp,
    },
    /// It was deleted then.
    #[error("the list was deleted in version {version}, at {at}")]
    Deleted {
        /// In which version.
        version: u64,
        /// When.
        at: Timestamp,
    },
}

impl Versions<'_> {
    /// The version that was in force at a moment; it may be one that deleted the list.
    ///
    /// # Errors
    /// Where there was none.
    pub fn in_force(&self, moment: Moment) -> Result<ListVersion, AsOfError> {
        let time = match moment {
            Moment::Version(number) => {
                let version = self.get(number)?;
                return version.ok_or(AsOfError::NoVersion(number));
            }
            Moment::Time(time) => time.as_micros(),
        };
        let mut oldest = None;
        for version in self.newest_first(None) {
            let version = version?;
            if version.at <= time {
                return Ok(version);
            }
            oldest = Some(version);
        }
        let oldest = oldest.ok_or(AsOfError::NoList)?;
        let since = Timestamp::from_micros(oldest.at);
        Err(match oldest.by {
            Some(_) => AsOfError::NotYet { made_at: since },
            None => AsOfError::NotKept { since },
        })
    }
}

/// A list as it was in one of its versions: the list as it is, and what has become of it since.
#[derive(Debug)]
pub struct AsOf {
    /// The version.
    pub version: u64,
    /// When it was made.
    pub at: Timestamp,
    now: Option<Arc<List>>,
    /// The entries that were touched since, each with whether it was in the list.
    since: BTreeMap<String, bool>,
}

impl AsOf {
    /// The list as it is.
    pub fn now(list: Arc<List>) -> Self {
        Self {
            version: list.version,
            at: Timestamp::from_micros(list.updated_at),
            now: Some(list),
            since: BTreeMap::new(),
        }
    }

    /// The list as it was.
    ///
    /// # Errors
    /// Where there was none then.
    pub fn read(versions: &Versions<'_>, moment: Moment) -> Result<Self, AsOfError> {
        let wanted = versions.in_force(moment)?;
        let at = Timestamp::from_micros(wanted.at);
        if wanted.deleted {
            let version = wanted.version;
            return Err(AsOfError::Deleted { version, at });
        }
        let defined = versions.defined();
        let mut since = BTreeMap::new();
        // A list that was deleted is known to be empty; of one that is just being made nothing is known.
        let mut known = defined.map(|list| list.version);
        for version in versions.newest_first(None) {
            let version = version?;
            let is_empty = version.deleted.then_some(version.version);
            let known = *known.get_or_insert(is_empty.unwrap_or_default());
            if version.version <= wanted.version.min(known) {
                break;
            }
            // What is newer than the version is undone; what is newer than the definition is done.
            let is_done = version.version <= wanted.version;
            for (entry, is_added) in versions.diff(&version)?.into_entries() {
                if is_done {
                    since.entry(entry).or_insert(is_added);
                } else {
                    since.insert(entry, !is_added);
                }
            }
        }
        Ok(Self {
            version: wanted.version,
            at,
            now: defined.cloned(),
            since,
        })
    }

    /// The entries behind this one, or all, in the order of their bytes.
    pub fn entries_after<'e>(&'e self, after: Bound<&'e str>) -> impl Iterator<Item = &'e str> {
        let bounds = (after, Bound::Unbounded);
        let now = self.now.iter();
        let now = now.flat_map(move |list| list.entries.entries_after(after));
        let untouched = now.filter(|entry| !self.since.contains_key(*entry));
        let touched = self.since.range::<str, _>(bounds);
        let touched = touched.filter(|(_, was_there)| **was_there);
        let mut untouched = untouched.peekable();
        let mut touched = touched.map(|(entry, _)| entry.as_str()).peekable();
        std::iter::from_fn(move || match (untouched.peek(), touched.peek()) {
            (Some(one), Some(other)) if other < one => touched.next(),
            (Some(_), _) => untouched.next(),
            (None, _) => touched.next(),
        })
    }

    /// All entries.
    pub fn entries(&self) -> BTreeSet<String> {
        self.entries_after(Bound::Unbounded)
            .map(str::to_owned)
            .collect()
    }
}
