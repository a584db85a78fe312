//! CSV files with a header (RFC 4180), read strictly and as a stream: every row is read, or a fault names its line.
//!
//! Everything that reads CSV reads it by these rules:
//!
//! - The text is UTF-8 without NUL. A byte order mark at its beginning is skipped.
//! - A line ends with LF, CR LF or a lone CR, so that lines are counted as an editor counts them. Empty lines are
//!   skipped.
//! - The first row is the header. It names no column twice; columns without a name do not count.
//! - Each row has as many cells as the header. Only a row of nothing but white space may have another number.
//! - A cell that begins with a quote ends with one, and quotes within it are doubled. Other cells contain no quote.
//!
//! A faulty row does not affect the rows after it, as long as it is clear where they begin. It is not where a quote
//! is never closed, or where text follows the closing quote of a cell that spans lines (an earlier quote was probably
//! not closed): reading ends there, with a fault.

mod fault;
mod record;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

pub use fault::{CsvFault, RowFault};
use record::Record;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// How much of a row is held in memory.
#[derive(Clone, Copy, Debug)]
pub struct CsvLimits {
    /// The longest row, in bytes of its cells.
    pub row_bytes: usize,
    /// The most cells of a row.
    pub cells: usize,
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvRow {
    /// The line where it begins, from 1.
    pub line: u64,
    /// The names of its cells, of the same length.
    pub header: Arc<[String]>,
    /// Its cells, without the quotes around them.
    pub cells: Vec<String>,
}

/// Reads a file that arrives in pieces.
#[derive(Debug)]
pub struct CsvReader {
    limits: CsvLimits,
    delimiter: u8,
    /// Whether a byte ends a run of plain bytes in a cell without quotes.
    is_special: [bool; 256],
    /// The first bytes, until it is clear whether they are a byte order mark.
    start: Option<Vec<u8>>,
    state: State,
    /// The line of the next byte, from 1.
    line: u64,
    /// The last byte was CR, so LF belongs to the same line end.
    after_cr: bool,
    record: Record,
    header: Option<Arc<[String]>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first byte of a row.
    RowStart,
    /// Before the first byte of a cell that is not the first.
    CellStart,
    /// Within a cell that does not begin with a quote.
    Bare,
    /// Within a quoted cell that begins on this line.
    Quoted(u64),
    /// After a quote within a quoted cell, which ends the cell unless another quote follows.
    AfterQuote(u64),
    /// Nothing further is read.
    Ended,
}

impl CsvReader {
    /// A reader of cells that are separated by `delimiter`, an ASCII character.
    pub fn new(delimiter: u8, limits: CsvLimits) -> Self {
        let mut is_special = [false; 256];
        for byte in [delimiter, b'"', b'\r', b'\n'] {
            is_special[usize::from(byte)] = true;
        }
        Self {
            limits,
            delimiter,
            is_special,
            start: Some(Vec::new()),
            state: State::RowStart,
            line: 1,
            after_cr: false,
            record: Record::default(),
            header: None,
        }
    }

    /// The names of the columns, once the header was read.
    pub fn header(&self) -> Option<&Arc<[String]>> {
        self.header.as_ref()
    }

    /// The line where the row begins that is being read, or else the next one.
    pub fn line(&self) -> u64 {
        match self.state {
            State::RowStart | State::Ended => self.line,
            _ => self.record.line,
        }
    }

    /// Takes the next bytes, of any number, and appends the rows that they complete.
    pub fn feed(&mut self, bytes: &[u8], rows: &mut Vec<Result<CsvRow, RowFault>>) {
        let Some(mut start) = self.start.take() else {
            return self.read(bytes, rows);
        };
        start.extend_from_slice(bytes);
        if start.len() < BOM.len() {
            self.start = Some(start);
        } else {
            self.begin(&start, rows);
        }
    }

    /// Says that the file has ended, and appends the row that it completes.
    pub fn finish(&mut self, rows: &mut Vec<Result<CsvRow, RowFault>>) {
        if let Some(start) = self.start.take() {
            self.begin(&start, rows);
        }
        match self.state {
            State::RowStart | State::Ended => {}
            State::Quoted(opened) => self.end_with(CsvFault::UnclosedQuote { opened }, rows),
            State::CellStart | State::Bare | State::AfterQuote(_) => self.end_row(rows),
        }
        if self.header.is_none() && self.state != State::Ended {
            self.record.begin(1);
            self.end_with(CsvFault::Empty, rows);
        }
    }

    fn begin(&mut self, start: &[u8], rows: &mut Vec<Result<CsvRow, RowFault>>) {
        if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
            self.record.begin(1);
            return self.end_with(CsvFault::Utf16, rows);
        }
        self.read(start.strip_prefix(BOM).unwrap_or(start), rows);
    }

    fn read(&mut self, bytes: &[u8], rows: &mut Vec<Result<CsvRow, RowFault>>) {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if std::mem::take(&mut self.after_cr) && byte == b'\n' {
                if let State::Quoted(_) = self.state {
                    self.record.push(b"\n", self.limits);
                }
                at += 1;
                continue;
            }
            match self.state {
                State::Ended => return,
                State::RowStart if is_line_end(byte) => {
                    self.end_line(byte);
                    at += 1;
                }
                State::RowStart | State::CellStart => {
                    if self.state == State::RowStart {
                        self.record.begin(self.line);
                    }
                    if byte == b'"' {
                        self.state = State::Quoted(self.line);
                        at += 1;
                    } else {
                        self.state = State::Bare;
                    }
                }
                State::Bare => {
                    let rest = &bytes[at..];
                    let is_special = |byte: &u8| self.is_special[usize::from(*byte)];
                    let length = rest.iter().position(is_special).unwrap_or(rest.len());
                    self.record.push(&rest[..length], self.limits);
                    if let Some(&special) = rest.get(length) {
                        self.end_bare(special, rows);
                    }
                    at += length + 1;
                }
                State::Quoted(opened) => {
                    let rest = &bytes[at..];
                    let length = memchr::memchr3(b'"', b'\r', b'\n', rest).unwrap_or(rest.len());
                    self.record.push(&rest[..length], self.limits);
                    match rest.get(length) {
                        Some(b'"') => self.state = State::AfterQuote(opened),
                        Some(&line_end) => {
                            self.record.push(&[line_end], self.limits);
                            self.end_line(line_end);
                        }
                        None => {}
                    }
                    at += length + 1;
                }
                State::AfterQuote(opened) => {
                    if byte == b'"' {
                        self.record.push(b"\"", self.limits);
                        self.state = State::Quoted(opened);
                    } else if byte == self.delimiter || is_line_end(byte) {
                        self.end_bare(byte, rows);
                    } else if opened == self.line {
                        self.record.fail(CsvFault::TextAfterQuote);
                        self.state = State::Bare;
                        continue;
                    } else {
                        let closed = self.line;
                        let fault = CsvFault::TextAfterSpanningQuote { opened, closed };
                        return self.end_with(fault, rows);
                    }
                    at += 1;
                }
            }
        }
    }

    /// Takes what ends a run of plain bytes: the end of the cell or the row, or a quote.
    fn end_bare(&mut self, special: u8, rows: &mut Vec<Result<CsvRow, RowFault>>) {
        if special == self.delimiter {
            self.record.end_cell(self.limits);
            self.state = State::CellStart;
        } else if special == b'"' {
            self.record.fail(CsvFault::QuoteInCell);
        } else {
            self.end_row(rows);
            self.end_line(special);
        }
    }

    fn end_line(&mut self, line_end: u8) {
        self.line += 1;
        self.after_cr = line_end == b'\r';
    }

    fn end_row(&mut self, rows: &mut Vec<Result<CsvRow, RowFault>>) {
        self.state = State::RowStart;
        self.record.end_cell(self.limits);
        let line = self.record.line;
        let cells = self.record.take();
        match (&self.header, cells) {
            (None, Ok(names)) => match duplicate(&names) {
                None => self.header = Some(names.into()),
                Some(name) => self.end_with(CsvFault::DuplicateColumn { name }, rows),
            },
            (None, Err(fault)) => self.end_with(fault, rows),
            (Some(header), cells) => {
                let cells = cells.and_then(|cells| fitted(cells, header.len()));
                rows.push(match cells {
                    Ok(cells) => Ok(CsvRow {
                        line,
                        header: Arc::clone(header),
                        cells,
                    }),
                    Err(fault) => Err(RowFault { line, fault }),
                });
            }
        }
    }

    /// Ends reading with a fault of the row that was begun.
    fn end_with(&mut self, fault: CsvFault, rows: &mut Vec<Result<CsvRow, RowFault>>) {
        self.state = State::Ended;
        let line = self.record.line;
        rows.push(Err(RowFault { line, fault }));
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// The first name that is there twice.
fn duplicate(names: &[String]) -> Option<String> {
    let mut seen = HashSet::new();
    let mut named = names.iter().filter(|name| !name.is_empty());
    named.find(|name| !seen.insert(*name)).cloned()
}

/// Cells, as many as the header has.
fn fitted(mut cells: Vec<String>, columns: usize) -> Result<Vec<String>, CsvFault> {
    if cells.len() != columns {
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            let cells = cells.len();
            return Err(CsvFault::CellCount { cells, columns });
        }
        cells.resize(columns, String::new());
    }
    Ok(cells)
}
