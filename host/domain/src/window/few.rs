//! The rows of a key that has few of them.

use super::batch::push_view;
use super::chunk::{Shape, Stamp};
use super::keys::KeyRows;
use super::many::ManyRows;
use super::moments::Moments;
use super::packed;
use super::series::Span;
use super::value::{Known, View};
use crate::column::Column;
use crate::time::Timestamp;

/// Rows in order of time, one after the other in one piece of memory, of which all are looked at.
///
/// ```text
/// row   date_time, microseconds, 7 bytes │ sequence, 5 bytes │ length of the values, 1 byte │ values (packed.rs)
/// ```
///
/// Numbers are little endian. What does not fit into them is kept as many rows are.
#[derive(Clone, Debug)]
pub(super) struct FewRows {
    bytes: Vec<u8>,
    /// When the last row happened; `MAX` without rows. Whether rows are old is decided by it, and nothing else is read.
    ends: Timestamp,
    /// Where the last row is.
    last: u16,
    count: u8,
}

/// Without rows.
impl Default for FewRows {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            ends: Timestamp::MAX,
            last: 0,
            count: 0,
        }
    }
}

/// What a row takes besides its values, in bytes.
const HEAD: usize = 7 + 5 + 1;
/// The most that a row takes, in bytes.
const MOST_BYTES: usize = HEAD + u8::MAX as usize;

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

/// Room for some bytes, without any that the allocator would round up to: four sizes for each doubling.
fn room(bytes: usize) -> usize {
    const LEAST: usize = 32;
    let step = (bytes.next_power_of_two() / 8).max(LEAST / 2);
    bytes.max(LEAST).next_multiple_of(step)
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct FewRow<'r> {
    pub(super) stamp: Stamp,
    values: &'r [u8],
}

impl<'r> FewRow<'r> {
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
        std::iter::from_fn(move || packed::read(&mut self.values))
    }

    /// One of its values.
    pub(super) fn view(self, cell: usize) -> View<'r> {
        self.views().nth(cell).unwrap_or(View::Missing)
    }
}

impl FewRows {
    /// More rows are many.
    pub(super) const MOST: usize = 16;

    pub(super) fn rows(&self) -> impl Iterator<Item = FewRow<'_>> {
        let mut rest = &self.bytes[..];
        std::iter::from_fn(move || {
            let row = FewRow::first(rest)?;
            rest = &rest[row.length()..];
            Some(row)
        })
    }

    /// The rows of a span, oldest first.
    pub(super) fn within(&self, span: Span) -> impl Iterator<Item = FewRow<'_>> {
        self.rows()
            .skip_while(move |row| row.stamp.at <= span.from)
            .take_while(move |row| row.stamp.at <= span.to)
    }

    fn last(&self) -> Option<Stamp> {
        let last = self.bytes.get(usize::from(self.last)..)?;
        FewRow::first(last).map(|row| row.stamp)
    }

    /// Puts a row in its place; one that is there already changes nothing. False where it would be one too many, or does not
    /// fit.
    pub(super) fn insert<'t>(
        &mut self,
        stamp: Stamp,
        width: usize,
        value: impl Fn(usize) -> View<'t>,
    ) -> bool {
        let place = match self.last() {
            Some(last) if last >= stamp => self.place(stamp),
            _ => self.bytes.len(),
        };
        if FewRow::first(&self.bytes[place..]).is_some_and(|row| row.stamp == stamp) {
            return true;
        }
        if usize::from(self.count) == Self::MOST {
            return false;
        }
        let mut row = [0; MOST_BYTES];
        let mut free = &mut row[HEAD..];
        let is_written = (0..width).all(|cell| packed::write(value(cell), &mut free).is_some());
        let length = MOST_BYTES - free.len();
        let Some(head) = head(stamp, length - HEAD).filter(|_| is_written) else {
            return false;
        };
        row[..HEAD].copy_from_slice(&head);
        let end = self.bytes.len();
        if self.bytes.capacity() - end < length {
            self.bytes.reserve_exact(room(end + length) - end);
        }
        self.bytes.extend_from_slice(&row[..length]);
        self.bytes[place..].rotate_right(length);
        if place == end {
            self.last = end as u16;
            self.ends = stamp.at;
        } else {
            self.last += length as u16;
        }
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

    /// When the last row happened; `MAX` without rows.
    pub(super) fn ends(&self) -> Timestamp {
        self.ends
    }

    /// Bytes beyond the value itself.
    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

impl KeyRows for FewRows {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.heap_bytes()
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn has_old(&self, at: Timestamp) -> bool {
        self.ends <= at
    }

    fn drop_until(&mut self, at: Timestamp) {
        if self.has_old(at) {
            *self = Self::default();
        }
    }

    fn touch(&self, step: usize) -> usize {
        /// Memory comes in pieces of so many bytes.
        const PIECE: usize = 64;
        let pieces = self.bytes.iter().step_by(PIECE);
        match step {
            0 => pieces.map(|byte| usize::from(*byte)).sum(),
            _ => 0,
        }
    }
}

/// How many rows there are; adds the wanted measures of them to `into`, one for one. `place` says where a row has the
/// value of a measure.
pub(super) fn measure<'r>(
    rows: impl Iterator<Item = FewRow<'r>>,
    shape: &Shape,
    wanted: &[usize],
    place: impl Fn(usize) -> usize,
    into: &mut [Moments],
) -> u64 {
    let mut total = 0;
    for row in rows {
        total += 1;
        if wanted.is_empty() {
            continue;
        }
        for (cell, view) in row.views().enumerate() {
            for (&measure, moments) in wanted.iter().zip(&mut *into) {
                if place(shape.measures[measure].cell) == cell {
                    moments.add(view);
                }
            }
        }
    }
    total
}

/// How many different known values rows have in a place.
pub(super) fn distinct<'r>(rows: impl Iterator<Item = FewRow<'r>>, cell: usize) -> i64 {
    let mut seen = [Known::Bits(0); FewRows::MOST];
    let mut count = 0;
    for value in rows.filter_map(|row| row.view(cell).known()) {
        if !seen[..count].contains(&value) {
            seen[count] = value;
            count += 1;
        }
    }
    count as i64
}

/// Appends the last rows to columns, the last one first, and says how many: of each the values that `cells` names, one for
/// each column. `place` says where a row has them.
pub(super) fn append_newest<'r>(
    all: impl Iterator<Item = FewRow<'r>>,
    limit: usize,
    cells: &[usize],
    place: impl Fn(usize) -> usize,
    to: &mut [Column],
) -> usize {
    let mut rows = [None; FewRows::MOST];
    let mut count = 0;
    for row in all {
        rows[count] = Some(row);
        count += 1;
    }
    for row in rows[..count].iter().rev().take(limit).flatten() {
        for (column, &cell) in to.iter_mut().zip(cells) {
            push_view(column, row.view(place(cell)));
        }
    }
    count.min(limit)
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
        let ends = expect
            .last()
            .map(|(at, ..)| Timestamp::from_micros(at * 1_000_000));
        assert_eq!(few.ends(), ends.unwrap_or(Timestamp::MAX));
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
