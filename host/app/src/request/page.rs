//! Lists, a page at a time.

use std::sync::Arc;

use tenant::{Definition, Shelf};

use super::cursors::Cursors;
use store::key::TenantId;

/// How many items, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    limit: usize,
    cursor: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Leads to the next page; none on the last.
    pub next_cursor: Option<String>,
}

/// The cursor was not made by this host, or was made for another list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is none of this list; begin again without a cursor")]
pub struct ForeignCursor;

impl Default for PageRequest {
    fn default() -> Self {
        Self::new(Self::DEFAULT_LIMIT, None)
    }
}

impl PageRequest {
    /// The most items of a page.
    pub const MAX_LIMIT: usize = 500;
    /// The most items where nobody says.
    pub const DEFAULT_LIMIT: usize = 50;

    /// At most `limit` items, from 1 to [`MAX_LIMIT`](Self::MAX_LIMIT), behind the cursor.
    pub fn new(limit: usize, cursor: Option<String>) -> Self {
        Self {
            limit: limit.clamp(1, Self::MAX_LIMIT),
            cursor,
        }
    }

    /// The most items of the page.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// The position behind which to go on; none from the beginning. `list` names the list as it did for
    /// [`Cursors::seal`].
    ///
    /// # Errors
    /// Where the cursor is none of this list.
    pub fn position(
        &self,
        cursors: &Cursors,
        list: &[&str],
    ) -> Result<Option<Vec<u8>>, ForeignCursor> {
        match &self.cursor {
            None => Ok(None),
            Some(cursor) => cursors.open(list, cursor).map(Some).ok_or(ForeignCursor),
        }
    }
}

impl<T> Page<T> {
    /// The page of the first `limit` of the items, of which the caller fetched one more to know whether there are more.
    ///
    /// `position_of` says where the list goes on behind an item.
    pub fn of(
        mut items: Vec<T>,
        request: &PageRequest,
        cursors: &Cursors,
        list: &[&str],
        position_of: impl FnOnce(&T) -> Vec<u8>,
    ) -> Self {
        let has_more = items.len() > request.limit();
        items.truncate(request.limit());
        let last = items.last().filter(|_| has_more);
        let next_cursor = last.map(|item| cursors.seal(list, &position_of(item)));
        Self { items, next_cursor }
    }

    /// The same page of items in another form.
    pub fn map<U>(self, form: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(form).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

/// A page of those definitions of a tenant that `belongs` lets through, by key. `list` names the list and its filters.
///
/// # Errors
/// Where the cursor is none of this list.
pub fn page_of<D: Definition>(
    cursors: &Cursors,
    tenant: TenantId,
    list: &[&str],
    page: &PageRequest,
    shelf: &Shelf<D>,
    belongs: impl Fn(&D) -> bool,
) -> Result<Page<Arc<D>>, ForeignCursor> {
    let tenant = tenant.0.to_string();
    let list: Vec<&str> = std::iter::once(&*tenant)
        .chain(list.iter().copied())
        .collect();
    let after = page.position(cursors, &list)?.unwrap_or_default();
    let after = String::from_utf8_lossy(&after);
    let behind = shelf.after(&after).map(|(_, definition)| definition);
    let wanted = behind.filter(|definition| belongs(definition));
    let items: Vec<Arc<D>> = wanted.take(page.limit() + 1).cloned().collect();
    Ok(Page::of(items, page, cursors, &list, |last| {
        last.key().into_bytes()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cursor: &str) -> PageRequest {
        PageRequest::new(2, Some(cursor.to_owned()))
    }

    #[test]
    fn a_cursor_leads_on_in_its_own_list_alone() {
        let cursors = Cursors::new(&[1; 32]);
        let cursor = cursors.seal(&["tenant", "alerts", "state=open"], b"\x00\xffposition");
        let open = |cursors: &Cursors, list: &[&str]| request(&cursor).position(cursors, list);
        assert_eq!(
            open(&cursors, &["tenant", "alerts", "state=open"]),
            Ok(Some(b"\x00\xffposition".to_vec()))
        );
        for list in [
            ["tenant", "alertss", "tate=open"],
            ["other", "alerts", "state=open"],
        ] {
            assert_eq!(open(&cursors, &list), Err(ForeignCursor));
        }
        let of_another_host = Cursors::new(&[2; 32]);
        assert_eq!(
            open(&of_another_host, &["tenant", "alerts", "state=open"]),
            Err(ForeignCursor)
        );
    }

    #[test]
    fn a_cursor_that_was_tampered_with_is_refused() {
        let cursors = Cursors::new(&[1; 32]);
        let cursor = cursors.seal(&[], b"p");
        for at in 0..cursor.len() {
            let mut wrong = cursor.clone().into_bytes();
            wrong[at] = if wrong[at] == b'A' { b'B' } else { b'A' };
            let wrong = String::from_utf8(wrong).expect("ASCII");
            let opened = request(&wrong).position(&cursors, &[]);
            assert_eq!(opened, Err(ForeignCursor), "{wrong}");
        }
        for wrong in ["", "!", "AAAA", &cursor[1..]] {
            let opened = request(wrong).position(&cursors, &[]);
            assert_eq!(opened, Err(ForeignCursor), "{wrong}");
        }
    }

    #[test]
    fn the_last_page_leads_nowhere() {
        let cursors = Cursors::new(&[1; 32]);
        let page = |count: u8| {
            let request = PageRequest::new(2, None);
            Page::of((0..count).collect(), &request, &cursors, &[], |item| {
                vec![*item]
            })
        };
        assert_eq!(
            page(2),
            Page {
                items: vec![0, 1],
                next_cursor: None
            }
        );
        let more = page(3);
        assert_eq!(more.items, [0, 1]);
        let next = request(&more.next_cursor.expect("a cursor")).position(&cursors, &[]);
        assert_eq!(next, Ok(Some(vec![1])));
    }
}
