//! The formats of strings, as the drafts have them that assert them.

use std::sync::LazyLock;

use jsonschema::Validator;

use crate::draft::Draft;

/// The formats that are checked; others are ignored.
const NAMES: [&str; 15] = [
    "date",
    "date-time",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
];
const DRAFTS: [Draft; 3] = [Draft::Draft4, Draft::Draft6, Draft::Draft7];

/// Each checks one string alone, in time that is linear in its length.
static CHECKS: LazyLock<Vec<Option<Validator>>> = LazyLock::new(|| {
    let formats = DRAFTS
        .iter()
        .flat_map(|draft| NAMES.map(|name| (*draft, name)));
    let check = |(draft, name)| {
        let draft = match draft {
            Draft::Draft4 => jsonschema::Draft::Draft4,
            Draft::Draft6 => jsonschema::Draft::Draft6,
            _ => jsonschema::Draft::Draft7,
        };
        let schema = serde_json::json!({ "format": name });
        jsonschema::options().with_draft(draft).build(&schema).ok()
    };
    formats.map(check).collect()
});

/// A format of a draft.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    draft: usize,
    name: usize,
}

impl Format {
    /// The format with a name; none if the draft does not assert it.
    pub(crate) fn named(name: &str, draft: Draft) -> Option<Self> {
        Some(Self {
            draft: DRAFTS.iter().position(|own| *own == draft)?,
            name: NAMES.iter().position(|own| *own == name)?,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES[self.name]
    }

    pub(crate) fn is_valid(self, value: &serde_json::Value) -> bool {
        let check = &CHECKS[self.draft * NAMES.len() + self.name];
        check.as_ref().is_none_or(|check| check.is_valid(value))
    }
}
