//! Entries as they are sent, and what is refused of them.

use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;

use super::csv::{ColumnError, ColumnFault, Delimiter, MAX_FAULTS, read_column};
use crate::request::{FieldFault, Invalid};
use domain::text::{is_stray, lines, trimmed};
use engine::list::{ListChangeError, MAX_ENTRIES};

/// The most characters of an entry.
const MAX_CHARACTERS: usize = 500;

/// Entries that were sent, in one of their forms.
#[derive(Clone, Debug)]
pub enum SentEntries {
    /// One by one.
    Items(Vec<String>),
    /// A text with one entry on each line, in UTF-8.
    Lines(Bytes),
    /// A CSV file with the entries in one of its columns.
    Csv {
        /// The file, in UTF-8.
        file: Bytes,
        /// The name of the column. It may be left out where the column is the only one, or the only one named `entry`,
        /// `value` or `id`.
        column: Option<String>,
        /// What stands between cells.
        delimiter: Delimiter,
    },
}

/// Entries that a list can have: each once, none empty, without white space and invisible characters at their ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entries {
    /// In the order of their bytes.
    pub entries: BTreeSet<String>,
    /// The column that had them, where they came as CSV.
    pub column: Option<String>,
    /// Whether nothing was sent in a form that cannot be empty by accident.
    pub is_empty_on_purpose: bool,
}

/// Why entries cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum EntriesError {
    /// The text is not UTF-8.
    #[error("the body is not UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// It is not clear which column has them.
    #[error("{0}")]
    Column(String),
    /// Some cannot be entries.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There are too many.
    #[error(transparent)]
    TooMany(ListChangeError),
}

impl SentEntries {
    /// Reads them. Long ones take a while.
    ///
    /// # Errors
    /// Where the text is not UTF-8, or entries cannot be taken: then none is.
    pub fn read(self) -> Result<Entries, EntriesError> {
        match self {
            Self::Items(items) => Ok(Entries {
                entries: checked_items("", &items)?,
                column: None,
                is_empty_on_purpose: items.is_empty(),
            }),
            Self::Lines(bytes) => {
                let lines = lines(text(&bytes)?);
                Ok(Entries {
                    entries: checked(lines.map(|(line, entry)| (Place::Line(line), entry)))?,
                    column: None,
                    is_empty_on_purpose: false,
                })
            }
            Self::Csv {
                file,
                column,
                delimiter,
            } => {
                let column = read_column(&file, column.as_deref(), delimiter)?;
                let cells = column.cells.iter();
                let cells = cells.map(|(line, cell)| (Place::Line(*line), &**cell));
                Ok(Entries {
                    entries: checked(cells)?,
                    column: Some(column.name),
                    is_empty_on_purpose: false,
                })
            }
        }
    }
}

/// Text without the byte order mark with which programs that export lists like to begin.
fn text(bytes: &[u8]) -> Result<&str, EntriesError> {
    let text = std::str::from_utf8(bytes).map_err(|_| EntriesError::NotUtf8)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug)]
enum Place<'p> {
    /// On a line, from 1.
    Line(u64),
    /// In an array of this name, from 0.
    Item(&'p str, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(out, "line {line}"),
            Self::Item(array, index) => write!(out, "{array}[{index}]"),
        }
    }
}

/// Trims entries that are to be removed. Those that an earlier release stored with invisible characters are found, too.
pub(super) fn entries_to_remove(entries: &[String]) -> BTreeSet<String> {
    let both = entries
        .iter()
        .flat_map(|entry| [entry.trim(), trimmed(entry)]);
    let both = both.filter(|entry| !entry.is_empty());
    both.map(str::to_owned).collect()
}

/// Trims entries and drops empty ones. `array` names the member that has them, or is empty.
///
/// # Errors
/// Where there are too many, or some cannot be entries.
pub(super) fn checked_items(
    array: &str,
    entries: &[String],
) -> Result<BTreeSet<String>, EntriesError> {
    let entries = entries.iter().map(String::as_str).enumerate();
    checked(entries.map(|(index, entry)| (Place::Item(array, index), entry)))
}

fn checked<'e>(
    entries: impl IntoIterator<Item = (Place<'e>, &'e str)>,
) -> Result<BTreeSet<String>, EntriesError> {
    let mut checked = BTreeSet::new();
    let mut faults = Vec::new();
    for (place, entry) in entries {
        let entry = trimmed(entry);
        match fault_of(entry) {
            Some((reason, detail)) if faults.len() < MAX_FAULTS => faults.push(FieldFault {
                field: place.to_string(),
                reason: reason.to_owned(),
                detail,
            }),
            Some(_) => break,
            None if entry.is_empty() => {}
            None => {
                checked.insert(entry.to_owned());
            }
        }
    }
    if !faults.is_empty() {
        return Err(not_taken(faults).into());
    }
    if checked.len() > MAX_ENTRIES {
        return Err(EntriesError::TooMany(ListChangeError::TooManyEntries));
    }
    Ok(checked)
}

/// Why a text cannot be an entry.
fn fault_of(entry: &str) -> Option<(&'static str, String)> {
    if entry.chars().count() > MAX_CHARACTERS {
        let detail = format!("an entry has at most {MAX_CHARACTERS} characters");
        return Some(("too_long", detail));
    }
    if entry.contains(['\n', '\r', '\0']) {
        let detail = "an entry has no line break and no NUL in it".to_owned();
        return Some(("invalid_character", detail));
    }
    if let Some(stray) = entry.chars().find(|character| is_stray(*character)) {
        let detail = format!(
            "an entry does not contain the invisible character U+{:04X}, with which no text would match it",
            u32::from(stray)
        );
        return Some(("invalid_character", detail));
    }
    None
}

/// That nothing was changed, with the first faults.
fn not_taken(faults: Vec<FieldFault>) -> Invalid {
    let mut detail = "nothing was changed, since some entries cannot be taken".to_owned();
    if let Some(first) = faults.first() {
        detail = format!("{detail}; the first at {}: {}", first.field, first.detail);
    }
    Invalid { detail, faults }
}

impl From<ColumnError> for EntriesError {
    fn from(error: ColumnError) -> Self {
        let fault = |ColumnFault { line, detail }| FieldFault {
            field: Place::Line(line).to_string(),
            reason: "malformed".to_owned(),
            detail,
        };
        match error {
            ColumnError::Column(detail) => Self::Column(detail),
            ColumnError::Rows(faults) => not_taken(faults.into_iter().map(fault).collect()).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::csv::write_column;
    use super::*;

    fn lines_of(text: &str) -> SentEntries {
        SentEntries::Lines(Bytes::from(text.to_owned()))
    }

    fn csv(text: &str) -> SentEntries {
        SentEntries::Csv {
            file: Bytes::from(text.to_owned()),
            column: None,
            delimiter: Delimiter::default(),
        }
    }

    fn items(items: &[&str]) -> SentEntries {
        SentEntries::Items(items.iter().map(|it| (*it).to_owned()).collect())
    }

    #[test]
    fn entries_are_trimmed_and_none_is_empty() {
        let check = |entries: &[&str], expect: Option<&[&str]>| {
            let found = items(entries).read().ok().map(|found| found.entries);
            let expect = expect.map(|it| it.iter().map(|it| (*it).to_owned()).collect());
            assert_eq!(found, expect, "{entries:?}");
        };
        check(&[" IR\t", "", "KP", "IR", "  "], Some(&["IR", "KP"]));
        check(&["\u{feff}IR\u{200b}", "\u{200b}"], Some(&["IR"]));
        check(&["I\u{200b}R"], None);
        check(
            &["\u{1f600}\u{200d}\u{1f600}"],
            Some(&["\u{1f600}\u{200d}\u{1f600}"]),
        );
        check(&[], Some(&[]));
        check(&["two\nlines"], None);
        check(&[&"ü".repeat(500)], Some(&[&"ü".repeat(500)]));
        check(&[&"x".repeat(501)], None);
    }

    #[test]
    fn faults_say_where_they_are() {
        let check = |sent: SentEntries, expect: &[&str]| {
            let EntriesError::Invalid(invalid) = sent.read().expect_err("faults") else {
                panic!("entries that cannot be taken, expected at {expect:?}");
            };
            let found: Vec<&str> = invalid.faults.iter().map(|it| &*it.field).collect();
            assert_eq!(found, expect);
        };
        let long = "x".repeat(501);
        check(
            lines_of(&format!("IR\r\r{long}\ra\u{200b}b")),
            &["line 3", "line 4"],
        );
        check(items(&["IR", &long]), &["[1]"]);
        check(
            csv(&format!("id\nIR\n\"a\nb\"\n{long}")),
            &["line 3", "line 5"],
        );
        check(csv("id,x\nIR"), &["line 2"]);
    }

    #[test]
    fn only_an_array_is_empty_on_purpose() {
        let check = |sent: SentEntries, expect: bool| {
            let found = sent.read().expect("entries");
            assert_eq!(found.is_empty_on_purpose, expect, "{found:?}");
        };
        check(items(&[]), true);
        check(items(&[" "]), false);
        check(lines_of("\n\n"), false);
        check(csv("id\n"), false);
    }

    #[test]
    fn csv_is_read_back_as_it_is_written() {
        let entries = ["=1+1", "a \"b\", c", "a\u{202e}\u{1f600}", ",", "\""];
        let file = format!("\u{feff}{}", write_column(entries.into_iter()));
        let read = csv(&file).read().expect("good CSV");
        let expect: BTreeSet<String> = entries.map(str::to_owned).into();
        assert_eq!(
            (read.entries, read.column.as_deref()),
            (expect, Some("entry"))
        );
    }
}
