//! Streams of payloads.

use super::array::ArrayReader;
use super::csv_batch::CsvReader;
use super::ndjson::NdjsonReader;
use super::payload::Payload;
use bytes::Bytes;
use domain::payload::Fault;

/// One payload of a batch, or why there is none at its place.
#[derive(Debug)]
pub struct BatchItem {
    /// From 1: the line where the payload begins; in a JSON array, its place in the array.
    pub line: u64,
    /// `malformed` or `too_long` where no payload could be cut out.
    pub payload: Result<Payload, Fault>,
}

impl BatchItem {
    /// Stands for all that did not come. What came of a payload may look like a whole one, so it
    /// is none.
    pub fn broken_off(line: u64) -> Self {
        let what = "the body broke off or stood still; nothing was read from here on";
        Self {
            line,
            payload: Err(super::fault::malformed(what.to_owned())),
        }
    }
}

/// Cuts a stream into payloads, in order and without knowing any schema.
///
/// A fault concerns one item; reading goes on behind it wherever it is clear
/// where the next item begins, and ends with a fault where it is not. No more
/// is held in memory than one payload of the greatest length.
pub trait BatchReader: Send {
    /// Takes the next bytes, of any number, and appends the items that they complete.
    fn feed(&mut self, bytes: Bytes, items: &mut Vec<BatchItem>);

    /// Says that the stream has ended, and appends what was left.
    fn finish(&mut self, items: &mut Vec<BatchItem>);

    /// Where the payload begins that is being read, or the next one, as [`BatchItem::line`] counts.
    fn line(&self) -> u64;
}

/// How payloads follow one another in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchFormat {
    /// `application/x-ndjson`: a JSON object on each line; blank lines are skipped.
    Ndjson,
    /// `application/json`: an array of objects.
    Array,
    /// `text/csv`: a header of field names, then a row for each payload; see [`crate::csv`].
    Csv,
}

impl BatchFormat {
    /// The format of a media type, whatever its parameters.
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/x-ndjson" => Some(Self::Ndjson),
            "application/json" => Some(Self::Array),
            "text/csv" => Some(Self::Csv),
            _ => None,
        }
    }

    /// A reader of this format that refuses payloads of more than `max_bytes`.
    pub fn reader(self, max_bytes: usize) -> Box<dyn BatchReader> {
        match self {
            Self::Ndjson => Box::new(NdjsonReader::new(max_bytes)),
            Self::Array => Box::new(ArrayReader::new(max_bytes)),
            Self::Csv => Box::new(CsvReader::new(max_bytes)),
        }
    }
}

/// The bytes of a payload that came in several chunks, up to a greatest length.
///
/// A payload within one chunk is a slice of it and is not copied.
#[derive(Debug)]
pub(super) struct Pending {
    bytes: Vec<u8>,
    too_long: bool,
    max_bytes: usize,
}

impl Pending {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            bytes: Vec::new(),
            too_long: false,
            max_bytes,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.too_long
    }

    /// Keeps the beginning of a payload that the next chunk goes on with.
    pub(super) fn keep(&mut self, part: &[u8]) {
        self.too_long |= self.bytes.len() + part.len() > self.max_bytes;
        if self.too_long {
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(part);
        }
    }

    /// The payload that ends with this part.
    pub(super) fn complete(&mut self, part: Bytes) -> Result<Bytes, Fault> {
        let whole = if self.is_empty() && part.len() <= self.max_bytes {
            part
        } else {
            self.keep(&part);
            Bytes::from(std::mem::take(&mut self.bytes))
        };
        if std::mem::take(&mut self.too_long) {
            Err(super::fault::too_long(self.max_bytes))
        } else {
            Ok(whole)
        }
    }
}
