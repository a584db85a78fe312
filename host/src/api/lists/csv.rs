//! A column of a CSV file (RFC 4180; lines may end in LF alone), read strictly: what a list would lose without a
//! word, such as rows behind a quote that is not closed, is a fault.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Deserialize;

/// The names of a column that need not be said, where a file has several.
const COLUMN_NAMES: [&str; 3] = ["entry", "value", "id"];

/// The most faults that are told of a file.
pub(super) const MAX_FAULTS: usize = 20;

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub(super) enum Delimiter {
    #[default]
    #[serde(rename = ",")]
    Comma,
    #[serde(rename = ";")]
    Semicolon,
    #[serde(rename = "tab")]
    Tab,
}

impl Delimiter {
    fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    /// As the query has it.
    fn name(self) -> &'static str {
        match self {
            Self::Comma => ",",
            Self::Semicolon => ";",
            Self::Tab => "tab",
        }
    }
}

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CsvError {
    /// No column is the one, and what to do about it.
    Column(String),
    /// Rows that cannot be read.
    Rows(Vec<RowFault>),
}

/// A row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowFault {
    /// The line where it begins, from 1.
    pub(super) line: u64,
    pub(super) detail: String,
}

/// A column of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column<'t> {
    /// As the header names it.
    pub(super) name: String,
    /// Each cell with the line where its row begins; none of empty rows.
    pub(super) cells: Vec<(u64, Cow<'t, str>)>,
}

/// Reads one column of a file: the named one, the only one, or the one of a name that need not be said.
///
/// # Errors
/// Where it is not clear which, or rows cannot be read: then nothing is to be taken.
pub(super) fn read_column<'t>(
    text: &'t str,
    column: Option<&str>,
    delimiter: Delimiter,
) -> Result<Column<'t>, CsvError> {
    let mut rows = Rows {
        rest: text,
        line: 1,
        delimiter: delimiter.byte(),
    };
    let header = match rows.next() {
        None => {
            return Err(CsvError::Column(
                "the file is empty, without a header".to_owned(),
            ));
        }
        Some(Err(fault)) => return Err(CsvError::Rows(vec![fault])),
        Some(Ok((_, header))) => header,
    };
    let names: Vec<&str> = header.iter().map(|name| name.trim()).collect();
    let place = choose(&names, column, delimiter).map_err(CsvError::Column)?;
    let mut cells = Vec::new();
    let mut faults = Vec::new();
    for row in rows {
        match row.and_then(|(line, row)| cell_of(row, line, names.len(), place)) {
            Ok(cell) => cells.extend(cell),
            Err(fault) => faults.push(fault),
        }
        if faults.len() == MAX_FAULTS {
            break;
        }
    }
    if !faults.is_empty() {
        return Err(CsvError::Rows(faults));
    }
    Ok(Column {
        name: names[place].to_owned(),
        cells,
    })
}

/// The cell of a row; none where all of its cells are empty.
fn cell_of(
    mut row: Vec<Cow<'_, str>>,
    line: u64,
    columns: usize,
    place: usize,
) -> Result<Option<(u64, Cow<'_, str>)>, RowFault> {
    if row.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(None);
    }
    if row.len() != columns {
        let count = row.len();
        let detail = format!("the row has {count} cells, and the header names {columns}");
        return Err(RowFault { line, detail });
    }
    let cell = row.swap_remove(place);
    if cell.trim().is_empty() {
        let detail = "the cell of the entry is empty, and others of the row are not".to_owned();
        return Err(RowFault { line, detail });
    }
    Ok(Some((line, cell)))
}

/// Which column has the entries.
fn choose(names: &[&str], column: Option<&str>, delimiter: Delimiter) -> Result<usize, String> {
    let listed = || {
        let names = names.iter().map(|name| format!("'{name}'"));
        names.collect::<Vec<_>>().join(", ")
    };
    let places = |is_it: &dyn Fn(&str) -> bool| {
        let places = names.iter().enumerate();
        let places = places.filter(|(_, name)| is_it(name));
        places.map(|(place, _)| place).collect::<Vec<_>>()
    };
    if let Some(column) = column {
        return match places(&|name| name == column.trim())[..] {
            [place] => Ok(place),
            [] => Err(format!(
                "the header has no column '{column}'; its columns are {}",
                listed()
            )),
            _ => Err(format!(
                "the header has the column '{column}' more than once; name its columns apart"
            )),
        };
    }
    if let [name] = names {
        let others = [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab];
        let is_in_name = |other: &&Delimiter| name.contains(char::from(other.byte()));
        return match others.iter().find(is_in_name) {
            Some(other) => Err(format!(
                "the header is one cell, '{name}'; where its columns are delimited so, say ?delimiter={}, and otherwise which column it is by ?column=",
                other.name()
            )),
            None => Ok(0),
        };
    }
    match places(&|name| {
        COLUMN_NAMES
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    })[..]
    {
        [place] => Ok(place),
        _ => Err(format!(
            "it is not clear which column has the entries; say it by ?column=, delimited by '{}' they are {}",
            delimiter.name(),
            listed()
        )),
    }
}

/// The rows of a file, each with the line where it begins. Blank lines are none.
struct Rows<'t> {
    rest: &'t str,
    /// The line of the rest, from 1.
    line: u64,
    delimiter: u8,
}

/// What ended a cell.
#[derive(PartialEq, Eq)]
enum End {
    Cell,
    Row,
}

impl<'t> Iterator for Rows<'t> {
    type Item = Result<(u64, Vec<Cow<'t, str>>), RowFault>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(rest) = self
            .rest
            .strip_prefix("\r\n")
            .or(self.rest.strip_prefix('\n'))
        {
            self.rest = rest;
            self.line += 1;
        }
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let mut row = Vec::new();
        loop {
            let cell = match self.rest.strip_prefix('"') {
                Some(quoted) => self.quoted(quoted),
                None => self.bare(),
            };
            match cell {
                Ok((cell, end)) => {
                    row.push(cell);
                    if end == End::Row {
                        return Some(Ok((line, row)));
                    }
                }
                Err(detail) => {
                    let detail = detail.to_owned();
                    return Some(Err(RowFault { line, detail }));
                }
            }
        }
    }
}

impl<'t> Rows<'t> {
    fn bare(&mut self) -> Result<(Cow<'t, str>, End), &'static str> {
        let rest = self.rest;
        let length = memchr::memchr2(self.delimiter, b'\n', rest.as_bytes());
        let cell = &rest[..length.unwrap_or(rest.len())];
        let end = self.end_cell(cell.len());
        let cell = match end {
            End::Row => cell.strip_suffix('\r').unwrap_or(cell),
            End::Cell => cell,
        };
        if cell.contains('"') {
            if end == End::Cell {
                self.skip_row();
            }
            return Err(
                "a quote stands within a cell that is not quoted; quote the cell, and double the quote",
            );
        }
        Ok((Cow::Borrowed(cell), end))
    }

    /// Reads a cell behind the quote with which it begins.
    fn quoted(&mut self, text: &'t str) -> Result<(Cow<'t, str>, End), &'static str> {
        let mut searched = 0;
        let (mut has_quotes, mut length) = (false, None);
        while let Some(quote) = memchr::memchr(b'"', &text.as_bytes()[searched..]) {
            let quote = searched + quote;
            if text.as_bytes().get(quote + 1) != Some(&b'"') {
                length = Some(quote);
                break;
            }
            has_quotes = true;
            searched = quote + 2;
        }
        let Some(length) = length else {
            // There is no telling where the cell was to end.
            self.rest = "";
            return Err("a quote opens a cell and is never closed");
        };
        let cell = &text[..length];
        self.line += memchr::memchr_iter(b'\n', cell.as_bytes()).count() as u64;
        self.rest = &text[length + 1..];
        let is_end = |rest: &str| {
            rest.is_empty()
                || rest.starts_with(['\n', char::from(self.delimiter)])
                || rest.starts_with("\r\n")
        };
        if !is_end(self.rest) {
            self.rest = "";
            return Err(
                "text stands behind the quote that closes a cell; double quotes within cells",
            );
        }
        let line_end = usize::from(self.rest.starts_with('\r'));
        let end = self.end_cell(line_end);
        let cell = match has_quotes {
            true => Cow::Owned(cell.replace("\"\"", "\"")),
            false => Cow::Borrowed(cell),
        };
        Ok((cell, end))
    }

    /// Goes behind a cell of this length and the delimiter or line end that follows.
    fn end_cell(&mut self, length: usize) -> End {
        let end = match self.rest.as_bytes().get(length) {
            Some(&byte) if byte == self.delimiter => End::Cell,
            _ => End::Row,
        };
        let is_line_end = self.rest.as_bytes().get(length) == Some(&b'\n');
        self.line += u64::from(is_line_end);
        self.rest = self.rest.get(length + 1..).unwrap_or_default();
        end
    }

    fn skip_row(&mut self) {
        let length = memchr::memchr(b'\n', self.rest.as_bytes());
        self.end_cell(length.unwrap_or(self.rest.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(text: &str, column: Option<&str>) -> Result<Vec<(u64, String)>, String> {
        match read_column(text, column, Delimiter::Comma) {
            Ok(column) => Ok(column
                .cells
                .into_iter()
                .map(|(line, cell)| (line, cell.into_owned()))
                .collect()),
            Err(CsvError::Column(detail)) => Err(detail),
            Err(CsvError::Rows(faults)) => Err(faults
                .iter()
                .map(|fault| format!("line {}: {}\n", fault.line, fault.detail))
                .collect()),
        }
    }

    #[test]
    fn cells_are_what_they_say() {
        let check = |text: &str, expect: &[(u64, &str)]| {
            let found = column(text, Some("id")).expect(text);
            let found: Vec<_> = found
                .iter()
                .map(|(line, cell)| (*line, cell.as_str()))
                .collect();
            assert_eq!(found, expect, "{text:?}");
        };
        check("id\nIR\nKP", &[(2, "IR"), (3, "KP")]);
        check("id\r\nIR\r\n\r\nKP\r\n", &[(2, "IR"), (4, "KP")]);
        check("name,id\n\"a\nb\",IR\nc,KP\n", &[(2, "IR"), (4, "KP")]);
        check("\"id\",x\n\"a \"\"b\"\", c\",\n", &[(2, "a \"b\", c")]);
        check("id,x\n=1+1,\n'a,\n", &[(2, "=1+1"), (3, "'a")]);
        check(
            "x, id \n1,é\u{202e}\u{1f600}\n",
            &[(2, "é\u{202e}\u{1f600}")],
        );
        check("id,x\nIR,\n,\n , \n,,,,\n", &[(2, "IR")]);
        check("id\n\"\"\n\"\n\"\n", &[]);
        check("id\na\rb\n", &[(2, "a\rb")]);
        check("id", &[]);
        check("id\n\"IR\"", &[(2, "IR")]);
    }

    #[test]
    fn no_row_is_lost_without_a_word() {
        let check = |text: &str, line: u64, expect: &str| {
            let found = column(text, Some("id")).expect_err(text);
            let expect_line = format!("line {line}: ");
            assert!(
                found.starts_with(&expect_line) && found.contains(expect),
                "{text:?}: {found}"
            );
        };
        check("id,x\n1,\"a\n2,b\n3,c\n", 2, "never closed");
        check("id,x\n1,\"a\n2,\"b\n", 2, "behind the quote");
        check("id,x\n1,\"a\" \n", 2, "behind the quote");
        check("id,x\n1\n", 2, "1 cells");
        check("id,x\n1,2,3\n", 2, "3 cells");
        check("id,x\n\n,2\n", 3, "is empty");
        check("id,x\n1, \"2\"\n", 2, "not quoted");
        check("\"id\nIR", 1, "never closed");
        let text = format!("id,x\n{}", "a\"b,c\n1\n".repeat(50));
        let found = column(&text, Some("id")).expect_err("faults");
        assert_eq!(found.lines().count(), MAX_FAULTS);
        assert!(found.contains("line 3: the row has 1 cells"), "{found}");
    }

    #[test]
    fn the_column_is_the_one_that_is_meant() {
        let check = |header: &str, asked: Option<&str>, expect: Result<&str, &str>| {
            let text = format!("{header}\n");
            let found = read_column(&text, asked, Delimiter::Comma);
            match (found, expect) {
                (Ok(found), Ok(expect)) => assert_eq!(found.name, expect, "{header}"),
                (Err(CsvError::Column(found)), Err(expect)) => {
                    assert!(found.contains(expect), "{header}: {found}");
                }
                (found, expect) => panic!("{header}: {found:?}, not {expect:?}"),
            }
        };
        check("iban", None, Ok("iban"));
        check("name,Entry", None, Ok("Entry"));
        check("name,entry", Some("name"), Ok("name"));
        check("name,country", None, Err("'name', 'country'"));
        check("id,value", None, Err("?column="));
        check("id,id", Some("id"), Err("more than once"));
        check("id", Some("ID"), Err("no column 'ID'"));
        check("id;name", None, Err("?delimiter=;"));
        check("id\tname", None, Err("?delimiter=tab"));
        check("", None, Err("empty"));
        let by = |delimiter| read_column("id;x\tid\n", None, delimiter);
        assert_eq!(by(Delimiter::Tab).expect("a column").name, "id");
    }

    #[test]
    fn any_text_is_read_without_panic() {
        use proptest::prelude::*;
        proptest!(|(text in "[a,;\"\r\n\u{fc}]{0,24}")| {
            let _ = read_column(&text, None, Delimiter::Comma);
        });
    }

    #[test]
    fn what_a_csv_library_writes_is_read_back() {
        use proptest::prelude::*;
        let rows = prop::collection::vec(("[a\",;\n\u{fc}=]{1,6}", "[b\", \n]{0,3}"), 0..8);
        proptest!(|(rows in rows)| {
            // A cell of nothing but white space is no entry.
            prop_assume!(rows.iter().all(|(id, _)| !id.trim().is_empty()));
            let mut writer = ::csv::Writer::from_writer(Vec::new());
            writer.write_record(["id", "x"]).expect("it is written");
            for (id, other) in &rows {
                writer.write_record([id, other]).expect("it is written");
            }
            let text = String::from_utf8(writer.into_inner().expect("it is written")).expect("UTF-8");
            let found = column(&text, Some("id")).expect("good rows");
            let found: Vec<String> = found.into_iter().map(|(_, cell)| cell).collect();
            let expect: Vec<String> = rows.into_iter().map(|(id, _)| id).collect();
            prop_assert_eq!(found, expect);
        });
    }
}
