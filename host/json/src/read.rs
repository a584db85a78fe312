//! The one reader of JSON that strangers send and that the host stores.

use std::borrow::Cow;
use std::collections::HashSet;

use super::fault::{JsonFault, JsonFaultKind, Step};
use super::number::JsonNumber;
use super::value::{JsonObject, JsonValue};

/// The most levels of arrays and objects of a value that is accepted.
pub const MAX_DEPTH: usize = 127;

/// The most levels of a value that was stored: twice what was ever accepted, since the host wraps values into its own.
const MAX_STORED_DEPTH: usize = 255;

/// The most digits of an exponent, so that all exponents are compared exactly.
const MAX_EXPONENT_DIGITS: usize = 18;

/// How a text is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As it is accepted from strangers.
    Sent,
    /// As it may be stored: an earlier release accepted U+0000 in texts, and names that an object has twice, of which the last counts;
    /// and what the host puts around a value makes it deeper.
    Stored,
}

impl Reading {
    fn max_depth(self) -> usize {
        match self {
            Self::Sent => MAX_DEPTH,
            Self::Stored => MAX_STORED_DEPTH,
        }
    }
}

/// What reading makes of values: a tree, or nothing.
pub(super) trait Make<'t> {
    type Value;
    type Members: Default;

    fn null() -> Self::Value;
    fn boolean(value: bool) -> Self::Value;
    fn number(literal: &'t str) -> Self::Value;
    fn string(text: Cow<'t, str>) -> Self::Value;
    fn array(items: Vec<Self::Value>) -> Self::Value;
    fn object(members: Self::Members) -> Self::Value;
    fn has(members: &Self::Members, name: &str) -> bool;
    /// Puts a member at the end, or in the place of the one of that name.
    fn insert(members: &mut Self::Members, name: Cow<'t, str>, value: Self::Value);
}

/// Makes a tree.
pub(super) struct Tree;

impl<'t> Make<'t> for Tree {
    type Value = JsonValue;
    type Members = JsonObject;

    fn null() -> JsonValue {
        JsonValue::Null
    }

    fn boolean(value: bool) -> JsonValue {
        JsonValue::Bool(value)
    }

    fn number(literal: &'t str) -> JsonValue {
        JsonValue::Number(JsonNumber::of_literal(literal))
    }

    fn string(text: Cow<'t, str>) -> JsonValue {
        JsonValue::String(text.into_owned())
    }

    fn array(items: Vec<JsonValue>) -> JsonValue {
        JsonValue::Array(items)
    }

    fn object(members: JsonObject) -> JsonValue {
        JsonValue::Object(members)
    }

    fn has(members: &JsonObject, name: &str) -> bool {
        members.contains(name)
    }

    fn insert(members: &mut JsonObject, name: Cow<'t, str>, value: JsonValue) {
        members.insert(name.into_owned(), value);
    }
}

/// Makes nothing: only looks whether all is as it must be.
pub(super) struct Nothing;

impl<'t> Make<'t> for Nothing {
    type Value = ();
    type Members = HashSet<Cow<'t, str>>;

    fn null() {}
    fn boolean(_: bool) {}
    fn number(_: &'t str) {}
    fn string(_: Cow<'t, str>) {}
    fn array(_: Vec<()>) {}
    fn object(_: Self::Members) {}

    fn has(members: &Self::Members, name: &str) -> bool {
        members.contains(name)
    }

    fn insert(members: &mut Self::Members, name: Cow<'t, str>, (): ()) {
        members.insert(name);
    }
}

/// Reads a whole text.
pub(super) fn read<'t, M: Make<'t>>(
    text: &'t str,
    reading: Reading,
) -> Result<M::Value, JsonFault> {
    let mut reader = Reader {
        text,
        at: 0,
        reading,
    };
    reader.space();
    let value = reader.value::<M>(0)?;
    reader.space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.malformed("there is something after its end")),
    }
}

struct Reader<'t> {
    text: &'t str,
    /// Where the reader is, in bytes.
    at: usize,
    reading: Reading,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn fault(&self, kind: JsonFaultKind) -> JsonFault {
        JsonFault::new(kind, self.at)
    }

    fn malformed(&self, what: &'static str) -> JsonFault {
        self.fault(JsonFaultKind::Malformed(what))
    }

    /// A value within so many others. The depth of calls is that of the value, which is bounded.
    fn value<M: Make<'t>>(&mut self, depth: usize) -> Result<M::Value, JsonFault> {
        match self.peek() {
            Some(b'n') => self.word("null").map(|()| M::null()),
            Some(b't') => self.word("true").map(|()| M::boolean(true)),
            Some(b'f') => self.word("false").map(|()| M::boolean(false)),
            Some(b'"') => self.string().map(M::string),
            Some(b'-' | b'0'..=b'9') => self.number().map(M::number),
            Some(b'[') => self.array::<M>(self.deeper(depth)?),
            Some(b'{') => self.object::<M>(self.deeper(depth)?),
            Some(_) => Err(self.malformed("a value is expected")),
            None => Err(self.malformed("it ends too early")),
        }
    }

    fn deeper(&self, depth: usize) -> Result<usize, JsonFault> {
        let max = self.reading.max_depth();
        if depth == max {
            return Err(self.fault(JsonFaultKind::TooDeep(max)));
        }
        Ok(depth + 1)
    }

    fn word(&mut self, word: &str) -> Result<(), JsonFault> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.malformed("a value is expected"));
        }
        self.at += word.len();
        Ok(())
    }

    fn array<M: Make<'t>>(&mut self, depth: usize) -> Result<M::Value, JsonFault> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.skip(b']') {
            return Ok(M::array(items));
        }
        loop {
            self.space();
            let item = self.value::<M>(depth);
            items.push(item.map_err(|fault| fault.within(Step::Item(items.len())))?);
            self.space();
            if self.skip(b']') {
                return Ok(M::array(items));
            }
            if !self.skip(b',') {
                return Err(self.malformed("a comma or the end of an array is expected"));
            }
        }
    }

    fn object<M: Make<'t>>(&mut self, depth: usize) -> Result<M::Value, JsonFault> {
        self.at += 1;
        let mut members = M::Members::default();
        self.space();
        if self.skip(b'}') {
            return Ok(M::object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.malformed("the name of a member is expected"));
            }
            let start = self.at;
            let name = self.string()?;
            let within = |fault: JsonFault, name: &str| fault.within(Step::Member(name.to_owned()));
            if self.reading == Reading::Sent && M::has(&members, &name) {
                let fault = JsonFault::new(JsonFaultKind::DuplicateName, start);
                return Err(within(fault, &name));
            }
            self.space();
            if !self.skip(b':') {
                return Err(self.malformed("a colon is expected"));
            }
            self.space();
            let value = self
                .value::<M>(depth)
                .map_err(|fault| within(fault, &name))?;
            M::insert(&mut members, name, value);
            self.space();
            if self.skip(b'}') {
                return Ok(M::object(members));
            }
            if !self.skip(b',') {
                return Err(self.malformed("a comma or the end of an object is expected"));
            }
        }
    }

    /// Digits; at least one.
    fn digits(&mut self) -> Result<usize, JsonFault> {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        match count {
            0 => Err(self.malformed("a digit is expected")),
            _ => Ok(count),
        }
    }

    fn number(&mut self) -> Result<&'t str, JsonFault> {
        let start = self.at;
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        let mut exponent_digits = 0;
        if self.skip(b'e') || self.skip(b'E') {
            let _ = self.skip(b'+') || self.skip(b'-');
            exponent_digits = self.digits()?;
        }
        let literal = &self.text[start..self.at];
        let is_in_range = || literal.parse().is_ok_and(f64::is_finite);
        // Fewer digits cannot be too many.
        let may_be_large = exponent_digits > 0 || literal.len() > 300;
        let is_exact = exponent_digits <= MAX_EXPONENT_DIGITS;
        if self.reading == Reading::Sent && may_be_large && !(is_exact && is_in_range()) {
            return Err(JsonFault::new(JsonFaultKind::OutOfRange, start));
        }
        Ok(literal)
    }

    /// A string without its quotes; borrowed where it has no escape.
    fn string(&mut self) -> Result<Cow<'t, str>, JsonFault> {
        self.at += 1;
        let mut text = Cow::Borrowed("");
        loop {
            let rest = &self.text[self.at..];
            let special = |byte: u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
            let Some(plain) = rest.bytes().position(special) else {
                self.at = self.text.len();
                return Err(self.malformed("it ends within a string"));
            };
            self.at += plain;
            if text.is_empty() {
                text = Cow::Borrowed(&rest[..plain]);
            } else {
                text.to_mut().push_str(&rest[..plain]);
            }
            match rest.as_bytes()[plain] {
                b'"' => {
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => text.to_mut().push(self.escape()?),
                _ => return Err(self.malformed("a string has a control character")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonFault> {
        self.at += 1;
        let escaped = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(),
            _ => return Err(self.malformed("an escape is not known")),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// What `\uXXXX` means, or two of those where they are a surrogate pair; the reader is at the first `u`.
    fn code_point(&mut self) -> Result<char, JsonFault> {
        let start = self.at - 1;
        let half = JsonFault::new(JsonFaultKind::HalfSurrogate, start);
        let first = self.code_unit()?;
        if first == 0 && self.reading == Reading::Sent {
            return Err(JsonFault::new(JsonFaultKind::Nul, start));
        }
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        if !self.text[self.at..].starts_with("\\u") {
            return Err(half);
        }
        self.at += 1;
        let units = [first as u16, self.code_unit()? as u16];
        let mut decoded = char::decode_utf16(units);
        match decoded.next() {
            Some(Ok(character)) => Ok(character),
            _ => Err(half),
        }
    }

    /// Four hexadecimal digits after `u`.
    fn code_unit(&mut self) -> Result<u32, JsonFault> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.malformed("an escape is not known"))?;
        self.at += 5;
        Ok(unit)
    }
}
