//! One JSON object on each line.

use bytes::Bytes;

use super::batch::{BatchItem, BatchReader, Pending};
use super::payload::Payload;

pub(super) struct NdjsonReader {
    /// The line that is being read, from 1.
    line: u64,
    pending: Pending,
}

impl NdjsonReader {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            line: 1,
            pending: Pending::new(max_bytes),
        }
    }

    fn end_line(&mut self, part: Bytes, items: &mut Vec<BatchItem>) {
        let payload = self.pending.complete(part);
        let is_blank = payload
            .as_ref()
            .is_ok_and(|text| text.trim_ascii().is_empty());
        if !is_blank {
            items.push(BatchItem {
                line: self.line,
                payload: payload.map(Payload::Json),
            });
        }
        self.line += 1;
    }
}

impl BatchReader for NdjsonReader {
    fn feed(&mut self, mut bytes: Bytes, items: &mut Vec<BatchItem>) {
        while let Some(end) = memchr::memchr(b'\n', &bytes) {
            let part = bytes.split_to(end);
            bytes = bytes.slice(1..);
            self.end_line(part, items);
        }
        self.pending.keep(&bytes);
    }

    fn finish(&mut self, items: &mut Vec<BatchItem>) {
        if !self.pending.is_empty() {
            self.end_line(Bytes::new(), items);
        }
    }

    fn line(&self) -> u64 {
        self.line
    }
}
