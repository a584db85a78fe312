//! One value of each of some neighbouring rows, side by side.

use std::ops::Range;

use super::batch::push_view;
use super::moments::Moments;
use super::value::{Kept, View};
use crate::column::{self, Column, time_to_column};
use crate::time::Timestamp;

/// The values of a field in the rows of a chunk, as small as their type allows.
///
/// Rows whose schemas lack the field, or give it another type, make the whole `Mixed`.
#[derive(Clone, Debug)]
pub(super) enum Cells {
    Floats(Vec<f64>),
    Integers(Vec<i64>),
    Times(Vec<Option<Timestamp>>),
    Booleans(Vec<bool>),
    Texts(Texts),
    Mixed(Vec<Kept>),
}

/// Texts, of which most come again: each row says which of the different ones it has.
///
/// The different ones lie end to end, so that whoever reads many of a chunk's rows waits for few pieces of memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    /// Mostly different: where a text was not seen for a while, it may be here twice.
    different: String,
    /// Where each of the different ones ends, in bytes.
    ends: Vec<u32>,
    /// A chunk has fewer rows than this can tell apart.
    of_row: Vec<u8>,
}

impl Texts {
    /// The place of a text among the different ones.
    fn place(&mut self, text: &str) -> u8 {
        /// Where texts never come again, looking for them should cost next to nothing.
        const LOOKED_AT: usize = 4;
        let all = self.ends.len();
        let mut newest = (all.saturating_sub(LOOKED_AT)..all).rev();
        let place = newest.find(|&place| self.different(place) == text);
        let place = place.unwrap_or_else(|| {
            self.different.push_str(text);
            self.ends.push(self.different.len() as u32);
            all
        });
        place as u8
    }

    fn different(&self, place: usize) -> &str {
        &self.different[self.bytes_of(place)]
    }

    fn bytes_of(&self, place: usize) -> Range<usize> {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[place] as usize
    }

    fn get(&self, row: usize) -> &str {
        self.different(usize::from(self.of_row[row]))
    }

    /// Appends the texts of some rows, the newest first.
    fn append_newest_first(&self, rows: Range<usize>, to: &mut column::Texts) {
        let different = self.different.as_bytes();
        to.ends.reserve(rows.len());
        for &place in self.of_row[rows].iter().rev() {
            let text = &different[self.bytes_of(usize::from(place))];
            to.bytes.extend_from_slice(text);
            to.ends.push(to.bytes.len() as u32);
        }
    }

    /// Takes the rows from `row` on away; each half keeps its own texts alone.
    fn split_off(&mut self, row: usize) -> Self {
        let whole = std::mem::take(self);
        let mut upper = Self::default();
        for index in 0..whole.of_row.len() {
            let half = if index < row { &mut *self } else { &mut upper };
            let place = half.place(whole.get(index));
            half.of_row.push(place);
        }
        upper
    }

    fn heap_bytes(&self) -> usize {
        self.different.capacity() + self.ends.capacity() * size_of::<u32>() + self.of_row.capacity()
    }
}

impl Cells {
    /// Without rows, for values like this one.
    pub(super) fn like(value: View<'_>) -> Self {
        match value {
            View::Missing => Self::Mixed(Vec::new()),
            View::Float(_) => Self::Floats(Vec::new()),
            View::Integer(_) => Self::Integers(Vec::new()),
            View::Time(_) => Self::Times(Vec::new()),
            View::Boolean(_) => Self::Booleans(Vec::new()),
            View::Text(_) => Self::Texts(Texts::default()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Times(values) => values.len(),
            Self::Booleans(values) => values.len(),
            Self::Texts(texts) => texts.of_row.len(),
            Self::Mixed(values) => values.len(),
        }
    }

    /// Reads the newest values; with a later step the texts, too.
    pub(super) fn touch(&self, step: usize) -> usize {
        match (self, step) {
            (Self::Floats(values), 2) => values.last().map_or(0, |it| usize::from(*it > 0.0)),
            (Self::Integers(values), 2) => values.last().map_or(0, |it| usize::from(*it > 0)),
            (Self::Texts(texts), 2) => {
                let newest = texts.of_row.last().copied().unwrap_or(0);
                usize::from(newest) + texts.ends.last().map_or(0, |end| *end as usize)
            }
            (Self::Texts(texts), _) => {
                /// Memory comes in pieces of so many bytes.
                const PIECE: usize = 64;
                let pieces = texts.different.as_bytes().iter().step_by(PIECE);
                pieces.map(|byte| usize::from(*byte)).sum()
            }
            _ => 0,
        }
    }

    /// Puts a value before that of `row`.
    pub(super) fn insert(&mut self, row: usize, value: View<'_>) {
        match (&mut *self, value) {
            (Self::Floats(values), View::Float(number)) => values.insert(row, number),
            (Self::Integers(values), View::Integer(integer)) => values.insert(row, integer),
            (Self::Times(values), View::Time(moment)) => values.insert(row, moment),
            (Self::Booleans(values), View::Boolean(truth)) => values.insert(row, truth),
            (Self::Texts(texts), View::Text(text)) => {
                let place = texts.place(text);
                texts.of_row.insert(row, place);
            }
            (Self::Mixed(values), value) => values.insert(row, Kept::new(value)),
            _ => {
                let mixed = (0..self.len()).map(|row| Kept::new(self.view(row)));
                let mut mixed: Vec<Kept> = mixed.collect();
                mixed.insert(row, Kept::new(value));
                *self = Self::Mixed(mixed);
            }
        }
    }

    /// The value of a row.
    pub(super) fn view(&self, row: usize) -> View<'_> {
        match self {
            Self::Floats(values) => View::Float(values[row]),
            Self::Integers(values) => View::Integer(values[row]),
            Self::Times(values) => View::Time(values[row]),
            Self::Booleans(values) => View::Boolean(values[row]),
            Self::Texts(texts) => View::Text(texts.get(row)),
            Self::Mixed(values) => values[row].view(),
        }
    }

    /// Adds the numbers of some rows to moments.
    pub(super) fn measure(&self, rows: Range<usize>, into: &mut Moments) {
        match self {
            Self::Floats(values) => values[rows].iter().for_each(|it| into.add_float(*it)),
            Self::Integers(values) => values[rows].iter().for_each(|it| into.add_integer(*it)),
            Self::Mixed(values) => values[rows].iter().for_each(|it| into.add(it.view())),
            Self::Times(_) | Self::Booleans(_) | Self::Texts(_) => {}
        }
    }

    /// Appends the values of some rows to a column of inputs, the newest first.
    pub(super) fn append_newest_first(&self, rows: Range<usize>, to: &mut Column) {
        match (self, to) {
            (Self::Floats(values), Column::Floats(to)) => to.extend(values[rows].iter().rev()),
            (Self::Integers(values), Column::Integers(to)) => to.extend(values[rows].iter().rev()),
            (Self::Booleans(values), Column::Booleans(to)) => to.extend(values[rows].iter().rev()),
            (Self::Times(values), Column::Times(to)) => {
                to.extend(values[rows].iter().rev().map(|it| time_to_column(*it)));
            }
            (Self::Texts(texts), Column::Texts(to)) => texts.append_newest_first(rows, to),
            // Another type than the plan was bound to, or a field that some rows lack.
            (_, to) => rows.rev().for_each(|row| push_view(to, self.view(row))),
        }
    }

    /// Takes the rows from `row` on away.
    pub(super) fn split_off(&mut self, row: usize) -> Self {
        match self {
            Self::Floats(values) => Self::Floats(values.split_off(row)),
            Self::Integers(values) => Self::Integers(values.split_off(row)),
            Self::Times(values) => Self::Times(values.split_off(row)),
            Self::Booleans(values) => Self::Booleans(values.split_off(row)),
            Self::Texts(texts) => Self::Texts(texts.split_off(row)),
            Self::Mixed(values) => Self::Mixed(values.split_off(row)),
        }
    }

    /// Bytes beyond the value itself.
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Floats(values) => values.capacity() * size_of::<f64>(),
            Self::Integers(values) => values.capacity() * size_of::<i64>(),
            Self::Times(values) => values.capacity() * size_of::<Option<Timestamp>>(),
            Self::Booleans(values) => values.capacity(),
            Self::Texts(texts) => texts.heap_bytes(),
            Self::Mixed(values) => {
                let texts: usize = values.iter().map(Kept::heap_bytes).sum();
                values.capacity() * size_of::<Kept>() + texts
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Cell;

    fn cells(values: &[View<'_>]) -> Cells {
        let mut cells = Cells::like(values[0]);
        for (row, value) in values.iter().enumerate() {
            cells.insert(row, *value);
        }
        cells
    }

    fn check(cells: &Cells, expect: &[View<'_>]) {
        let found: Vec<View<'_>> = (0..cells.len()).map(|row| cells.view(row)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn texts_that_come_again_are_kept_once() {
        let texts = ["a", "b", "a", "c", "b", "a"].map(View::Text);
        let mut of_texts = cells(&texts);
        check(&of_texts, &texts);
        assert!(matches!(&of_texts, Cells::Texts(texts) if texts.different == "abc"));
        let upper = of_texts.split_off(3);
        check(&of_texts, &texts[..3]);
        check(&upper, &texts[3..]);
        assert!(matches!(&of_texts, Cells::Texts(texts) if texts.different == "ab"));

        let mut column = Column::Texts(column::Texts::default());
        upper.append_newest_first(0..2, &mut column);
        let found = [column.cell(0), column.cell(1)];
        assert_eq!(found, ["b", "c"].map(|text| Cell::Text(text.into())));
    }

    #[test]
    fn a_chunk_full_of_different_texts_tells_them_apart() {
        let texts: Vec<String> = (0..129).map(|number| number.to_string()).collect();
        let views: Vec<View<'_>> = texts.iter().map(|text| View::Text(text)).collect();
        check(&cells(&views), &views);
    }

    #[test]
    fn rows_that_lack_the_field_are_kept_beside_others() {
        let values = [
            View::Float(1.5),
            View::Missing,
            View::Float(2.0),
            View::Text("x"),
        ];
        let mut mixed = cells(&values);
        check(&mixed, &values);
        let mut column = Column::Floats(Vec::new());
        mixed.append_newest_first(0..4, &mut column);
        assert_eq!(column, Column::Floats(vec![0.0, 2.0, 0.0, 1.5]));
        let upper = mixed.split_off(2);
        check(&upper, &values[2..]);
    }
}
