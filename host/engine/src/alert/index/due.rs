//! When alerts are due: the rows of each hour, so that what is overdue is found without a look at every alert.

use std::collections::BTreeMap;
use std::ops::Bound;

use domain::time::Timestamp;
use roaring::RoaringBitmap;

use super::row::Rows;
use super::row_sets::bitmap_bytes;

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// The rows that are due at some time.
#[derive(Debug, Default)]
pub(super) struct DueDates {
    /// The rows that are due in each hour, counted from 1970; none is empty.
    by_hour: BTreeMap<i64, RoaringBitmap>,
    /// The rows of all hours.
    dated: RoaringBitmap,
}

impl DueDates {
    /// Takes in that a row is due at another time than before.
    pub(super) fn replace(
        &mut self,
        row: u32,
        before: Option<Timestamp>,
        after: Option<Timestamp>,
    ) {
        if before == after {
            return;
        }
        if let Some(before) = before.map(hour_of)
            && let Some(rows) = self.by_hour.get_mut(&before)
        {
            rows.remove(row);
            if rows.is_empty() {
                self.by_hour.remove(&before);
            }
        }
        match after {
            Some(after) => {
                self.by_hour.entry(hour_of(after)).or_default().insert(row);
                self.dated.insert(row);
            }
            None => {
                self.dated.remove(row);
            }
        }
    }

    /// The rows that are due before a moment.
    pub(super) fn before(&self, moment: Timestamp, rows: &Rows) -> RoaringBitmap {
        let last = hour_of(moment);
        let whole = self.by_hour.range(..last).map(|(_, due)| due);
        let mut due = roaring::MultiOps::union(whole);
        let begun = self.by_hour.get(&last).into_iter().flatten();
        let is_due = |row: &u32| rows[*row].due_date().is_some_and(|at| at < moment);
        due.extend(begun.filter(is_due));
        due
    }

    /// The rows that are due at some time.
    pub(super) fn dated(&self) -> &RoaringBitmap {
        &self.dated
    }

    /// The rows of each hour from that of a moment on, or of all hours, in rising or falling order.
    pub(super) fn hours(
        &self,
        from: Option<Timestamp>,
        descending: bool,
    ) -> Box<dyn Iterator<Item = &RoaringBitmap> + '_> {
        let from = from.map_or(Bound::Unbounded, |from| Bound::Included(hour_of(from)));
        match descending {
            true => Box::new(
                self.by_hour
                    .range((Bound::Unbounded, from))
                    .rev()
                    .map(rows_of),
            ),
            false => Box::new(self.by_hour.range((from, Bound::Unbounded)).map(rows_of)),
        }
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let hours = self.by_hour.values().map(|rows| 48 + bitmap_bytes(rows));
        hours.sum::<usize>() + bitmap_bytes(&self.dated)
    }
}

fn rows_of<'d>((_, rows): (&i64, &'d RoaringBitmap)) -> &'d RoaringBitmap {
    rows
}

/// The hour of a moment, counted from 1970.
fn hour_of(moment: Timestamp) -> i64 {
    moment.as_micros().div_euclid(HOUR)
}
