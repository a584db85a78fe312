//! How many lines a file has: what a database counts once it is loaded.

use super::encoding::Encoding;
use super::form::FileForm;

/// Counts the lines of a file that comes in pieces: the records of CSV, of which one may lie on several lines, and
/// without the row of names.
#[derive(Clone, Debug)]
pub struct LineCounter {
    quote: Option<u8>,
    /// Bytes of one unit of the encoding; which of them tells an ASCII character.
    unit: (usize, usize),
    header: bool,
    /// Bytes of a unit that lies across two pieces.
    pending: Vec<u8>,
    is_quoted: bool,
    ends: u64,
    /// Whether something stands behind the last line end.
    is_open: bool,
}

impl LineCounter {
    /// At the beginning of a file.
    pub fn new(form: &FileForm) -> Self {
        let (quote, encoding, header) = match form {
            FileForm::Csv(csv) => (csv.quote, csv.encoding, csv.header),
            FileForm::JsonLines => (None, Encoding::Utf8, false),
        };
        Self {
            // Both are ASCII.
            quote: quote.map(|quote| quote as u8),
            unit: match encoding {
                Encoding::Utf16Le => (2, 0),
                Encoding::Utf16Be => (2, 1),
                Encoding::Utf8 | Encoding::Latin1 | Encoding::Windows1252 => (1, 0),
            },
            header,
            pending: Vec::new(),
            is_quoted: false,
            ends: 0,
            is_open: false,
        }
    }

    /// Reads the next piece.
    pub fn next(&mut self, piece: &[u8]) {
        if self.unit.0 == 1 {
            self.read(piece);
            return;
        }
        let (_, low) = self.unit;
        self.pending.extend_from_slice(piece);
        let pending = std::mem::take(&mut self.pending);
        let (units, rest) = pending.as_chunks::<2>();
        // What is no ASCII character counts like any letter.
        let ascii = |unit: &[u8; 2]| if unit[1 - low] == 0 { unit[low] } else { b'x' };
        let letters: Vec<u8> = units.iter().map(ascii).collect();
        self.pending = rest.to_vec();
        self.read(&letters);
    }

    /// How many lines there were.
    pub fn end(&self) -> u64 {
        let lines = self.ends + u64::from(self.is_open);
        lines - u64::from(self.header && lines > 0)
    }

    /// Sixty-four bytes at a time: a doubled quote leaves and enters a field at once, so the parity of the
    /// quotes before a line end tells whether it ends a record.
    fn read(&mut self, bytes: &[u8]) {
        let (chunks, rest) = bytes.as_chunks::<64>();
        for chunk in chunks {
            let (mut quotes, mut ends) = (0_u64, 0_u64);
            for (place, &byte) in chunk.iter().enumerate() {
                quotes |= u64::from(Some(byte) == self.quote) << place;
                ends |= u64::from(byte == b'\n') << place;
            }
            let mut quoted = quotes;
            for shift in [1, 2, 4, 8, 16, 32] {
                quoted ^= quoted << shift;
            }
            if self.is_quoted {
                quoted = !quoted;
            }
            self.is_quoted = quoted >> 63 == 1;
            self.ends += u64::from((ends & !quoted).count_ones());
        }
        for &byte in rest {
            self.is_quoted ^= Some(byte) == self.quote;
            self.ends += u64::from(byte == b'\n' && !self.is_quoted);
        }
        if let Some(&last) = bytes.last() {
            self.is_open = self.is_quoted || last != b'\n';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::form::CsvForm;
    use super::*;

    fn check(form: CsvForm, file: &[u8], expect: u64) {
        for size in [1, 3, 63, 64, 65, file.len().max(1)] {
            let mut counter = LineCounter::new(&FileForm::Csv(form));
            file.chunks(size).for_each(|piece| counter.next(piece));
            assert_eq!(counter.end(), expect, "in pieces of {size}");
        }
    }

    #[test]
    fn a_record_is_one_line_wherever_it_lies() {
        let plain = CsvForm::default();
        check(plain, b"", 0);
        check(plain, b"id,title\n", 0);
        check(plain, b"id,title\n1,a\n2,b", 2);
        check(plain, b"id,title\r\n1,a\r\n", 1);
        let long = format!(
            "id,title\n{}2,c\n",
            "1,\"a \"\"quoted\"\"\nlong\n\n line\"\n".repeat(40)
        );
        check(plain, long.as_bytes(), 41);
        let bare = CsvForm {
            quote: None,
            header: false,
            ..plain
        };
        check(bare, b"1,\"a\n2,b\n", 2);
        for (encoding, unit) in [
            (Encoding::Utf16Le, u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (Encoding::Utf16Be, u16::to_be_bytes),
        ] {
            let file: Vec<u8> = long.encode_utf16().flat_map(unit).collect();
            check(CsvForm { encoding, ..plain }, &file, 41);
            // U+0A0A has a line end in each of its bytes.
            let file: Vec<u8> = "h\n\u{a0a}\n".encode_utf16().flat_map(unit).collect();
            check(CsvForm { encoding, ..plain }, &file, 1);
        }
    }
}
