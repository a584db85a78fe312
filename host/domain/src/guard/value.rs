//! The values that guards work with.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::key::Key;

/// A value, as Python has it. Copies share what they hold.
#[derive(Clone, Debug)]
pub enum Value {
    /// `None`.
    None,
    /// `bool`.
    Bool(bool),
    /// `int`, as far as it has 64 bits.
    Int(i64),
    /// `float`.
    Float(f64),
    /// `str`.
    Text(Arc<str>),
    /// `list`.
    List(Arc<[Value]>),
    /// `tuple`.
    Tuple(Arc<[Value]>),
    /// `dict`.
    Dict(Arc<Dict>),
    /// `set`.
    Set(Arc<Set>),
    /// What `.keys()`, `.values()` and `.items()` of a dict answer.
    View(View, Arc<[Value]>),
}

/// Which view of a dict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum View {
    Keys,
    Values,
    Items,
}

/// Keys and values, in the order in which the keys came first.
#[derive(Debug, Default)]
pub struct Dict {
    places: HashMap<Key, usize>,
    entries: Vec<(Value, Value)>,
}

/// Values without doubles, in the order in which they came first.
#[derive(Debug, Default)]
pub struct Set {
    keys: HashSet<Key>,
    items: Vec<Value>,
}

impl Value {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    /// A list.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// A dict with texts as keys.
    pub fn dict(members: impl IntoIterator<Item = (impl AsRef<str>, Value)>) -> Self {
        let mut dict = Dict::default();
        for (name, value) in members {
            let name: Arc<str> = name.as_ref().into();
            dict.put(Key::Text(name.clone()), Self::Text(name), value);
        }
        Self::Dict(Arc::new(dict))
    }

    /// Whether Python takes it for true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(truth) => *truth,
            Self::Int(integer) => *integer != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) | Self::Tuple(items) | Self::View(_, items) => !items.is_empty(),
            Self::Dict(dict) => dict.len() > 0,
            Self::Set(set) => set.len() > 0,
        }
    }

    /// The type's name in Python.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::Set(_) => "set",
            Self::View(View::Keys, _) => "dict_keys",
            Self::View(View::Values, _) => "dict_values",
            Self::View(View::Items, _) => "dict_items",
        }
    }
}

impl Dict {
    /// The value of a key.
    pub(super) fn get(&self, key: &Key) -> Option<&Value> {
        self.places.get(key).map(|place| &self.entries[*place].1)
    }

    /// Sets the value of a key, which keeps its first place and form.
    pub(super) fn put(&mut self, key: Key, name: Value, value: Value) {
        match self.places.get(&key) {
            Some(place) => self.entries[*place].1 = value,
            None => {
                self.places.insert(key, self.entries.len());
                self.entries.push((name, value));
            }
        }
    }

    /// Keys and values, in their order.
    pub fn entries(&self) -> &[(Value, Value)] {
        &self.entries
    }

    /// The keys as they are found.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&Key, &Value)> {
        let keys = self.places.iter();
        keys.map(|(key, place)| (key, &self.entries[*place].1))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl Set {
    pub(super) fn contains(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    /// Adds a value, unless an equal one is there.
    pub(super) fn put(&mut self, key: Key, value: Value) {
        if self.keys.insert(key) {
            self.items.push(value);
        }
    }

    /// The values, in their order.
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// Whether all of it is in another.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.keys.is_subset(&other.keys)
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }
}
