//! A JSON array of objects, cut into its elements.
//!
//! Only brackets, strings and commas are looked at: enough to find where an
//! element ends. Whether it is JSON is found when it is read as a payload, so
//! that a malformed element does not spoil those behind it. Only an element
//! whose brackets or quotes do not close takes the rest of the array with it.

use bytes::Bytes;

use super::batch::{BatchItem, BatchReader, Pending};
use super::fault;
use super::payload::Payload;

pub(super) struct ArrayReader {
    state: State,
    /// The place of the element that is being read, from 1.
    place: u64,
    pending: Pending,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before `[`; so many bytes of a byte order mark were read.
    Before(usize),
    /// Within an element, or before its first byte, below so many open brackets.
    Element { depth: u64 },
    /// Within a string; whether the next byte is escaped.
    Text { depth: u64, escaped: bool },
    /// Behind the closing `]`.
    After,
    /// Behind a fault that leaves it unclear what follows.
    Lost,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl ArrayReader {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            state: State::Before(0),
            place: 1,
            pending: Pending::new(max_bytes),
        }
    }

    /// Takes a byte before the array.
    fn begin(&mut self, byte: u8, bom: usize, items: &mut Vec<BatchItem>) {
        let inside_bom = bom > 0 && bom < BOM.len();
        self.state = match byte {
            byte if BOM.get(bom) == Some(&byte) => State::Before(bom + 1),
            _ if inside_bom => return self.lose("the text is not UTF-8", items),
            b'[' => State::Element { depth: 0 },
            // Past this point no byte order mark is forgiven.
            byte if byte.is_ascii_whitespace() => State::Before(BOM.len()),
            _ => return self.lose("the batch is no JSON array", items),
        };
    }

    fn lose(&mut self, what: &str, items: &mut Vec<BatchItem>) {
        let fault = fault::malformed(format!(
            "{what}; nothing behind element {} was read",
            self.place - 1
        ));
        items.push(BatchItem {
            line: self.place,
            payload: Err(fault),
        });
        self.state = State::Lost;
    }

    /// Ends the element that ends with this part, at a comma or at the end of the array.
    fn end_element(&mut self, part: Bytes, is_last: bool, items: &mut Vec<BatchItem>) {
        let payload = self.pending.complete(part);
        let is_blank = payload
            .as_ref()
            .is_ok_and(|text| text.trim_ascii().is_empty());
        if is_blank && is_last && self.place == 1 {
            return;
        }
        let payload = if is_blank {
            Err(fault::malformed(
                "an element is missing beside a comma".to_owned(),
            ))
        } else {
            payload.map(Payload::Json)
        };
        items.push(BatchItem {
            line: self.place,
            payload,
        });
        self.place += 1;
    }
}

impl BatchReader for ArrayReader {
    fn feed(&mut self, bytes: Bytes, items: &mut Vec<BatchItem>) {
        let mut element_begins = 0;
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            match self.state {
                State::Before(bom) => {
                    self.begin(byte, bom, items);
                    element_begins = at + 1;
                }
                State::Element { depth } => match byte {
                    b'"' => {
                        self.state = State::Text {
                            depth,
                            escaped: false,
                        }
                    }
                    b'{' | b'[' => self.state = State::Element { depth: depth + 1 },
                    b',' | b']' if depth == 0 => {
                        let is_last = byte == b']';
                        self.end_element(bytes.slice(element_begins..at), is_last, items);
                        element_begins = at + 1;
                        if is_last {
                            self.state = State::After;
                        }
                    }
                    b'}' | b']' => {
                        self.state = State::Element {
                            depth: depth.saturating_sub(1),
                        };
                    }
                    _ => {}
                },
                State::Text {
                    depth,
                    escaped: true,
                } => {
                    self.state = State::Text {
                        depth,
                        escaped: false,
                    };
                }
                State::Text {
                    depth,
                    escaped: false,
                } => match memchr::memchr2(b'"', b'\\', &bytes[at..]) {
                    None => at = bytes.len() - 1,
                    Some(length) => {
                        at += length;
                        self.state = match bytes[at] {
                            b'"' => State::Element { depth },
                            _ => State::Text {
                                depth,
                                escaped: true,
                            },
                        };
                    }
                },
                State::After => {
                    if !byte.is_ascii_whitespace() {
                        self.lose("something follows the array", items);
                    }
                }
                State::Lost => return,
            }
            at += 1;
        }
        if matches!(self.state, State::Element { .. } | State::Text { .. }) {
            self.pending.keep(&bytes[element_begins..]);
        }
    }

    fn finish(&mut self, items: &mut Vec<BatchItem>) {
        match self.state {
            State::Before(_) => self.lose("the batch is empty, not a JSON array", items),
            State::Element { .. } | State::Text { .. } => {
                self.lose("the array does not end", items);
            }
            State::After | State::Lost => {}
        }
    }

    fn line(&self) -> u64 {
        self.place
    }
}
