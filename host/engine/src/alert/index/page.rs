//! In which order alerts are listed: a page of a list, and the alerts beside one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use domain::alert::AlertId;
use domain::rule::Level;
use domain::time::Timestamp;
use roaring::RoaringBitmap;

use super::AlertIndex;
use super::query::AlertQuery;
use super::row::{Field, Row};

/// What a list is in the order of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SortKey {
    CreatedAt,
    UpdatedAt,
    DueDate,
    Severity,
    Priority,
}

/// The order of a list. Where two are alike, the order of creation decides; what has no due date comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortKey,
    /// The greatest first.
    pub descending: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self {
            by: SortKey::CreatedAt,
            descending: true,
        }
    }
}

/// After which alert a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageAfter {
    /// What it was sorted by, as [`AlertIndex::page`] gave it.
    pub key: i64,
    /// The alert.
    pub id: AlertId,
}

/// The alerts beside one in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The one before it.
    pub previous: Option<AlertId>,
    /// The one after it.
    pub next: Option<AlertId>,
}

impl AlertIndex {
    /// The alerts of a page, each with what it is sorted by.
    pub fn page(
        &self,
        query: &AlertQuery,
        sort: Sort,
        after: Option<PageAfter>,
        limit: usize,
    ) -> Vec<PageAfter> {
        let rows = self.matching(query);
        let after = after.and_then(|after| Some((after.key, self.row_of(after.id)?)));
        let found = self.rows_after(&rows, query, Order::of(sort), after, limit);
        let found = found.into_iter().map(|(key, row)| PageAfter {
            key,
            id: self.rows[row].id,
        });
        found.collect()
    }

    /// The alerts before and after one in a list, whether or not the list has it. None of an alert that is not known.
    pub fn neighbours(&self, query: &AlertQuery, sort: Sort, id: AlertId) -> Neighbours {
        let Some(row) = self.row_of(id) else {
            return Neighbours::default();
        };
        let rows = self.matching(query);
        let order = Order::of(sort);
        let after = (self.place_in(row, order), row);
        let beside = |order: Order| {
            let found = self.rows_after(&rows, query, order, Some(after), 1);
            found.first().map(|(_, row)| self.rows[*row].id)
        };
        Neighbours {
            previous: beside(order.reversed()),
            next: beside(order),
        }
    }

    /// What a row is sorted by.
    fn place_in(&self, row: u32, order: Order) -> i64 {
        let field = match order.sort.by {
            SortKey::Severity => Field::Severity,
            SortKey::Priority => Field::Priority,
            SortKey::CreatedAt | SortKey::UpdatedAt | SortKey::DueDate => {
                return sort_key(&self.rows[row], order);
            }
        };
        let level = self.values.value(self.rows[row].values, field);
        let level = level.and_then(|name| Level::parse(self.names.name(name)));
        level.map_or(0, |level| level as i64)
    }

    /// The first of the rows after one, in an order.
    fn rows_after(
        &self,
        rows: &RoaringBitmap,
        query: &AlertQuery,
        order: Order,
        after: Option<(i64, u32)>,
        limit: usize,
    ) -> Vec<(i64, u32)> {
        let Order { sort, .. } = order;
        match sort.by {
            SortKey::CreatedAt => self.page_by_row(rows, query, sort.descending, after, limit),
            SortKey::Severity => {
                self.page_by_level(rows, Field::Severity, query, sort, after, limit)
            }
            SortKey::Priority => {
                self.page_by_level(rows, Field::Priority, query, sort, after, limit)
            }
            SortKey::DueDate => self.page_by_due_date(rows, query, order, after, limit),
            SortKey::UpdatedAt => self.page_by_key(rows, query, order, after, limit),
        }
    }

    /// In the order of rows, which is that of creation: no more is looked at than the page needs.
    fn page_by_row(
        &self,
        rows: &RoaringBitmap,
        query: &AlertQuery,
        descending: bool,
        after: Option<(i64, u32)>,
        limit: usize,
    ) -> Vec<(i64, u32)> {
        let is_in_time = |row: &u32| self.is_in_time(query, &self.rows[*row]);
        if descending {
            let end = after.map_or(u32::MAX, |(_, row)| row);
            let rows = rows.range(..end).rev().filter(is_in_time);
            rows.take(limit).map(|row| (0, row)).collect()
        } else {
            let start = after.map_or(0, |(_, row)| row + 1);
            let rows = rows.range(start..).filter(is_in_time);
            rows.take(limit).map(|row| (0, row)).collect()
        }
    }

    /// Level by level, each in the order of rows: no more is looked at than the page needs.
    fn page_by_level(
        &self,
        rows: &RoaringBitmap,
        field: Field,
        query: &AlertQuery,
        sort: Sort,
        after: Option<(i64, u32)>,
        limit: usize,
    ) -> Vec<(i64, u32)> {
        let mut levels = Level::ALL;
        if sort.descending {
            levels.reverse();
        }
        let mut found = Vec::with_capacity(limit);
        for level in levels {
            let key = level as i64;
            let is_behind = after.is_some_and(|(last, _)| match sort.descending {
                true => key > last,
                false => key < last,
            });
            let number = self.names.find(level.as_str());
            let of_level = number.and_then(|number| self.postings.get(&(field, number)));
            let Some(of_level) = of_level.filter(|_| !is_behind && found.len() < limit) else {
                continue;
            };
            let (after, left) = (after.filter(|(last, _)| *last == key), limit - found.len());
            let page = self.page_by_row(&(rows & of_level), query, sort.descending, after, left);
            found.extend(page.into_iter().map(|(_, row)| (key, row)));
        }
        found
    }

    /// Hour by hour, each in the order of due dates, and what has none before or after: no more is looked at than the hours of
    /// the page.
    fn page_by_due_date(
        &self,
        rows: &RoaringBitmap,
        query: &AlertQuery,
        order: Order,
        after: Option<(i64, u32)>,
        limit: usize,
    ) -> Vec<(i64, u32)> {
        let (none, descending) = (order.without_due_date, order.sort.descending);
        let undated = |after: Option<(i64, u32)>, limit: usize| {
            let rows = rows - self.due.dated();
            let page = self.page_by_row(&rows, query, descending, after, limit);
            page.into_iter().map(|(_, row)| (none, row))
        };
        let of_undated = after.filter(|(key, _)| *key == none);
        let after = after.filter(|(key, _)| *key != none);
        let mut found = Vec::with_capacity(limit);
        let undated_come_first = descending == (none == i64::MAX);
        if undated_come_first && after.is_none() {
            found.extend(undated(of_undated, limit));
        }
        if undated_come_first || of_undated.is_none() {
            let from = after.map(|(key, _)| Timestamp::from_micros(key));
            let mut left = rows & self.due.dated();
            for hour in self.due.hours(from, descending) {
                if left.is_empty() || found.len() == limit {
                    break;
                }
                let of_hour = &left & hour;
                let space = limit - found.len();
                found.extend(self.page_by_key(&of_hour, query, order, after, space));
                left -= of_hour;
            }
        }
        if !undated_come_first && found.len() < limit {
            let space = limit - found.len();
            found.extend(undated(of_undated, space));
        }
        found
    }

    /// In the order of a key: one pass that keeps the first of them.
    fn page_by_key(
        &self,
        rows: &RoaringBitmap,
        query: &AlertQuery,
        order: Order,
        after: Option<(i64, u32)>,
        limit: usize,
    ) -> Vec<(i64, u32)> {
        // What comes first is smallest: (rank, age), both as the order asks.
        let place = |key: i64, row: u32| match order.sort.descending {
            true => (Reverse(key), Reverse(row), 0, 0),
            false => (Reverse(0), Reverse(0), key, row),
        };
        let mut first = BinaryHeap::with_capacity(limit + 1);
        for row in rows {
            let found = &self.rows[row];
            if !self.is_in_time(query, found) {
                continue;
            }
            let key = sort_key(found, order);
            let here = place(key, row);
            if after.is_some_and(|(key, row)| here <= place(key, row)) {
                continue;
            }
            first.push((here, key, row));
            if first.len() > limit {
                first.pop();
            }
        }
        let sorted = first.into_sorted_vec();
        sorted.into_iter().map(|(_, key, row)| (key, row)).collect()
    }
}

/// An order in which rows are gone through.
#[derive(Clone, Copy)]
struct Order {
    sort: Sort,
    /// The place of rows that have no due date, in microseconds.
    without_due_date: i64,
}

impl Order {
    fn of(sort: Sort) -> Self {
        let without_due_date = if sort.descending { i64::MIN } else { i64::MAX };
        Self {
            sort,
            without_due_date,
        }
    }

    /// The same backwards: what came last comes first.
    fn reversed(self) -> Self {
        let sort = Sort {
            descending: !self.sort.descending,
            ..self.sort
        };
        Self { sort, ..self }
    }
}

fn sort_key(row: &Row, order: Order) -> i64 {
    match order.sort.by {
        SortKey::UpdatedAt => row.updated_at.as_micros(),
        SortKey::DueDate => row
            .due_date()
            .map_or(order.without_due_date, Timestamp::as_micros),
        // Rows are in the order of creation, and levels have postings.
        SortKey::CreatedAt | SortKey::Severity | SortKey::Priority => 0,
    }
}
