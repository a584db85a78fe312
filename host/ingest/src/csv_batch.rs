//! CSV with a header of field names, by the rules of [`crate::csv`].

use bytes::Bytes;
use domain::payload::Fault;

use super::batch::{BatchItem, BatchReader};
use super::fault;
use super::payload::Payload;
use super::row::Row;
use crate::csv::{CsvFault, CsvLimits, CsvRow, RowFault};

/// The most cells of a row: more than any schema has fields, with room for additional ones.
const MAX_CELLS: usize = 2000;

pub(super) struct CsvReader {
    reader: crate::csv::CsvReader,
    /// Rows that were read from the last bytes.
    rows: Vec<Result<CsvRow, RowFault>>,
}

impl CsvReader {
    pub(super) fn new(max_bytes: usize) -> Self {
        let limits = CsvLimits {
            row_bytes: max_bytes,
            cells: MAX_CELLS,
        };
        Self {
            reader: crate::csv::CsvReader::new(b',', limits),
            rows: Vec::new(),
        }
    }

    fn hand_over(&mut self, items: &mut Vec<BatchItem>) {
        items.extend(self.rows.drain(..).map(|row| match row {
            Ok(CsvRow {
                line,
                header,
                cells,
            }) => BatchItem {
                line,
                payload: Ok(Payload::Row(Row { header, cells })),
            },
            Err(RowFault { line, fault }) => BatchItem {
                line,
                payload: Err(fault_of(fault)),
            },
        }));
    }
}

fn fault_of(fault: CsvFault) -> Fault {
    match fault {
        CsvFault::TooLong { max_bytes } => fault::too_long(max_bytes),
        fault @ CsvFault::TooManyCells { .. } => fault::too_many_cells(fault.to_string()),
        fault => fault::malformed(fault.to_string()),
    }
}

impl BatchReader for CsvReader {
    fn feed(&mut self, bytes: Bytes, items: &mut Vec<BatchItem>) {
        self.reader.feed(&bytes, &mut self.rows);
        self.hand_over(items);
    }

    fn finish(&mut self, items: &mut Vec<BatchItem>) {
        self.reader.finish(&mut self.rows);
        self.hand_over(items);
    }

    fn line(&self) -> u64 {
        self.reader.line()
    }
}
