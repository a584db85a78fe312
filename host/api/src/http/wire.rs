//! The forms of names and times in bodies, paths and queries.
//!
//! The domain's types know no serde; these do, and hold nothing else.

use std::borrow::Cow;

use domain::name::Name;
use domain::time::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A [`Name`] in a body, a path or a query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WireName(pub Name);

impl<'de> Deserialize<'de> for WireName {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(text)?;
        Name::new(&text).map(Self).map_err(de::Error::custom)
    }
}

impl Serialize for WireName {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.0.as_str())
    }
}

impl JsonSchema for WireName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$" })
    }
}

/// A [`Timestamp`] in a body or a query: RFC 3339; written in UTC, read with any offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireTime(pub Timestamp);

impl<'de> Deserialize<'de> for WireTime {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(text)?;
        let moment: jiff::Timestamp = text.parse().map_err(|_| {
            de::Error::custom(
                "must be a time with offset, such as 2024-09-25T10:45:30Z, and not after 9999-12-30T22:00:00Z",
            )
        })?;
        Ok(Self(Timestamp::from_micros(moment.as_microsecond())))
    }
}

impl Serialize for WireTime {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0)
    }
}

impl JsonSchema for WireTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}
