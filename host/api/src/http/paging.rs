//! Pages of lists, and the cursors that lead from one to the next.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use app::cursors::Cursors;

/// How many items, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct PageRequest {
    /// The most items of the page: 50 unless told, and 500 at most.
    #[serde(default)]
    #[schemars(with = "Option<u16>", range(min = 1, max = 500), extend("default" = 50))]
    limit: Option<Limit>,
    /// The `next_cursor` of the page before, with the same filters.
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
struct Limit(usize);

impl TryFrom<u64> for Limit {
    type Error = &'static str;

    fn try_from(limit: u64) -> Result<Self, Self::Error> {
        match usize::try_from(limit) {
            Ok(limit @ 1..=PageRequest::MAX_LIMIT) => Ok(Self(limit)),
            _ => Err("must be from 1 to 500"),
        }
    }
}

impl PageRequest {
    /// The most items that a client may ask for.
    pub const MAX_LIMIT: usize = 500;
    /// The most items where the client does not say.
    pub const DEFAULT_LIMIT: usize = 50;

    /// The most items to answer.
    pub fn limit(&self) -> usize {
        self.limit.map_or(Self::DEFAULT_LIMIT, |Limit(limit)| limit)
    }

    /// The position behind which to go on; `None` from the beginning.
    ///
    /// `list` names the list as it did for [`Cursors::seal`].
    ///
    /// # Errors
    /// 400 for a cursor that was not made here, or was made for another list.
    pub fn position(&self, cursors: &Cursors, list: &[&str]) -> Result<Option<Vec<u8>>, Problem> {
        match &self.cursor {
            None => Ok(None),
            Some(cursor) => cursors.open(list, cursor).map(Some).ok_or_else(|| {
                Problem::bad_request(
                    "query parameter cursor: is none of this list; begin again without a cursor",
                )
            }),
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Leads to the next page; null on the last.
    pub next_cursor: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cursor: &str) -> PageRequest {
        PageRequest {
            limit: Some(Limit(2)),
            cursor: Some(cursor.to_owned()),
        }
    }

    #[test]
    fn a_cursor_leads_on_in_its_own_list_alone() {
        let cursors = Cursors::new(&[1; 32]);
        let cursor = cursors.seal(&["tenant", "alerts", "state=open"], b"\x00\xffposition");
        let open = |cursors: &Cursors, list: &[&str]| request(&cursor).position(cursors, list).ok();
        assert_eq!(
            open(&cursors, &["tenant", "alerts", "state=open"]),
            Some(Some(b"\x00\xffposition".to_vec()))
        );
        assert_eq!(open(&cursors, &["tenant", "alertss", "tate=open"]), None);
        assert_eq!(open(&cursors, &["other", "alerts", "state=open"]), None);
        assert_eq!(
            open(&Cursors::new(&[2; 32]), &["tenant", "alerts", "state=open"]),
            None
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
            assert!(request(&wrong).position(&cursors, &[]).is_err(), "{wrong}");
        }
        for wrong in ["", "!", "AAAA", &cursor[1..]] {
            assert!(request(wrong).position(&cursors, &[]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_last_page_leads_nowhere() {
        let cursors = Cursors::new(&[1; 32]);
        let page = |count: u8| {
            let request = PageRequest {
                limit: Some(Limit(2)),
                cursor: None,
            };
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
        assert_eq!(next.expect("its own cursor"), Some(vec![1]));
    }
}
