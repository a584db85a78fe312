//! Values of JSON where they stand: cut out as texts, so that no digit and no depth is lost.

use std::borrow::Cow;
use std::fmt;

use vervet_sdk::serde::de::{
    DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use vervet_sdk::serde_json::{self, value::RawValue};

/// The text of the value that the steps lead to; none if nothing is there.
pub(crate) fn find<'j>(json: &'j str, steps: &[String]) -> Option<&'j str> {
    steps.iter().try_fold(json, |json, step| {
        let mut reader = serde_json::Deserializer::from_str(json);
        let found = Step(step).deserialize(&mut reader).ok()?;
        found.map(RawValue::get)
    })
}

/// The text of a JSON string, without its quotes and escapes.
pub(crate) fn text(json: &str) -> Option<Cow<'_, str>> {
    let between = json.strip_prefix('"')?.strip_suffix('"')?;
    if between.contains('\\') {
        return serde_json::from_str(json).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(between))
}

/// The texts of a JSON array of nothing but strings.
pub(crate) fn texts(json: &str) -> Option<Vec<Cow<'_, str>>> {
    let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    items.into_iter().map(|item| text(item.get())).collect()
}

/// A step into an array or an object; of a name that is there twice, the last member counts.
struct Step<'s>(&'s str);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an array or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        let index: Option<usize> = self.0.parse().ok();
        let mut at = 0;
        while let Some(item) = seq.next_element::<&RawValue>()? {
            if Some(at) == index {
                found = Some(item);
            }
            at += 1;
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<String>()? {
            if name == self.0 {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
