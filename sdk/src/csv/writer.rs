//! Writes rows of fields.

use std::io::Write;

use super::{Dialect, Quoting};
use crate::formatter::TextList;
use crate::{Timestamp, serde_json};

/// Writes rows of fields to the end of a buffer.
///
/// See the [module](super) for an example.
#[derive(Debug)]
pub struct Writer<'o> {
    dialect: Dialect,
    out: &'o mut Vec<u8>,
    row_is_empty: bool,
    scratch: Vec<u8>,
}

impl<'o> Writer<'o> {
    /// A writer to the end of `out`, at the beginning of a row.
    pub fn new(dialect: Dialect, out: &'o mut Vec<u8>) -> Self {
        Self {
            dialect,
            out,
            row_is_empty: true,
            scratch: Vec::new(),
        }
    }

    /// A row of names.
    pub fn header<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            self.text(name);
        }
        self.end_row();
    }

    /// A value that is absent.
    pub fn null(&mut self) {
        self.begin();
    }

    /// A text; "" is written as `""`.
    pub fn text(&mut self, text: &str) {
        self.begin();
        self.put(text.as_bytes(), self.dialect.defuse_formulas);
    }

    /// A text, absent where it is "": an id of something that is not there.
    pub fn text_or_null(&mut self, text: &str) {
        if text.is_empty() {
            self.null();
        } else {
            self.text(text);
        }
    }

    /// A text that [`Dialect::is_plain`] vouches for.
    #[inline]
    pub fn plain(&mut self, text: &str) {
        self.begin();
        if text.is_empty() {
            self.out.extend_from_slice(b"\"\"");
        } else {
            put_bytes(self.out, text.as_bytes());
        }
    }

    /// A number or a word that never needs quotes.
    fn bare(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.begin();
        match self.dialect.quoting {
            Quoting::Minimal => write(self.out),
            Quoting::All => {
                self.out.push(b'"');
                write(self.out);
                self.out.push(b'"');
            }
        }
    }

    /// A number or a date that was formatted elsewhere: never taken for a formula.
    pub fn formatted(&mut self, text: &str) {
        self.begin();
        self.put(text.as_bytes(), false);
    }

    /// A word of ASCII letters, such as a level.
    pub fn word(&mut self, word: &'static str) {
        self.bare(|out| put_bytes(out, word.as_bytes()));
    }

    /// An integer.
    pub fn integer(&mut self, value: i64) {
        // Writing to a Vec cannot fail, here and below.
        self.bare(|out| drop(write!(out, "{value}")));
    }

    /// A number, in as many digits as tell it from every other; absent if it is NaN.
    pub fn number(&mut self, value: f64) {
        if value.is_nan() {
            self.null();
        } else {
            self.bare(|out| drop(write!(out, "{value}")));
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, value: bool) {
        self.bare(|out| out.extend_from_slice(if value { b"true" } else { b"false" }));
    }

    /// A moment in UTC, which Redshift's `TIMEFORMAT 'auto'` and Power Query read:
    /// `2024-02-29T09:30:00.000000Z`.
    pub fn timestamp(&mut self, moment: Option<Timestamp>) {
        match moment {
            Some(moment) => self.bare(|out| put_timestamp(out, moment)),
            None => self.null(),
        }
    }

    /// Texts as a JSON array of strings.
    pub fn json_strings(&mut self, texts: TextList<'_>) {
        if texts.len() == 0 {
            return self.empty_list();
        }
        // A string of JSON begins with a quote, so the field is quoted, and what needs no escape in
        // JSON needs none here.
        self.begin();
        self.out.extend_from_slice(b"\"[");
        for (index, text) in texts.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            if needs_escape(text) {
                self.scratch.clear();
                drop(serde_json::to_writer(&mut self.scratch, text));
                put_doubled(self.out, &self.scratch);
            } else {
                self.out.extend_from_slice(b"\"\"");
                put_bytes(self.out, text.as_bytes());
                self.out.extend_from_slice(b"\"\"");
            }
        }
        self.out.extend_from_slice(b"]\"");
    }

    /// JSON texts as a JSON array of what they are.
    pub fn json_values(&mut self, texts: TextList<'_>) {
        if texts.len() == 0 {
            return self.empty_list();
        }
        let dialect = self.dialect;
        let quoted = dialect.quoting == Quoting::All
            || matches!(dialect.delimiter, b'[' | b']')
            || (dialect.delimiter == b',' && texts.len() > 1)
            || texts
                .clone()
                .any(|text| dialect.must_quote(text.as_bytes()));
        self.begin();
        self.out
            .extend_from_slice(if quoted { b"\"[" } else { b"[" });
        for (index, text) in texts.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            if quoted {
                put_doubled(self.out, text.as_bytes());
            } else {
                put_bytes(self.out, text.as_bytes());
            }
        }
        self.out
            .extend_from_slice(if quoted { b"]\"" } else { b"]" });
    }

    fn empty_list(&mut self) {
        self.bare(|out| out.extend_from_slice(b"[]"));
    }

    /// Ends the row.
    pub fn end_row(&mut self) {
        self.out
            .extend_from_slice(self.dialect.line_end.as_str().as_bytes());
        self.row_is_empty = true;
    }

    #[inline]
    fn begin(&mut self) {
        if self.row_is_empty {
            self.row_is_empty = false;
        } else {
            self.out.push(self.dialect.delimiter);
        }
    }

    fn put(&mut self, bytes: &[u8], defuse: bool) {
        let formula = defuse
            && matches!(
                bytes.first(),
                Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')
            );
        let quoted = bytes.is_empty()
            || self.dialect.quoting == Quoting::All
            || self.dialect.must_quote(bytes)
            // Alone on a line, PostgreSQL takes it for the end of the file.
            || bytes == b"\\.";
        if quoted {
            self.out.push(b'"');
        }
        if formula {
            self.out.push(b'\'');
        }
        if quoted {
            put_doubled(self.out, bytes);
            self.out.push(b'"');
        } else {
            put_bytes(self.out, bytes);
        }
    }
}

/// Whether a text is written otherwise within a string of JSON.
fn needs_escape(text: &str) -> bool {
    text.bytes().fold(false, |any, byte| {
        any | (byte < b' ') | (byte == b'"') | (byte == b'\\')
    })
}

/// The bytes. Most fields are short, and in a guest a copy whose length is not known beforehand is a
/// call into the engine, which costs more than the copy: these are made of copies of known lengths.
#[inline]
fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let end = out.len() + bytes.len();
    match bytes.len() {
        0..4 => bytes.iter().for_each(|&byte| out.push(byte)),
        4..8 => put_ends::<4>(out, bytes, end),
        8..16 => put_ends::<8>(out, bytes, end),
        16..=64 => {
            let (chunks, _) = bytes.as_chunks::<16>();
            chunks.iter().for_each(|chunk| out.extend_from_slice(chunk));
            put_last::<16>(out, bytes, end);
        }
        _ => out.extend_from_slice(bytes),
    }
}

/// At least `N` and at most `2 * N` bytes, by their first and their last ones.
#[inline]
fn put_ends<const N: usize>(out: &mut Vec<u8>, bytes: &[u8], end: usize) {
    if let Some(first) = bytes.first_chunk::<N>() {
        out.extend_from_slice(first);
    }
    put_last::<N>(out, bytes, end);
}

/// The last of the bytes, of which all before are there, so that `out` ends at `end`.
#[inline]
fn put_last<const N: usize>(out: &mut Vec<u8>, bytes: &[u8], end: usize) {
    if let Some(last) = bytes.last_chunk::<N>() {
        out.truncate(end - N);
        out.extend_from_slice(last);
    }
}

/// The bytes with every quote doubled.
fn put_doubled(out: &mut Vec<u8>, bytes: &[u8]) {
    // JSON has quotes everywhere: looking for them takes longer than writing one behind each byte
    // and going back over it where the byte was none.
    let (chunks, rest) = bytes.as_chunks::<16>();
    for chunk in chunks {
        let mut room = [b'"'; 32];
        let mut length = 0;
        for &byte in chunk {
            // At most 30 before the last byte, so that the mask changes nothing.
            room[length & 31] = byte;
            room[(length + 1) & 31] = b'"';
            length += 1 + usize::from(byte == b'"');
        }
        let start = out.len();
        out.extend_from_slice(&room);
        out.truncate(start + length);
    }
    for &byte in rest {
        out.push(byte);
        if byte == b'"' {
            out.push(b'"');
        }
    }
}

fn put_timestamp(out: &mut Vec<u8>, moment: Timestamp) {
    let at = moment.civil();
    let Ok(year @ 0..=9999) = u16::try_from(at.year) else {
        drop(write!(out, "{moment}"));
        return;
    };
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let mut two = |place: usize, value: u32| {
        text[place] = b'0' + (value / 10 % 10) as u8;
        text[place + 1] = b'0' + (value % 10) as u8;
    };
    two(0, u32::from(year) / 100);
    two(2, u32::from(year));
    two(5, at.month.into());
    two(8, at.day.into());
    two(11, at.hour.into());
    two(14, at.minute.into());
    two(17, at.second.into());
    two(20, at.microsecond / 10_000);
    two(22, at.microsecond / 100);
    two(24, at.microsecond);
    out.extend_from_slice(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, text: &str, expect: &str) {
        let mut out = Vec::new();
        Writer::new(dialect, &mut out).text(text);
        assert_eq!(String::from_utf8_lossy(&out), expect, "{text:?}");
    }

    #[test]
    fn texts_are_quoted_where_they_must() {
        let dialect = Dialect::default();
        check(dialect, "plain; text", "plain; text");
        check(dialect, "", "\"\"");
        check(dialect, "a,b", "\"a,b\"");
        check(dialect, "line\nline", "\"line\nline\"");
        check(
            dialect,
            "a long text, of which the end is \"quoted\"",
            "\"a long text, of which the end is \"\"quoted\"\"\"",
        );
        check(
            dialect,
            "sixteen bytes ok and then\r",
            "\"sixteen bytes ok and then\r\"",
        );
        check(dialect, "=1+1", "=1+1");
    }

    #[test]
    fn a_dialect_decides() {
        let all = Dialect {
            quoting: Quoting::All,
            ..Dialect::default()
        };
        check(all, "a", "\"a\"");
        let semicolon = Dialect {
            delimiter: b';',
            ..Dialect::default()
        };
        check(semicolon, "a,b;c", "\"a,b;c\"");
        check(semicolon, "a,b", "a,b");
        let defused = Dialect {
            defuse_formulas: true,
            ..Dialect::default()
        };
        check(defused, "=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0");
        check(defused, "-1,5", "\"'-1,5\"");
        check(defused, "a=b", "a=b");
    }

    #[test]
    fn both_ways_to_write_a_moment_agree() {
        for micros in [
            0,
            -1,
            1_649_721_600_123_456,
            253_402_300_799_999_999,
            253_402_300_800_000_000,
        ] {
            let moment = Timestamp::from_micros(micros);
            let mut out = Vec::new();
            put_timestamp(&mut out, moment);
            assert_eq!(String::from_utf8_lossy(&out), moment.to_string());
        }
    }
}
