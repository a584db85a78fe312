//! The rows of a key that has few of them.

use super::batch::push_view;
use super::chunk::{Shape, Stamp};
use super::many::ManyRows;
use super::moments::Moments;
use super::rows::{read_value, write_value};
use super::series::Span;
use super::value::{Known, View};
use crate::column::Column;
use crate::time::Timestamp;

/// Rows in order of time, one after the other in one piece of memory, of which all are looked at.
///
/// ```text
/// row   date_time, microseconds, 7 bytes │ sequence, 5 bytes │ length of the values, 1 byte │ values, as an index keeps them
/// ```
///
/// Numbers are little endian. What does not fit into them is kept as many rows are.
#[derive(Clone, Debug, Default)]
pub(super) struct FewRows {
    bytes: Vec<u8>,
    /// Where the last row is.
    last: u16,
    count: u8,
}

/// What a row takes besides its values, in bytes.
const HEAD: usize = 7 + 5 + 1;

/// What goes before a row's values; `None` where something does not fit.
fn head(stamp: Stamp, length: usize) -> Option<[u8; HEAD]> {
    let at = stamp.at.as_micros();
    let sequence = stamp.sequence;
    if at << 8 >> 8 != at || sequence >> 40 != 0 {
        return None;
    }
    let [a, b, c, d, e, f, g, _] = at.to_le_bytes();
    let [s, t, u, v, w, ..] = sequence.to_le_bytes();
    let length = u8::try_from(length).ok()?;
    Some([a, b, c, d, e, f, g, s, t, u, v, w, length])
}

/// One row.
#[derive(Clone, Copy)]
struct Row<'r> {
    stamp: Stamp,
    values: &'r [u8],
}

impl<'r> Row<'r> {
    /// The first of some rows.
    fn first(bytes: &'r [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
        let [a, b, c, d, e, f, g, s, t, u, v, w, length] = *head;
        // Shifted back and forth, so that the sign is that of the highest byte.
        let at = i64::from_le_bytes([0, a, b, c, d, e, f, g]) >> 8;
        Some(Self {
            stamp: Stamp {
                at: Timestamp::from_micros(at),
                sequence: u64::from_le_bytes([s, t, u, v, w, 0, 0, 0]),
            },
            values: rest.get(..usize::from(length))?,
        })
    }

    fn length(&self) -> usize {
        HEAD + self.values.len()
    }

    fn views(mut self) -> impl Iterator<Item = View<'r>> {
        std::iter::from_fn(move || read_value(&mut self.values))
    }

    fn view(self, cell: usize) -> View<'r> {
        self.views().nth(cell).unwrap_or(View::Missing)
    }
}

impl FewRows {
    /// More rows are many.
    const MOST: usize = 16;

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut rest = &self.bytes[..];
        std::iter::from_fn(move || {
            let row = Row::first(rest)?;
            rest = &rest[row.length()..];
            Some(row)
        })
    }

    fn within(&self, span: Span) -> impl Iterator<Item = Row<'_>> {
        self.rows()
            .skip_while(move |row| row.stamp.at <= span.from)
            .take_while(move |row| row.stamp.at <= span.to)
    }

    fn last(&self) -> Option<Stamp> {
        let last = self.bytes.get(usize::from(self.last)..)?;
        Row::first(last).map(|row| row.stamp)
    }

    /// Puts a row in its place; one that is there already changes nothing. False where it would be one too many.
    pub(super) fn insert<'t>(
        &mut self,
        stamp: Stamp,
        width: usize,
        value: impl Fn(usize) -> View<'t>,
    ) -> bool {
        /// Enough for a row or two.
        const ROOM: usize = 64;
        let place = match self.last() {
            Some(last) if last >= stamp => self.place(stamp),
            _ => self.bytes.len(),
        };
        if Row::first(&self.bytes[place..]).is_some_and(|row| row.stamp == stamp) {
            return true;
        }
        if usize::from(self.count) == Self::MOST {
            return false;
        }
        let end = self.bytes.len();
        if self.bytes.capacity() - end < HEAD + 9 * width {
            self.bytes.reserve_exact(ROOM.max(end / 2));
        }
        self.bytes.extend_from_slice(&[0; HEAD]);
        (0..width).for_each(|cell| write_value(value(cell), &mut self.bytes));
        let length = self.bytes.len() - end;
        let Some(head) = head(stamp, length - HEAD) else {
            self.bytes.truncate(end);
            return false;
        };
        self.bytes[end..end + HEAD].copy_from_slice(&head);
        self.bytes[place..].rotate_right(length);
        self.last = match place == end {
            true => end as u16,
            false => self.last + length as u16,
        };
        self.count += 1;
        true
    }

    /// Where the first row begins that is not before a stamp; one of the rows is not.
    fn place(&self, stamp: Stamp) -> usize {
        let before = self.rows().take_while(|row| row.stamp < stamp);
        before.map(|row| row.length()).sum()
    }

    /// The same rows, and room for more.
    pub(super) fn to_many(&self, shape: &Shape, tallied: &[usize]) -> ManyRows {
        let mut many = ManyRows::new(tallied.len());
        for row in self.rows() {
            let views: Vec<View<'_>> = row.views().collect();
            many.insert(row.stamp, |cell| views[cell], shape, tallied);
        }
        many
    }

    /// When the last row happened.
    pub(super) fn ends(&self) -> Option<Timestamp> {
        self.last().map(|last| last.at)
    }

    /// As [`Series::measure`](super::series::Series::measure).
    pub(super) fn measure(
        &self,
        span: Span,
        shape: &Shape,
        wanted: &[usize],
        into: &mut [Moments],
    ) -> u64 {
        let mut total = 0;
        for row in self.within(span) {
            total += 1;
            if wanted.is_empty() {
                continue;
            }
            for (cell, view) in row.views().enumerate() {
                for (&measure, moments) in wanted.iter().zip(&mut *into) {
                    if shape.measures[measure].cell == cell {
                        moments.add(view);
                    }
                }
            }
        }
        total
    }

    /// As [`Series::distinct`](super::series::Series::distinct).
    pub(super) fn distinct(&self, span: Span, cell: usize) -> i64 {
        let mut seen = [Known::Bits(0); Self::MOST];
        let mut count = 0;
        for value in self.within(span).filter_map(|row| row.view(cell).known()) {
            if !seen[..count].contains(&value) {
                seen[count] = value;
                count += 1;
            }
        }
        count as i64
    }

    /// As [`Series::append_newest`](super::series::Series::append_newest).
    pub(super) fn append_newest(
        &self,
        span: Span,
        limit: usize,
        cells: &[usize],
        to: &mut [Column],
    ) -> usize {
        let mut rows = [None; Self::MOST];
        let mut count = 0;
        for row in self.within(span) {
            rows[count] = Some(row);
            count += 1;
        }
        for row in rows[..count].iter().rev().take(limit).flatten() {
            for (column, &cell) in to.iter_mut().zip(cells) {
                push_view(column, row.view(cell));
            }
        }
        count.min(limit)
    }

    /// As [`Series::touch`](super::series::Series::touch).
    pub(super) fn touch(&self, step: usize) -> usize {
        /// Memory comes in pieces of so many bytes.
        const PIECE: usize = 64;
        let pieces = self.bytes.iter().step_by(PIECE);
        match step {
            0 => pieces.map(|byte| usize::from(*byte)).sum(),
            _ => 0,
        }
    }

    /// Bytes beyond the value itself.
    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(seconds: i64, sequence: u64) -> Stamp {
        Stamp {
            at: Timestamp::from_micros(seconds * 1_000_000),
            sequence,
        }
    }

    fn insert(few: &mut FewRows, seconds: i64, sequence: u64, text: &str) -> bool {
        let values = [View::Integer(seconds), View::Text(text)];
        few.insert(stamp(seconds, sequence), 2, |cell| values[cell])
    }

    #[track_caller]
    fn check(few: &FewRows, expect: &[(i64, u64, &str)]) {
        let rows = few.rows().map(|row| {
            let View::Text(text) = row.view(1) else {
                panic!("a text was kept");
            };
            (
                row.stamp.at.as_micros() / 1_000_000,
                row.stamp.sequence,
                text,
            )
        });
        assert_eq!(rows.collect::<Vec<_>>(), expect);
        let last = expect.last().map(|(at, sequence, _)| stamp(*at, *sequence));
        assert_eq!(few.last(), last);
        assert_eq!(usize::from(few.count), expect.len());
    }

    #[test]
    fn rows_are_in_order_whatever_order_they_come_in() {
        let mut few = FewRows::default();
        check(&few, &[]);
        for (seconds, sequence, text) in [(5, 1, "a"), (9, 2, ""), (5, 0, "bc"), (-1, 3, "d")] {
            assert!(insert(&mut few, seconds, sequence, text));
        }
        check(&few, &[(-1, 3, "d"), (5, 0, "bc"), (5, 1, "a"), (9, 2, "")]);
        assert!(insert(&mut few, 5, 0, "again"));
        assert!(insert(&mut few, 9, 2, "again"));
        check(&few, &[(-1, 3, "d"), (5, 0, "bc"), (5, 1, "a"), (9, 2, "")]);
    }

    #[test]
    fn too_many_rows_and_too_long_ones_are_refused_and_nothing_is_lost() {
        let mut few = FewRows::default();
        assert!(!insert(&mut few, 0, 0, &"x".repeat(300)));
        assert!(!insert(&mut few, i64::MAX / 1_000_000, 0, ""));
        assert!(!insert(&mut few, 0, 1 << 40, ""));
        check(&few, &[]);
        for seconds in 1..=FewRows::MOST as i64 {
            assert!(insert(&mut few, seconds, 0, ""));
        }
        assert!(!insert(&mut few, 0, 0, ""));
        assert!(insert(&mut few, 1, 0, ""), "it is there already");
        assert_eq!(few.rows().count(), FewRows::MOST);
    }
}
