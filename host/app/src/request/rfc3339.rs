//! Moments as RFC 3339 writes them, for what serde reads and writes: `#[serde(with = "rfc3339")]`.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serializer, de};

use domain::time::Timestamp;

/// Writes a moment in UTC.
///
/// # Errors
/// Where the serializer fails.
pub(crate) fn serialize<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(at)
}

/// Reads a moment with any offset.
///
/// # Errors
/// Where it is none.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(text: D) -> Result<Timestamp, D::Error> {
    parse(&Cow::<'de, str>::deserialize(text)?)
}

fn parse<E: de::Error>(text: &str) -> Result<Timestamp, E> {
    let moment: jiff::Timestamp = text.parse().map_err(E::custom)?;
    Ok(Timestamp::from_micros(moment.as_microsecond()))
}

/// The same for moments that may be missing.
pub(crate) mod option {
    use super::*;

    /// Writes a moment in UTC, or null.
    ///
    /// # Errors
    /// Where the serializer fails.
    pub(crate) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => out.collect_str(at),
            None => out.serialize_none(),
        }
    }

    /// Reads a moment with any offset, or null.
    ///
    /// # Errors
    /// Where it is neither.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        text: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(text)?;
        text.map(|text| parse(&text)).transpose()
    }
}
