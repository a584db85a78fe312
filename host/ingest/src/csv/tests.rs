//! What reading CSV promises.

use proptest::prelude::*;

use super::*;

const LIMITS: CsvLimits = CsvLimits {
    row_bytes: 1000,
    cells: 20,
};

fn read(bytes: &[u8], chunk: usize, limits: CsvLimits) -> Vec<Result<CsvRow, RowFault>> {
    let mut reader = CsvReader::new(b',', limits);
    let mut rows = Vec::new();
    for chunk in bytes.chunks(chunk) {
        reader.feed(chunk, &mut rows);
    }
    reader.finish(&mut rows);
    rows
}

/// Rows as `line cell|cell`, faults as `line !fault`.
fn summary(rows: &[Result<CsvRow, RowFault>]) -> Vec<String> {
    let text = |row: &Result<CsvRow, RowFault>| match row {
        Ok(row) => format!("{} {}", row.line, row.cells.join("|")),
        Err(RowFault { line, fault }) => format!("{line} !{fault:?}"),
    };
    rows.iter().map(text).collect()
}

/// The rows are the same however the file is cut into pieces.
fn check(bytes: impl AsRef<[u8]>, expect: &[&str]) {
    let bytes = bytes.as_ref();
    for chunk in [1, 2, 3, 7, 10_000] {
        let rows = read(bytes, chunk, LIMITS);
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(summary(&rows), expect, "{text:?} in pieces of {chunk}");
    }
}

#[test]
fn rows_are_read_as_written() {
    check("a,b\n1,2\n3,4", &["2 1|2", "3 3|4"]);
    check("a,b\n1,2\n3,4\n", &["2 1|2", "3 3|4"]);
    check("a,b\n\"x, \"\"y\"\"\",\"\"\n", &["2 x, \"y\"|"]);
    check("a,b\n,\n, \n", &["2 |", "3 | "]);
    check("\u{feff}a\n1\n", &["2 1"]);
    check("a\n\u{feff}1\n", &["2 \u{feff}1"]);
    check("a\n\u{fc}\u{1f600}\n", &["2 \u{fc}\u{1f600}"]);
    check("a\n", &[]);
    check("a,,\n1,2,3\n", &["2 1|2|3"]);
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    check("a\r\n1\r\n2\r\n", &["2 1", "3 2"]);
    check("a\r1\r2\r", &["2 1", "3 2"]);
    check("a\r1\n2\r\n3\r\r4", &["2 1", "3 2", "4 3", "6 4"]);
    check("\n\r\n\ra\n1\n", &["5 1"]);
    check(
        "a,b\n\"x\ny\",1\n\"x\r\ny\",2\n\"x\ry\",3\nz,4\n",
        &["2 x\ny|1", "4 x\r\ny|2", "6 x\ry|3", "8 z|4"],
    );
    check(
        "a,b\n1\n\n2\n",
        &[
            "2 !CellCount { cells: 1, columns: 2 }",
            "4 !CellCount { cells: 1, columns: 2 }",
        ],
    );
}

#[test]
fn a_faulty_row_is_named_and_the_next_one_is_read() {
    check(
        "a,b\n1\n1,2,3\n4,5\n",
        &[
            "2 !CellCount { cells: 1, columns: 2 }",
            "3 !CellCount { cells: 3, columns: 2 }",
            "4 4|5",
        ],
    );
    check("a,b\n,,,,\n1,2\n", &["2 |", "3 1|2"]);
    check("a,b\nx\"y,2\n3,4\n", &["2 !QuoteInCell", "3 3|4"]);
    check("a,b\n \"x\",2\n3,4\n", &["2 !QuoteInCell", "3 3|4"]);
    check("a,b\nx\",\"2\n\"\n3,4\n", &["2 !QuoteInCell", "4 3|4"]);
    check("a,b\n\"x\"y,2\n3,4\n", &["2 !TextAfterQuote", "3 3|4"]);
    check(
        "a,b\n\"x\" ,\"2\n\"\n3,4\n",
        &["2 !TextAfterQuote", "4 3|4"],
    );
    check(b"a,b\n1,\xff\n3,4\n", &["2 !NotUtf8", "3 3|4"]);
    check(b"a,b\n\xc3,\xa9\n3,4\n", &["2 !NotUtf8", "3 3|4"]);
    check("a,b\n1,\0\n3,4\n", &["2 !Nul", "3 3|4"]);
    check(
        format!("a,b\n1,{}\n3,4\n", "x".repeat(1001)),
        &["2 !TooLong { max_bytes: 1000 }", "3 3|4"],
    );
    check(
        format!("a\n{}\n1\n", ",".repeat(20)),
        &["2 !TooManyCells { max_cells: 20 }", "3 1"],
    );
}

#[test]
fn a_file_whose_rows_cannot_be_told_apart_ends_with_a_fault() {
    // The last column, a middle one, and the header.
    check(
        "a,b\n1,2\n3,\"4\n5,6\n",
        &["2 1|2", "3 !UnclosedQuote { opened: 3 }"],
    );
    check(
        "a,b,c\n1,\"2,3\n4,5,6\n",
        &["2 !UnclosedQuote { opened: 2 }"],
    );
    check("a,\"b\n1,2\n", &["1 !UnclosedQuote { opened: 1 }"]);
    check(
        "a,b\n\"1\n\",\"2\n3,4\n",
        &["2 !UnclosedQuote { opened: 3 }"],
    );
    check(
        "a,b\n1,\"2\n3,\"4\"\n5,6\n",
        &["2 !TextAfterSpanningQuote { opened: 2, closed: 3 }"],
    );
    check(
        format!("a,b\n1,\"{}\n", "x\n".repeat(1000)),
        &["2 !UnclosedQuote { opened: 2 }"],
    );
    check("a,b,a\n1,2,3\n", &["1 !DuplicateColumn { name: \"a\" }"]);
    check("a\"b\n1\n", &["1 !QuoteInCell"]);
    check(b"\xff\n1\n", &["1 !NotUtf8"]);
    check(
        format!("{}\n1\n", "x".repeat(1001)),
        &["1 !TooLong { max_bytes: 1000 }"],
    );
    check(b"\xff\xfea\0\n\0", &["1 !Utf16"]);
    check("", &["1 !Empty"]);
    check("\u{feff}", &["1 !Empty"]);
    check("\n\n", &["1 !Empty"]);
}

/// Writes rows as RFC 4180 asks, quoting where it must be done or where it is wanted.
fn written(rows: &[Vec<(String, bool)>], line_end: &str) -> String {
    let cell = |(cell, quote): &(String, bool)| {
        let must_quote = cell.contains([',', '"', '\r', '\n']);
        match must_quote || *quote {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell.clone(),
        }
    };
    let row = |row: &Vec<(String, bool)>| {
        let cells: Vec<String> = row.iter().map(cell).collect();
        cells.join(",") + line_end
    };
    rows.iter().map(row).collect()
}

fn tables() -> impl Strategy<Value = (Vec<Vec<(String, bool)>>, &'static str)> {
    let cell = || ("[a\",\r\n\u{fc} ]{0,5}", any::<bool>());
    let rows = (1usize..4).prop_flat_map(move |columns| {
        prop::collection::vec(prop::collection::vec(cell(), columns), 0..6)
    });
    (rows, prop::sample::select(vec!["\n", "\r\n", "\r"]))
}

/// The header `c0,c1,…` in front of rows that are not empty lines.
fn with_header(mut rows: Vec<Vec<(String, bool)>>) -> Vec<Vec<(String, bool)>> {
    for row in &mut rows {
        if let [(cell, quote)] = &mut row[..] {
            *quote |= cell.is_empty();
        }
    }
    let columns = rows.first().map_or(1, Vec::len);
    let names = (0..columns).map(|column| (format!("c{column}"), false));
    rows.insert(0, names.collect());
    rows
}

proptest! {
    #[test]
    fn what_is_written_is_read_back((rows, line_end) in tables()) {
        let rows = with_header(rows);
        let text = written(&rows, line_end);
        let mut line = 1;
        let mut expect = Vec::new();
        for row in &rows {
            let cells: Vec<String> = row.iter().map(|(cell, _)| cell.clone()).collect();
            expect.push(format!("{line} {}", cells.join("|")));
            let whole = cells.join("|").replace("\r\n", "\n");
            line += 1 + whole.matches(['\r', '\n']).count() as u64;
        }
        let found = read(text.as_bytes(), 5, LIMITS);
        prop_assert_eq!(summary(&found), &expect[1..]);
    }

    /// A file that was cut off gives its rows up to the cut. Only the last cell may be shorter than it was.
    #[test]
    fn a_truncated_file_loses_no_row_silently((rows, line_end) in tables()) {
        let rows = with_header(rows);
        let text = written(&rows, line_end);
        let ends: Vec<usize> = (1..=rows.len())
            .map(|count| written(&rows[..count], line_end).len() - line_end.len())
            .collect();
        for cut in (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            let found = read(&text.as_bytes()[..cut], 7, LIMITS);
            if whole == 0 {
                let header_only = found.is_empty();
                prop_assert!(header_only || found.len() == 1 && found[0].is_err(), "{found:?}");
                continue;
            }
            prop_assert!(found.len() >= whole - 1);
            for (found, row) in found.iter().zip(&rows[1..whole]) {
                let cells: Vec<&String> = row.iter().map(|(cell, _)| cell).collect();
                prop_assert_eq!(found.as_ref().map(|row| row.cells.iter().collect()), Ok(cells));
            }
            match found.get(whole - 1) {
                None => prop_assert!(text[ends[whole - 1]..cut].trim_matches(['\r', '\n']).is_empty()),
                Some(Err(_)) => {}
                // A row of nothing but white space says nothing.
                Some(Ok(last)) if last.cells.iter().all(|cell| cell.trim().is_empty()) => {}
                Some(Ok(last)) => {
                    let (cell, others) = last.cells.split_last().expect("a cell");
                    let row = &rows[whole];
                    for (found, (cell, _)) in others.iter().zip(row) {
                        prop_assert_eq!(found, cell);
                    }
                    prop_assert!(row[row.len() - 1].0.starts_with(cell.as_str()));
                }
            }
            prop_assert!(found.len() <= whole);
        }
    }

    #[test]
    fn any_bytes_are_read_and_every_line_is_accounted_for(text in "[a,\"\r\n\u{fc}\u{feff}\0]{0,60}", chunk in 1usize..9) {
        let limits = CsvLimits { row_bytes: 12, cells: 4 };
        let whole = read(text.as_bytes(), 1000, limits);
        prop_assert_eq!(summary(&whole), summary(&read(text.as_bytes(), chunk, limits)));
        let lines: Vec<u64> = whole.iter().map(|row| match row {
            Ok(row) => row.line,
            Err(fault) => fault.line,
        }).collect();
        prop_assert!(lines.is_sorted());
    }
}
