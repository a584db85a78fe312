//! Payloads as JSON objects.
//!
//! Each member's value is first cut out as text, so that a number keeps its
//! literal and a wrong type is a fault of that member, and only then read.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use domain::payload::{Fault, Identifier, PayloadSchema, Reason, Transaction};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::assembly::{Assembly, Place};
use super::fault;
use super::keyed_hash::KeyedHash;
use super::value::Sent;
use json::{self, JsonFaultKind};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads the text of one JSON object.
pub(super) fn read(
    text: &[u8],
    schema: &Arc<PayloadSchema>,
    keyed_hash: &KeyedHash,
) -> Result<Transaction, Vec<Fault>> {
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let text = std::str::from_utf8(text).map_err(|error| {
        vec![fault::malformed_at(
            text,
            error.valid_up_to(),
            "the text is not UTF-8",
        )]
    })?;
    if !text.trim_ascii_start().starts_with('{') {
        return Err(vec![no_object(text)]);
    }
    let mut members = Members {
        assembly: Assembly::new(schema, keyed_hash),
        broken: None,
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let end = members.deserialize(&mut json).and_then(|()| json.end());
    match (members.broken, end) {
        (Some(Broken { at, what }), _) => {
            // The broken value is a part of the text.
            let offset = at - text.as_ptr().addr();
            Err(vec![fault::malformed_at(text.as_bytes(), offset, what)])
        }
        (None, Err(error)) => Err(vec![malformed(&error)]),
        (None, Ok(())) => members.assembly.finish(),
    }
}

/// The `txn_id` of a JSON object, if it is one and has a good one.
pub(super) fn txn_id(text: &[u8]) -> Option<Identifier> {
    #[derive(Deserialize)]
    struct Identified<'a> {
        #[serde(borrow)]
        txn_id: Cow<'a, str>,
    }
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let identified: Identified<'_> = serde_json::from_slice(text).ok()?;
    Identifier::new(&identified.txn_id).ok()
}

fn no_object(text: &str) -> Fault {
    match serde_json::from_str::<IgnoredAny>(text) {
        Err(error) => malformed(&error),
        Ok(IgnoredAny) => Fault {
            field: String::new(),
            reason: Reason::WrongType,
            detail: "the payload must be a JSON object".to_owned(),
        },
    }
}

/// serde_json's own words for malformed text repeat none of it, and end in line and column.
fn malformed(error: &serde_json::Error) -> Fault {
    fault::malformed(error.to_string())
}

struct Members<'s> {
    assembly: Assembly<'s>,
    broken: Option<Broken>,
}

/// A value that looked like JSON from outside and is none.
struct Broken {
    /// The address of the value's text.
    at: usize,
    what: &'static str,
}

impl<'de> DeserializeSeed<'de> for &mut Members<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Members<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(name)) = map.next_key()? {
            let value: &RawValue = map.next_value()?;
            if let Err(what) = take(&mut self.assembly, &name, value.get()) {
                self.broken = Some(Broken {
                    at: value.get().as_ptr().addr(),
                    what,
                });
                return Err(A::Error::custom(what));
            }
        }
        Ok(())
    }
}

fn take(assembly: &mut Assembly<'_>, name: &str, json: &str) -> Result<(), &'static str> {
    match assembly.place(name) {
        Place::Field(field, kind) => assembly.put(field, kind, sent(json)?),
        Place::Additional => match json::check(json) {
            Ok(()) if name.contains('\0') => assembly.fault(fault::nul(name)),
            Ok(()) => assembly.put_additional(name, json),
            Err(fault) if fault.kind == JsonFaultKind::Nul => assembly.fault(fault::nul(name)),
            Err(fault) if fault.kind == JsonFaultKind::DuplicateName => {
                assembly.fault(fault::duplicate(name, "has a key twice in one object"));
            }
            Err(fault) => return Err(unkept(fault.kind)),
        },
    }
    Ok(())
}

/// Why a value is not kept, though it looked like JSON from outside.
fn unkept(kind: JsonFaultKind) -> &'static str {
    match kind {
        JsonFaultKind::TooDeep(_) => "the value has more than 127 levels",
        JsonFaultKind::HalfSurrogate => "the value has half a surrogate pair",
        JsonFaultKind::OutOfRange => {
            "the value has a number that 64 bits of floating point cannot hold"
        }
        JsonFaultKind::Malformed(_)
        | JsonFaultKind::DuplicateName
        | JsonFaultKind::Nul
        | JsonFaultKind::NoObject => "the value is no JSON",
    }
}

/// Reads a value that was cut out of an object.
fn sent(json: &str) -> Result<Sent<'_>, &'static str> {
    Ok(match json.as_bytes()[0] {
        b'n' => Sent::Null,
        b't' => Sent::Boolean(true),
        b'f' => Sent::Boolean(false),
        b'"' => Sent::Text(text(json)?),
        b'[' | b'{' => {
            if let Err(fault) = json::check(json)
                && !matches!(
                    fault.kind,
                    JsonFaultKind::DuplicateName | JsonFaultKind::Nul
                )
            {
                return Err(unkept(fault.kind));
            }
            Sent::Nested
        }
        _ => Sent::Number(json),
    })
}

/// Reads a string that was cut out with its quotes.
fn text(json: &str) -> Result<Cow<'_, str>, &'static str> {
    if memchr::memchr(b'\\', json.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(&json[1..json.len() - 1]));
    }
    serde_json::from_str(json)
        .map(Cow::Owned)
        .map_err(|_| "the string has half a surrogate pair")
}

/// A key, borrowed from the payload unless it is escaped.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Cow<'de, str>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(key))
            }

            fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(key.to_owned()))
            }
        }
        json.deserialize_str(KeyVisitor).map(Key)
    }
}
