//! Entries in a column of a CSV file, read by the rules of [`ingest::csv`].

use ingest::csv::{CsvLimits, CsvReader, CsvRow, RowFault};

/// The names of a column that need not be said, where a file has several.
const COLUMN_NAMES: [&str; 3] = ["entry", "value", "id"];

/// The most faults that are told of a file.
pub(super) const MAX_FAULTS: usize = 20;

/// The body is in memory already, so its rows may be of any length.
const LIMITS: CsvLimits = CsvLimits {
    row_bytes: usize::MAX,
    cells: 2000,
};

/// How many bytes are read at once, so that the cells of other columns are soon forgotten.
const PIECE_BYTES: usize = 64 << 10;

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delimiter {
    /// `,`
    #[default]
    Comma,
    /// `;`
    Semicolon,
    /// A tab character.
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

    /// As whoever sends a file says it.
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
pub(super) enum ColumnError {
    /// No column is the one, and what to do about it.
    Column(String),
    /// Rows that cannot be read.
    Rows(Vec<ColumnFault>),
}

/// A row whose entry cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ColumnFault {
    /// The line where it begins, from 1.
    pub(super) line: u64,
    pub(super) detail: String,
}

/// A column of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// As the header names it.
    pub(super) name: String,
    /// Each cell with the line where its row begins, but not of rows without any text.
    pub(super) cells: Vec<(u64, String)>,
}

/// Reads one column of a file: the named one, the only one, or the one of a name that need not be said.
///
/// # Errors
/// Where it is not clear which, or rows cannot be read: then nothing is to be taken.
pub(super) fn read_column(
    text: &[u8],
    column: Option<&str>,
    delimiter: Delimiter,
) -> Result<Column, ColumnError> {
    let mut reader = CsvReader::new(delimiter.byte(), LIMITS);
    let mut place = None;
    let mut rows = Vec::new();
    let mut cells = Vec::new();
    let mut faults = Vec::new();
    let mut pieces = text.chunks(PIECE_BYTES);
    loop {
        let piece = pieces.next();
        match piece {
            Some(piece) => reader.feed(piece, &mut rows),
            None => reader.finish(&mut rows),
        }
        if let (None, Some(header)) = (place, reader.header()) {
            let names: Vec<&str> = header.iter().map(|name| name.trim()).collect();
            let chosen = choose(&names, column, delimiter).map_err(ColumnError::Column)?;
            place = Some(chosen);
        }
        for row in rows.drain(..) {
            match row
                .map_err(ColumnFault::from)
                .and_then(|row| cell_of(row, place.unwrap_or_default()))
            {
                Ok(cell) => cells.extend(cell),
                Err(fault) => faults.push(fault),
            }
        }
        if piece.is_none() || faults.len() >= MAX_FAULTS {
            break;
        }
    }
    if !faults.is_empty() {
        faults.truncate(MAX_FAULTS);
        return Err(ColumnError::Rows(faults));
    }
    let name =
        |header: &std::sync::Arc<[String]>| header[place.unwrap_or_default()].trim().to_owned();
    Ok(Column {
        name: reader.header().map(name).unwrap_or_default(),
        cells,
    })
}

impl From<RowFault> for ColumnFault {
    fn from(RowFault { line, fault }: RowFault) -> Self {
        let detail = fault.to_string();
        Self { line, detail }
    }
}

/// The cell of a row; none if all of its cells are empty.
fn cell_of(row: CsvRow, place: usize) -> Result<Option<(u64, String)>, ColumnFault> {
    let CsvRow {
        line, mut cells, ..
    } = row;
    if cells.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(None);
    }
    let cell = cells.swap_remove(place);
    if cell.trim().is_empty() {
        let detail = "the cell of the entry is empty, but others of the row are not".to_owned();
        return Err(ColumnFault { line, detail });
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
                "the header is one cell, '{name}'; if its columns are delimited by '{}', say so, and otherwise name the column",
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
            "it is not clear which column has the entries; name it: delimited by '{}' they are {}",
            delimiter.name(),
            listed()
        )),
    }
}

/// A CSV file with one column, `entry`. Each entry stands there exactly as it is.
pub fn write_column<'e>(entries: impl Iterator<Item = &'e str>) -> String {
    let mut csv = "entry\n".to_owned();
    for entry in entries {
        if entry.contains([',', '"']) {
            csv.extend(["\"", &entry.replace('"', "\"\""), "\"\n"]);
        } else {
            csv.extend([entry, "\n"]);
        }
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(text: &str, column: Option<&str>) -> Result<Vec<(u64, String)>, String> {
        match read_column(text.as_bytes(), column, Delimiter::Comma) {
            Ok(column) => Ok(column.cells),
            Err(ColumnError::Column(detail)) => Err(detail),
            Err(ColumnError::Rows(faults)) => Err(faults
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
        check("id\rIR\rKP", &[(2, "IR"), (3, "KP")]);
        check("id\n\"a\rb\"\nc\n", &[(2, "a\rb"), (4, "c")]);
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
        check("id,x\n1,\"a\n2,\"b\n", 2, "closing quote");
        check("id,x\n1,\"a\" \n", 2, "closing quote");
        check("id,x\n1\n", 2, "1 cells");
        check("id,x\n1,2,3\n", 2, "3 cells");
        check("id,x\n\n,2\n", 3, "is empty");
        check("id,x\n1, \"2\"\n", 2, "does not begin with one");
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
            let found = read_column(text.as_bytes(), asked, Delimiter::Comma);
            match (found, expect) {
                (Ok(found), Ok(expect)) => assert_eq!(found.name, expect, "{header}"),
                (Err(ColumnError::Column(found)), Err(expect)) => {
                    assert!(found.contains(expect), "{header}: {found}");
                }
                (found, expect) => panic!("{header}: {found:?}, not {expect:?}"),
            }
        };
        check("iban", None, Ok("iban"));
        check("name,Entry", None, Ok("Entry"));
        check("name,entry", Some("name"), Ok("name"));
        check("name,country", None, Err("'name', 'country'"));
        check("id,value", None, Err("name it"));
        check("name, name", Some("name"), Err("more than once"));
        check("id", Some("ID"), Err("no column 'ID'"));
        check("id;name", None, Err("delimited by ';'"));
        check("id\tname", None, Err("delimited by 'tab'"));

        let by = |delimiter| read_column(b"id;x\tid\n", None, delimiter);
        assert_eq!(by(Delimiter::Tab).expect("a column").name, "id");
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
