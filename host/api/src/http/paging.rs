//! Pages of lists, as requests ask for them and as they are answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use app::request;
use app::request::cursors::Cursors;
use app::request::page::ForeignCursor;

use super::problem::Problem;

/// How many items, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "PageRequest")]
pub struct PageQuery {
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
            Ok(limit @ 1..=request::PageRequest::MAX_LIMIT) => Ok(Self(limit)),
            _ => Err("must be from 1 to 500"),
        }
    }
}

impl From<PageQuery> for request::PageRequest {
    fn from(asked: PageQuery) -> Self {
        let limit = asked
            .limit
            .map_or(Self::DEFAULT_LIMIT, |Limit(limit)| limit);
        Self::new(limit, asked.cursor)
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
    /// The page of the first `limit` of the items, as [`request::Page::of`] cuts it.
    pub fn of(
        items: Vec<T>,
        request: &request::PageRequest,
        cursors: &Cursors,
        list: &[&str],
        position_of: impl FnOnce(&T) -> Vec<u8>,
    ) -> Self {
        request::Page::of(items, request, cursors, list, position_of).into()
    }

    /// The same page of items in another form.
    pub fn map<U>(self, form: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(form).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

impl<T> From<request::Page<T>> for Page<T> {
    fn from(page: request::Page<T>) -> Self {
        Self {
            items: page.items,
            next_cursor: page.next_cursor,
        }
    }
}

impl From<ForeignCursor> for Problem {
    fn from(error: ForeignCursor) -> Self {
        Self::bad_request(format!("query parameter cursor: {error}"))
    }
}
