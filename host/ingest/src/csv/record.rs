//! The row that is being read.

use super::{CsvFault, CsvLimits};

#[derive(Debug, Default)]
pub(super) struct Record {
    /// The line where it begins.
    pub(super) line: u64,
    /// Its cells, one after another.
    text: Vec<u8>,
    /// Where each cell ends in the text.
    ends: Vec<usize>,
    /// The first fault. The cells of a faulty row are of no use, and are not kept.
    fault: Option<CsvFault>,
}

impl Record {
    pub(super) fn begin(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
        self.fault = None;
    }

    pub(super) fn fail(&mut self, fault: CsvFault) {
        if self.fault.is_none() {
            self.fault = Some(fault);
            self.text = Vec::new();
            self.ends = Vec::new();
        }
    }

    /// Appends to the cell.
    pub(super) fn push(&mut self, bytes: &[u8], limits: CsvLimits) {
        if self.text.len() + bytes.len() > limits.row_bytes {
            self.fail(CsvFault::TooLong {
                max_bytes: limits.row_bytes,
            });
        }
        if self.fault.is_none() {
            self.text.extend_from_slice(bytes);
        }
    }

    pub(super) fn end_cell(&mut self, limits: CsvLimits) {
        if self.ends.len() == limits.cells {
            self.fail(CsvFault::TooManyCells {
                max_cells: limits.cells,
            });
        }
        if self.fault.is_none() {
            self.ends.push(self.text.len());
        }
    }

    /// The cells, or the row's fault.
    pub(super) fn take(&mut self) -> Result<Vec<String>, CsvFault> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let text = std::str::from_utf8(&self.text).map_err(|_| CsvFault::NotUtf8)?;
        if memchr::memchr(0, &self.text).is_some() {
            return Err(CsvFault::Nul);
        }
        let mut begin = 0;
        let cell = |&end: &usize| {
            // A character that is cut in two by a delimiter is none.
            let cell = text.get(std::mem::replace(&mut begin, end)..end);
            cell.map(str::to_owned).ok_or(CsvFault::NotUtf8)
        };
        self.ends.iter().map(cell).collect()
    }
}
