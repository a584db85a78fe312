//! The entries of a list, in pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use imbl::OrdMap;

use super::page::{MAX_BYTES, Page, PageError};

/// How many bytes the pages get that a page is split into: there is room for more.
const SPLIT_BYTES: usize = MAX_BYTES / 4 * 3;
/// A page with fewer bytes is joined with one beside it, where both fit into one page.
const MIN_BYTES: usize = MAX_BYTES / 4;

/// The entries of a list.
///
/// A clone shares its pages with the original, and so does what an edit makes of it, except for the pages that the edit
/// touches. An edit of one entry makes at most two new pages, however many entries there are.
#[derive(Clone, Default)]
pub struct ListEntries {
    /// Each page by where it begins: it has the entries from there to where the next page begins. The first page begins
    /// at the empty text. No page is empty.
    pages: OrdMap<Arc<str>, Arc<Page>>,
    len: usize,
}

/// Pages that an edit changed, each by where it begins; none for a page that is gone.
pub type ChangedPages = BTreeMap<Arc<str>, Option<Arc<Page>>>;

impl ListEntries {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether an entry is among them.
    pub fn contains(&self, entry: &str) -> bool {
        let page = self.pages.get_prev(entry);
        page.is_some_and(|(_, page)| page.contains(entry))
    }

    /// All entries, in the order of their bytes.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.pages.values().flat_map(|page| page.entries())
    }

    /// The entries behind this one, or all, in the order of their bytes.
    pub fn entries_after<'e>(&'e self, after: Bound<&'e str>) -> impl Iterator<Item = &'e str> {
        let start = match after {
            Bound::Included(entry) | Bound::Excluded(entry) => entry,
            Bound::Unbounded => "",
        };
        let from = self
            .pages
            .get_prev(start)
            .map_or(start, |(from, _)| &**from);
        let pages = (Bound::Included(from), Bound::Unbounded);
        let pages = self.pages.range::<_, str>(pages);
        pages.flat_map(move |(_, page)| page.entries_after(after))
    }

    /// All pages, each by where it begins.
    pub fn pages(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<Page>)> {
        self.pages.iter()
    }

    /// The entries with some more and without some, and the pages that are not the same any more.
    ///
    /// Both are in the order of their bytes; what is added is not there yet, and what is removed is there.
    pub fn edited(&self, added: &[String], removed: &[String]) -> (Self, ChangedPages) {
        let mut edit = Edit {
            entries: self.clone(),
            changed: ChangedPages::new(),
        };
        let mut edits = sorted_edits(added, removed).peekable();
        while let Some(&(first, _)) = edits.peek() {
            let (from, page) = match self.pages.get_prev(first) {
                Some((from, page)) => (from.clone(), page.clone()),
                None => (Arc::from(""), Arc::default()),
            };
            let end = self.begin_of_next(&from);
            let mut of_page = Vec::new();
            while let Some(one) = edits.next_if(|(entry, _)| end.is_none_or(|end| *entry < &**end))
            {
                of_page.push(one);
            }
            edit.replace(from, &page, &merged(&page, &of_page));
        }
        edit.join_small_pages();
        (edit.entries, edit.changed)
    }

    /// Adds a stored page that begins behind the pages so far.
    ///
    /// # Errors
    /// Where it is damaged.
    pub fn push_stored(&mut self, from: &str, value: &[u8]) -> Result<(), PageError> {
        let page = Page::from_json(value)?;
        let last = self.pages.get_max();
        let last = last.and_then(|(_, page)| page.entries().last());
        let misplaced = |entry: &str| PageError::Misplaced {
            entry: entry.to_owned(),
            from: from.to_owned(),
        };
        if let Some(last) = last.filter(|last| *last >= from) {
            return Err(misplaced(last));
        }
        if let Some(first) = page.entries().next().filter(|first| *first < from) {
            return Err(misplaced(first));
        }
        self.len += page.len();
        self.pages.insert(Arc::from(from), Arc::new(page));
        Ok(())
    }

    /// Where the page behind one begins.
    fn begin_of_next(&self, from: &str) -> Option<&Arc<str>> {
        let behind = (Bound::Excluded(from), Bound::Unbounded);
        let (next, _) = self.pages.range::<_, str>(behind).next()?;
        Some(next)
    }
}

/// Entries that are being edited.
struct Edit {
    entries: ListEntries,
    changed: ChangedPages,
}

impl Edit {
    /// Puts entries in the place of a page, as one page or several.
    fn replace(&mut self, from: Arc<str>, page: &Page, entries: &[&str]) {
        self.entries.len = self.entries.len - page.len() + entries.len();
        let mut pages = split(entries).into_iter();
        let first = pages.next().map_or_else(Page::default, Page::of);
        self.put(from, first);
        for page in pages {
            self.put(Arc::from(page[0]), Page::of(page));
        }
    }

    fn put(&mut self, from: Arc<str>, page: Page) {
        let page = Arc::new(page);
        self.entries.pages.insert(from.clone(), page.clone());
        self.changed.insert(from, Some(page));
    }

    fn remove(&mut self, from: Arc<str>) {
        self.entries.pages.remove(&*from);
        self.changed.insert(from, None);
    }

    /// Joins each changed page that became small with those beside it, as far as they fit into one page. An empty page
    /// always does.
    fn join_small_pages(&mut self) {
        let small = self.changed.iter().filter_map(|(from, page)| {
            let page = page.as_ref()?;
            (page.bytes() < MIN_BYTES).then(|| from.clone())
        });
        let small: Vec<Arc<str>> = small.collect();
        for from in small {
            while self.join_if_small(&from) {}
        }
    }

    /// Joins a page with one beside it where it is small; says whether there is such a page still.
    fn join_if_small(&mut self, from: &Arc<str>) -> bool {
        let pages = &self.entries.pages;
        let Some(page) = pages.get(&**from).cloned() else {
            return false;
        };
        if page.bytes() >= MIN_BYTES {
            return false;
        }
        let fits = |other: &Page| page.len() == 0 || page.bytes() + other.bytes() <= MAX_BYTES;
        let behind = (Bound::Excluded(&**from), Bound::Unbounded);
        let next = pages.range::<_, str>(behind).next();
        if let Some((next, other)) = next.filter(|(_, other)| fits(other)) {
            let (next, both) = (next.clone(), joined(&page, other));
            self.remove(next);
            self.put(from.clone(), both);
            return true;
        }
        let before = (Bound::Unbounded, Bound::Excluded(&**from));
        let last = pages.range::<_, str>(before).next_back();
        if let Some((last, other)) = last.filter(|(_, other)| fits(other)) {
            let (last, both) = (last.clone(), joined(other, &page));
            self.remove(from.clone());
            self.put(last, both);
        } else if page.len() == 0 {
            self.remove(from.clone());
        }
        false
    }
}

/// What is added and removed, in the order of entries, each with whether it is added.
fn sorted_edits<'e>(
    added: &'e [String],
    removed: &'e [String],
) -> impl Iterator<Item = (&'e str, bool)> {
    let mut added = added.iter().map(String::as_str).peekable();
    let mut removed = removed.iter().map(String::as_str).peekable();
    std::iter::from_fn(move || match (added.peek(), removed.peek()) {
        (Some(one), Some(other)) if other < one => Some((removed.next()?, false)),
        (Some(_), _) => Some((added.next()?, true)),
        (None, _) => Some((removed.next()?, false)),
    })
}

/// The entries of a page after edits, which are in the order of entries.
fn merged<'e>(page: &'e Page, edits: &[(&'e str, bool)]) -> Vec<&'e str> {
    let mut merged = Vec::with_capacity(page.len() + edits.len());
    let mut edits = edits.iter().peekable();
    for entry in page.entries() {
        while let Some((added, _)) = edits.next_if(|(edited, _)| *edited < entry) {
            merged.push(*added);
        }
        match edits.next_if(|(edited, _)| *edited == entry) {
            Some((_, false)) => {}
            Some((_, true)) | None => merged.push(entry),
        }
    }
    merged.extend(edits.map(|(added, _)| *added));
    merged
}

/// Entries in the portions of pages.
fn split<'s, 'e>(entries: &'s [&'e str]) -> Vec<&'s [&'e str]> {
    let bytes = |entries: &[&str]| entries.iter().map(|entry| entry.len() + 1).sum::<usize>();
    let total = bytes(entries);
    if entries.is_empty() {
        return Vec::new();
    }
    if total <= MAX_BYTES {
        return vec![entries];
    }
    let target = total.div_ceil(total.div_ceil(SPLIT_BYTES));
    let mut portions = Vec::new();
    let (mut start, mut held) = (0, 0);
    for (index, entry) in entries.iter().enumerate() {
        if held > 0 && held + entry.len() + 1 > target {
            portions.push(&entries[start..index]);
            (start, held) = (index, 0);
        }
        held += entry.len() + 1;
    }
    portions.push(&entries[start..]);
    portions
}

/// The entries of two pages that follow one another.
fn joined(one: &Page, next: &Page) -> Page {
    let entries: Vec<&str> = one.entries().chain(next.entries()).collect();
    Page::of(&entries)
}

impl fmt::Debug for ListEntries {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter()).finish()
    }
}

impl PartialEq for ListEntries {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl Eq for ListEntries {}

impl FromIterator<String> for ListEntries {
    fn from_iter<I: IntoIterator<Item = String>>(entries: I) -> Self {
        let sorted: BTreeSet<String> = entries.into_iter().collect();
        let sorted: Vec<String> = sorted.into_iter().collect();
        Self::default().edited(&sorted, &[]).0
    }
}
