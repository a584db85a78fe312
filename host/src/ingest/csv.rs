//! CSV with a header of field names (RFC 4180; lines may end in LF alone).

use std::sync::Arc;

use bytes::Bytes;
use csv_core::{ReadRecordResult, Reader};

use super::batch::{BatchItem, BatchReader};
use super::fault;
use super::payload::Payload;
use super::row::Row;

/// The most cells of a row: more than any schema has fields, with room for additional ones.
const MAX_CELLS: usize = 2000;

pub(super) struct CsvReader {
    reader: Reader,
    /// The line of the next byte, from 1.
    line: u64,
    header: Header,
    /// The first bytes, until it is clear whether they are a byte order mark.
    start: Option<Vec<u8>>,
    record: Record,
    max_bytes: usize,
}

enum Header {
    Awaited,
    Read(Arc<[String]>),
    /// Without a header nothing can be read.
    Faulty,
}

/// The record that is being read.
struct Record {
    /// The line where it begins, once it has begun.
    line: Option<u64>,
    text: Vec<u8>,
    length: usize,
    ends: Vec<usize>,
    cells: usize,
    too_long: bool,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl CsvReader {
    pub(super) fn new(max_bytes: usize) -> Self {
        // The parser forgives a byte order mark at the beginning of what it first
        // reads; but that mark was taken here, where it may come in several chunks.
        let mut reader = Reader::new();
        reader.read_record(b"\n", &mut [], &mut []);
        Self {
            reader,
            line: 1,
            header: Header::Awaited,
            start: Some(Vec::new()),
            record: Record {
                line: None,
                text: vec![0; 1024.min(max_bytes)],
                length: 0,
                ends: vec![0; MAX_CELLS],
                cells: 0,
                too_long: false,
            },
            max_bytes,
        }
    }

    /// Reads records out of the bytes; none at all say that the stream has ended.
    fn read(&mut self, mut bytes: &[u8], items: &mut Vec<BatchItem>) {
        let at_end = bytes.is_empty();
        loop {
            if self.record.line.is_none() {
                bytes = self.skip_blank_lines(bytes);
                if bytes.is_empty() && !at_end {
                    return;
                }
                self.record.line = Some(self.line);
            }
            let record = &mut self.record;
            let (result, read, written, ended) = self.reader.read_record(
                bytes,
                &mut record.text[record.length..],
                &mut record.ends[record.cells..],
            );
            self.line += count_lines(&bytes[..read]);
            bytes = &bytes[read..];
            record.length += written;
            record.cells += ended;
            match result {
                ReadRecordResult::InputEmpty if at_end => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return,
                ReadRecordResult::OutputFull => record.grow(self.max_bytes),
                ReadRecordResult::OutputEndsFull => record.discard(),
                ReadRecordResult::Record => {
                    self.end_record(items);
                    self.record.clear();
                }
            }
        }
    }

    /// What the parser would skip too, but without saying how many lines it skipped.
    fn skip_blank_lines<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let blank = bytes
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        self.line += count_lines(&bytes[..blank]);
        &bytes[blank..]
    }

    fn end_record(&mut self, items: &mut Vec<BatchItem>) {
        let line = self.record.line.unwrap_or(self.line);
        let cells = self.record.cells(self.max_bytes);
        let payload = match (&self.header, cells) {
            (Header::Faulty, _) => return,
            (Header::Awaited, Ok(names)) => {
                self.header = Header::Read(names.into());
                return;
            }
            (Header::Awaited, Err(fault)) => {
                self.header = Header::Faulty;
                Err(fault)
            }
            (Header::Read(header), Ok(cells)) => Ok(Payload::Row(Row {
                header: Arc::clone(header),
                cells,
            })),
            (Header::Read(_), Err(fault)) => Err(fault),
        };
        items.push(BatchItem { line, payload });
    }
}

impl BatchReader for CsvReader {
    fn feed(&mut self, bytes: Bytes, items: &mut Vec<BatchItem>) {
        if bytes.is_empty() {
            return;
        }
        let Some(mut start) = self.start.take() else {
            return self.read(&bytes, items);
        };
        start.extend_from_slice(&bytes);
        if start.len() < BOM.len() {
            self.start = Some(start);
            return;
        }
        let text = start.strip_prefix(BOM).unwrap_or(&start);
        if !text.is_empty() {
            self.read(text, items);
        }
    }

    fn finish(&mut self, items: &mut Vec<BatchItem>) {
        if let Some(start) = self.start.take().filter(|start| !start.is_empty()) {
            self.read(&start, items);
        }
        self.read(&[], items);
        if matches!(self.header, Header::Awaited) {
            let fault = fault::malformed("the batch is empty, without a header".to_owned());
            items.push(BatchItem {
                line: 1,
                payload: Err(fault),
            });
        }
    }

    fn line(&self) -> u64 {
        self.record.line.unwrap_or(self.line)
    }
}

impl Record {
    fn clear(&mut self) {
        self.line = None;
        self.length = 0;
        self.cells = 0;
        self.too_long = false;
    }

    fn grow(&mut self, max_bytes: usize) {
        if self.text.len() < max_bytes {
            self.text.resize((self.text.len() * 2).min(max_bytes), 0);
        } else {
            self.discard();
        }
    }

    /// Reads on to the end of a record that is too long, and keeps none of it.
    fn discard(&mut self) {
        self.too_long = true;
        self.length = 0;
        self.cells = 0;
    }

    fn cells(&self, max_bytes: usize) -> Result<Vec<String>, domain::payload::Fault> {
        if self.too_long {
            return Err(fault::too_long(max_bytes));
        }
        let mut begin = 0;
        let mut cells = Vec::with_capacity(self.cells);
        for &end in &self.ends[..self.cells] {
            let cell = std::str::from_utf8(&self.text[begin..end])
                .map_err(|_| fault::malformed("the row is not UTF-8".to_owned()))?;
            cells.push(cell.to_owned());
            begin = end;
        }
        Ok(cells)
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
