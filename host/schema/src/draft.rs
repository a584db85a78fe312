//! The drafts of JSON Schema, and where each has schemas within schemas.

use serde_json::Value;

/// A draft of JSON Schema, in the order in which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Draft {
    /// draft-04
    Draft4,
    /// draft-06
    Draft6,
    /// draft-07
    Draft7,
    /// 2019-09
    Draft201909,
    /// 2020-12
    Draft202012,
}

/// How a keyword holds schemas.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// One schema.
    One,
    /// An array of schemas.
    Array,
    /// An object of schemas.
    Map,
    /// One schema, or an array of them.
    OneOrArray,
    /// An object whose values are schemas or something else.
    MapOfSome,
}

impl Draft {
    /// The draft that a `$schema` names.
    pub(crate) fn named(url: &str) -> Option<Self> {
        let url = url.trim_end_matches('#');
        let path = url
            .strip_prefix("http://")
            .or_else(|| url.strip_prefix("https://"))?;
        Some(match path {
            "json-schema.org/draft-04/schema" => Self::Draft4,
            "json-schema.org/draft-06/schema" => Self::Draft6,
            "json-schema.org/draft-07/schema" => Self::Draft7,
            "json-schema.org/draft/2019-09/schema" => Self::Draft201909,
            "json-schema.org/draft/2020-12/schema" => Self::Draft202012,
            _ => return None,
        })
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft4 => "draft 4",
            Self::Draft6 => "draft 6",
            Self::Draft7 => "draft 7",
            Self::Draft201909 => "draft 2019-09",
            Self::Draft202012 => "draft 2020-12",
        }
    }

    /// The keyword that names a schema.
    pub(crate) fn id_keyword(self) -> &'static str {
        match self {
            Self::Draft4 => "id",
            _ => "$id",
        }
    }

    /// Whether what stands beside `$ref` is ignored.
    pub(crate) fn ref_stands_alone(self) -> bool {
        self <= Self::Draft7
    }

    /// Whether `format` is an assertion; later drafts have it as an annotation.
    pub(crate) fn asserts_formats(self) -> bool {
        self <= Self::Draft7
    }

    /// How a keyword of this draft holds schemas; none if it holds none.
    pub(crate) fn holds(self, keyword: &str) -> Option<Holds> {
        use Draft::{Draft6, Draft7, Draft201909, Draft202012};
        Some(match keyword {
            "additionalProperties" | "not" => Holds::One,
            "additionalItems" if self < Draft202012 => Holds::One,
            "contains" | "propertyNames" if self >= Draft6 => Holds::One,
            "if" | "then" | "else" if self >= Draft7 => Holds::One,
            "unevaluatedItems" | "unevaluatedProperties" | "contentSchema"
                if self >= Draft201909 =>
            {
                Holds::One
            }
            "items" if self == Draft202012 => Holds::One,
            "items" => Holds::OneOrArray,
            "allOf" | "anyOf" | "oneOf" => Holds::Array,
            "prefixItems" if self == Draft202012 => Holds::Array,
            "properties" | "patternProperties" | "definitions" => Holds::Map,
            "$defs" | "dependentSchemas" if self >= Draft201909 => Holds::Map,
            "dependencies" => Holds::MapOfSome,
            _ => return None,
        })
    }

    /// The schemas that a keyword holds.
    pub(crate) fn schemas_in<'d>(self, keyword: &str, value: &'d Value) -> Vec<&'d Value> {
        let is_schema = |value: &&Value| value.is_object() || value.is_boolean();
        match (self.holds(keyword), value) {
            (None, _) => Vec::new(),
            (Some(Holds::One), one) => vec![one],
            (Some(Holds::Array | Holds::OneOrArray), Value::Array(all)) => all.iter().collect(),
            (Some(Holds::OneOrArray), one) => vec![one],
            (Some(Holds::Map), Value::Object(all)) => all.values().collect(),
            (Some(Holds::MapOfSome), Value::Object(all)) => {
                all.values().filter(is_schema).collect()
            }
            _ => Vec::new(),
        }
    }
}
