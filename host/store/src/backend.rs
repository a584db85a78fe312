//! The port: what a storage engine must do.

use super::batch::Batch;
use super::error::StoreError;
use super::key::Key;

/// An ordered key-value engine.
///
/// Keys are ordered by their bytes. The engine sees no value longer than
/// [`MAX_VALUE_BYTES`]; the store cuts longer ones.
pub trait Backend: Send + Sync {
    /// Hands the value of a key to `read`, without copying it where the engine allows.
    /// Answers whether there is one.
    fn read(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool, StoreError>;

    /// The first entries of a range in a direction: at least one where there are any, and not many
    /// more than [`PAGE_ENTRIES`] or [`PAGE_BYTES`]. Entries come each from one moment, the page need not.
    fn page(&self, range: &KeyRange, direction: Direction) -> Result<Vec<Entry>, StoreError>;

    /// Writes a batch: all or nothing, and durable when it returns. One thread calls it.
    fn apply(&self, batch: Batch) -> Result<(), StoreError>;
}

/// The longest value that an engine is given, in bytes.
pub const MAX_VALUE_BYTES: usize = 100 * 1024;

/// How many entries a page may have.
pub const PAGE_ENTRIES: usize = 128;

/// How many bytes of values a page may have before it ends.
pub const PAGE_BYTES: usize = 256 * 1024;

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// Which end of a range comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The lowest key.
    Forward,
    /// The highest key.
    Reverse,
}

/// The keys from one, inclusive, to another, exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    start: Vec<u8>,
    end: Option<Vec<u8>>,
}

impl KeyRange {
    /// All keys.
    pub fn everything() -> Self {
        Self {
            start: Vec::new(),
            end: None,
        }
    }

    /// The keys that begin so.
    pub(super) fn prefix(prefix: Vec<u8>) -> Self {
        let mut end = prefix.clone();
        while end.last() == Some(&0xFF) {
            end.pop();
        }
        if let Some(last) = end.last_mut() {
            *last += 1;
        }
        Self {
            start: prefix,
            end: (!end.is_empty()).then_some(end),
        }
    }

    /// Only the keys from this one on.
    pub(super) fn starting_at(mut self, key: Vec<u8>) -> Self {
        self.start = self.start.max(key);
        self
    }

    /// Only the keys before this one.
    pub(super) fn ending_before(mut self, key: Vec<u8>) -> Self {
        self.end = Some(self.end.map_or(key.clone(), |end| end.min(key)));
        self
    }

    /// Only the keys from this one on.
    pub fn beginning_with(self, key: &Key) -> Self {
        self.starting_at(key.as_bytes().to_vec())
    }

    /// Only the keys that come after this one in a direction: where a cursor goes on.
    pub fn beyond(self, key: &[u8], direction: Direction) -> Self {
        match direction {
            Direction::Forward => self.starting_at([key, &[0]].concat()),
            Direction::Reverse => self.ending_before(key.to_vec()),
        }
    }

    /// The lowest key.
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// The key before which it ends, or none if it goes on to the last.
    pub fn end(&self) -> Option<&[u8]> {
        self.end.as_deref()
    }

    /// Whether no key can be in it.
    pub fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }
}

/// The entries of a range, page by page: nothing of the engine is held between pages, so that
/// writes go on. Each entry is as it was at some moment after the iteration began.
pub struct Entries<'b> {
    backend: &'b dyn Backend,
    range: KeyRange,
    direction: Direction,
    page: std::vec::IntoIter<Entry>,
    ended: bool,
}

impl<'b> Entries<'b> {
    /// Begins to read a range.
    pub fn new(backend: &'b dyn Backend, range: KeyRange, direction: Direction) -> Self {
        Self {
            backend,
            range,
            direction,
            page: Vec::new().into_iter(),
            ended: false,
        }
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.page.next() {
            return Some(Ok(entry));
        }
        if self.ended || self.range.is_empty() {
            return None;
        }
        match self.backend.page(&self.range, self.direction) {
            Ok(page) => {
                match page.last() {
                    Some((key, _)) => {
                        let range = std::mem::replace(&mut self.range, KeyRange::everything());
                        self.range = range.beyond(key, self.direction);
                    }
                    None => self.ended = true,
                }
                self.page = page.into_iter();
                self.page.next().map(Ok)
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

/// Collects a page from entries in their order.
pub(super) fn collect_page(
    entries: impl Iterator<Item = Result<Entry, StoreError>>,
) -> Result<Vec<Entry>, StoreError> {
    let mut page = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let entry = entry?;
        bytes += entry.1.len();
        page.push(entry);
        if page.len() >= PAGE_ENTRIES || bytes >= PAGE_BYTES {
            break;
        }
    }
    Ok(page)
}
