//! The texts of recent rows, read where they lie.

use crate::row::{FromInput, TextColumn, Values};

/// The texts of one string field in the rows of `recent`, newest first.
///
/// They say the same as a `Vec<&str>`, and are read where they lie: with many rows that costs a fraction.
///
/// ```
/// use vervet_sdk::{Inputs, RecentTexts};
///
/// #[derive(Inputs)]
/// struct Seen<'a> {
///     counterparty: &'a str,
///     #[input(recent("counterparty"), over = "90d", limit = 1000)]
///     counterparties: RecentTexts<'a>,
/// }
///
/// let seen = Seen {
///     counterparty: "dora",
///     counterparties: RecentTexts::from(&["anna", "bert"][..]),
/// };
/// assert!(!seen.counterparties.contains(seen.counterparty));
/// assert_eq!(seen.counterparties.iter().next(), Some("anna"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RecentTexts<'a>(Source<'a>);

#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    /// Those from the first index on, up to the second.
    Column(TextColumn<'a>, usize, usize),
    Given(&'a [&'a str]),
}

impl<'a> RecentTexts<'a> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self.0 {
            Source::Column(_, start, end) => end - start,
            Source::Given(texts) => texts.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (in_column, given) = match self.0 {
            Source::Column(texts, start, end) => (Some((texts, start..end)), &[][..]),
            Source::Given(texts) => (None, texts),
        };
        let in_column = in_column.into_iter();
        in_column
            .flat_map(|(texts, rows)| rows.map(move |row| texts.get(row)))
            .chain(given.iter().copied())
    }

    /// Whether one of them is this text.
    pub fn contains(&self, text: &str) -> bool {
        match self.0 {
            Source::Column(texts, start, end) => texts.any_is(start..end, text),
            Source::Given(texts) => texts.contains(&text),
        }
    }
}

/// For tests of rules: these, newest first.
impl<'a> From<&'a [&'a str]> for RecentTexts<'a> {
    fn from(texts: &'a [&'a str]) -> Self {
        Self(Source::Given(texts))
    }
}

impl<'a> FromInput<'a> for RecentTexts<'a> {
    const WANTED: &'static str = "rows of one string field";

    #[inline]
    fn read(values: &'a Values<'a>, row: usize) -> Option<Self> {
        let (rows, columns) = values.rows(row)?;
        match columns {
            [Values::Texts(texts)] => Some(Self(Source::Column(*texts, rows.start, rows.end))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &[&str], rows: std::ops::Range<u32>) {
        let bytes = texts.concat();
        let mut end = 0;
        let ends = texts.iter().map(|text| {
            end += text.len() as u32;
            end
        });
        let ends: Vec<u32> = ends.collect();
        let column = TextColumn::new(bytes.as_bytes(), &ends).expect("UTF-8");
        let values = Values::Rows {
            ends: &[rows.start, rows.end],
            columns: vec![Values::Texts(column)],
        };
        let read = RecentTexts::read(&values, 1).expect("texts");
        let expect = &texts[rows.start as usize..rows.end as usize];
        for read in [read, RecentTexts::from(expect)] {
            assert_eq!(read.iter().collect::<Vec<_>>(), expect);
            assert_eq!(
                (read.len(), read.is_empty()),
                (expect.len(), expect.is_empty())
            );
            for text in texts.iter().chain(&["", "x", "account-000000019"]) {
                assert_eq!(
                    read.contains(text),
                    expect.contains(text),
                    "{text:?} in {expect:?}"
                );
            }
        }
    }

    #[test]
    fn they_say_what_a_list_of_them_says() {
        let texts = [
            "anna",
            "",
            "account-000000012",
            "account-000000112",
            "bccount-000000112",
            "žluťoučký kůň",
            "anna",
        ];
        for start in 0..=texts.len() as u32 {
            for end in start..=texts.len() as u32 {
                check(&texts, start..end);
            }
        }
    }

    #[test]
    fn other_rows_are_refused() {
        let numbers = Values::Rows {
            ends: &[1],
            columns: vec![Values::Floats(&[1.0])],
        };
        assert!(RecentTexts::read(&numbers, 0).is_none());
        assert!(RecentTexts::read(&Values::Floats(&[1.0]), 0).is_none());
    }
}
