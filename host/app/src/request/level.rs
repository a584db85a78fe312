//! Severities and priorities by name, for what serde reads and writes: `#[serde(with = "level")]`.

use std::borrow::Cow;

use domain::rule::Level;
use serde::{Deserialize, Deserializer, Serializer, de};

pub(crate) fn serialize<S: Serializer>(level: &Level, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(level.as_str())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(text: D) -> Result<Level, D::Error> {
    let text = Cow::<'de, str>::deserialize(text)?;
    Level::parse(&text).ok_or_else(|| de::Error::custom("must be low, medium or high"))
}

/// The same for levels that may be missing.
pub(crate) mod option {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        level: &Option<Level>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        match level {
            Some(level) => out.serialize_str(level.as_str()),
            None => out.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        text: D,
    ) -> Result<Option<Level>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(text)?;
        let parsed = text.map(|text| {
            let level = Level::parse(&text);
            level.ok_or_else(|| de::Error::custom("must be low, medium or high"))
        });
        parsed.transpose()
    }
}
