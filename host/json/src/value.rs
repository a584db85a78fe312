//! Values of JSON that lose nothing of what was sent.

use std::fmt;

use indexmap::IndexMap;

use super::fault::{JsonFault, JsonFaultKind};
use super::number::JsonNumber;
use super::read::{Reading, Tree, read};

/// A value of JSON: numbers as they were written, members in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum JsonValue {
    #[default]
    Null,
    Bool(bool),
    Number(JsonNumber),
    String(String),
    Array(Vec<JsonValue>),
    Object(JsonObject),
}

/// An object of JSON: no name is there twice. Two are equal in whatever order their members stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonObject(IndexMap<String, JsonValue>);

impl JsonValue {
    /// Reads what a stranger sent.
    ///
    /// # Errors
    /// If it is no JSON, nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH), or has a name twice, half a surrogate
    /// pair, the character U+0000, or a number that is out of range.
    pub fn read(text: &str) -> Result<Self, JsonFault> {
        read::<Tree>(text, Reading::Sent)
    }

    /// Reads what was stored, perhaps by an earlier release that refused less. Of a name that an object has twice, the
    /// last member counts.
    ///
    /// # Errors
    /// If it is no JSON, or nothing that any release has stored.
    pub fn read_stored(text: &str) -> Result<Self, JsonFault> {
        read::<Tree>(text, Reading::Stored)
    }

    /// As JSON for people: on lines of its own, indented.
    pub fn pretty(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_else(|_| self.to_string())
    }

    /// Its text, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Its members, where it is an object.
    pub fn as_object(&self) -> Option<&JsonObject> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member of a name, where it is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether both mean the same: numbers are compared by value, so that `1` is `1.0`.
    pub fn same_value(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.same_value(other),
            (Self::Array(one), Self::Array(other)) => {
                let mut pairs = one.iter().zip(other);
                one.len() == other.len() && pairs.all(|(one, other)| one.same_value(other))
            }
            (Self::Object(one), Self::Object(other)) => {
                let is_same = |(name, value): (&str, &Self)| {
                    other.get(name).is_some_and(|other| value.same_value(other))
                };
                one.len() == other.len() && one.iter().all(is_same)
            }
            _ => self == other,
        }
    }

    fn make_canonical(&mut self) {
        match self {
            Self::Number(number) => *number = number.canonical(),
            Self::Array(items) => items.iter_mut().for_each(Self::make_canonical),
            Self::Object(members) => members.make_canonical(),
            Self::Null | Self::Bool(_) | Self::String(_) => {}
        }
    }

    /// For what works on `serde_json`'s values. A number beyond its 64 bits becomes the nearest that it has.
    pub fn to_value(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => nearest(number),
            Self::String(text) => text.as_str().into(),
            Self::Array(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => members.to_value(),
        }
    }

    /// Applies a JSON merge patch (RFC 7396): members that are there are replaced, those that are null are removed.
    pub fn merge(&mut self, patch: &Self) {
        let Self::Object(patch) = patch else {
            *self = patch.clone();
            return;
        };
        if !self.is_object() {
            *self = Self::Object(JsonObject::default());
        }
        if let Self::Object(target) = self {
            target.merge(patch);
        }
    }
}

fn nearest(number: &JsonNumber) -> serde_json::Value {
    if let Ok(number) = serde_json::from_str::<serde_json::Number>(number.as_str()) {
        return number.into();
    }
    // Too large even for a float, which is not accepted any more.
    let largest = match number.as_str().starts_with('-') {
        true => f64::MIN,
        false => f64::MAX,
    };
    largest.into()
}

impl JsonObject {
    /// Reads what a stranger sent.
    ///
    /// # Errors
    /// As [`JsonValue::read`], or if it is no object.
    pub fn read(text: &str) -> Result<Self, JsonFault> {
        Self::of(JsonValue::read(text)?)
    }

    /// Reads what was stored.
    ///
    /// # Errors
    /// As [`JsonValue::read_stored`], or if it is no object.
    pub fn read_stored(text: &str) -> Result<Self, JsonFault> {
        Self::of(JsonValue::read_stored(text)?)
    }

    fn of(value: JsonValue) -> Result<Self, JsonFault> {
        match value {
            JsonValue::Object(members) => Ok(members),
            _ => Err(JsonFault::new(JsonFaultKind::NoObject, 0)),
        }
    }

    /// The member of a name.
    pub fn get(&self, name: &str) -> Option<&JsonValue> {
        self.0.get(name)
    }

    /// Whether it has a member of the name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Puts a member at the end, or in the place of the one of that name.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<JsonValue>) {
        self.0.insert(name.into(), value.into());
    }

    /// Takes a member out; the others keep their order.
    pub fn remove(&mut self, name: &str) -> Option<JsonValue> {
        self.0.shift_remove(name)
    }

    /// Keeps the members that are wanted.
    pub fn retain(&mut self, mut is_wanted: impl FnMut(&str, &mut JsonValue) -> bool) {
        self.0.retain(|name, value| is_wanted(name, value));
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &JsonValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Names and values, in order, to change the values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut JsonValue)> {
        let members = self.0.iter_mut();
        members.map(|(name, value)| (name.as_str(), value))
    }

    /// How many members it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has no member.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts the members in the order of their names; those of their values stay.
    pub fn sort(&mut self) {
        self.0.sort_unstable_keys();
    }

    /// Makes the texts of equal objects equal: members in the order of their names at every depth, and each number in
    /// one form.
    pub fn make_canonical(&mut self) {
        self.sort();
        self.0.values_mut().for_each(JsonValue::make_canonical);
    }

    /// As [`JsonValue::to_value`].
    pub fn to_value(&self) -> serde_json::Value {
        let members = self.iter();
        members
            .map(|(name, value)| (name.to_owned(), value.to_value()))
            .collect()
    }

    /// As [`JsonValue::merge`].
    pub fn merge(&mut self, patch: &Self) {
        for (name, value) in patch.iter() {
            if value.is_null() {
                self.remove(name);
            } else {
                self.0.entry(name.to_owned()).or_default().merge(value);
            }
        }
    }
}

impl IntoIterator for JsonObject {
    type Item = (String, JsonValue);
    type IntoIter = indexmap::map::IntoIter<String, JsonValue>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<(String, JsonValue)> for JsonObject {
    fn from_iter<I: IntoIterator<Item = (String, JsonValue)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl From<JsonObject> for JsonValue {
    fn from(members: JsonObject) -> Self {
        Self::Object(members)
    }
}

impl From<&str> for JsonValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for JsonValue {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for JsonValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// What the host itself makes with `json!`.
impl From<serde_json::Value> for JsonValue {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => {
                Self::Number(JsonNumber::of_literal(&number.to_string()))
            }
            serde_json::Value::String(text) => Self::String(text),
            serde_json::Value::Array(items) => {
                Self::Array(items.into_iter().map(Self::from).collect())
            }
            serde_json::Value::Object(members) => Self::Object(members.into()),
        }
    }
}

/// What the host itself makes with `json!`.
impl From<serde_json::Map<String, serde_json::Value>> for JsonObject {
    fn from(members: serde_json::Map<String, serde_json::Value>) -> Self {
        let members = members.into_iter();
        members.map(|(name, value)| (name, value.into())).collect()
    }
}

/// As JSON without spaces.
impl fmt::Display for JsonValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// As JSON without spaces.
impl fmt::Display for JsonObject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}
