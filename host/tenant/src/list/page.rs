//! A page: some entries of a list that follow one another.

use std::ops::Bound;

/// The most bytes of the entries of a page, unless it has only one entry.
pub(super) const MAX_BYTES: usize = 8 * 1024;

/// Distinct texts in the order of their bytes, packed into one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    text: Box<str>,
    /// Where each entry ends.
    ends: Box<[u32]>,
}

/// Why a stored page cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// It is not what this or an earlier release writes.
    #[error(transparent)]
    Malformed(#[from] serde_json::Error),
    /// Its entries are not in the order of their bytes.
    #[error("entry {0:?} is not behind the one before it")]
    OutOfOrder(String),
    /// Its entries belong on another page.
    #[error("entry {entry:?} does not belong on the page that begins at {from:?}")]
    Misplaced {
        /// The entry.
        entry: String,
        /// Where the page begins.
        from: String,
    },
}

impl Page {
    /// A page of entries, which are distinct and in the order of their bytes.
    pub(super) fn of(entries: &[&str]) -> Self {
        let mut end = 0;
        let ends = entries.iter().map(|entry| {
            end += entry.len();
            u32::try_from(end).expect("a page is short, and so is a single entry")
        });
        Self {
            ends: ends.collect(),
            text: entries.concat().into(),
        }
    }

    /// The page as the store keeps it.
    pub fn to_json(&self) -> Vec<u8> {
        let entries: Vec<&str> = self.entries().collect();
        serde_json::to_vec(&entries).expect("texts are JSON")
    }

    /// Reads a page as the store keeps it.
    pub(super) fn from_json(value: &[u8]) -> Result<Self, PageError> {
        let entries: Vec<String> = serde_json::from_slice(value)?;
        let mut pairs = entries.windows(2);
        if let Some(pair) = pairs.find(|pair| pair[0] >= pair[1]) {
            return Err(PageError::OutOfOrder(pair[1].clone()));
        }
        let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
        Ok(Self::of(&entries))
    }

    /// How many entries it has.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of its entries, each with what separates it from the next.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + self.ends.len()
    }

    fn entry(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[index] as usize]
    }

    /// The entries, in the order of their bytes.
    pub(super) fn entries(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.entry(index))
    }

    /// The entries behind this one, or all.
    pub(super) fn entries_after(&self, after: Bound<&str>) -> impl Iterator<Item = &str> + use<'_> {
        let first = match after {
            Bound::Unbounded => 0,
            Bound::Included(entry) => self.position(entry).unwrap_or_else(|next| next),
            Bound::Excluded(entry) => self.position(entry).map_or_else(|next| next, |at| at + 1),
        };
        (first..self.len()).map(|index| self.entry(index))
    }

    /// Whether it has this entry.
    pub(super) fn contains(&self, entry: &str) -> bool {
        self.position(entry).is_ok()
    }

    /// Where an entry is; the error is where it would be.
    fn position(&self, entry: &str) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.entry(middle).cmp(entry) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }
}
