//! Which members or items of a value the keywords beside `unevaluated…` have looked at.

use serde_json::Value;

/// Members of an object, or items of an array, by their place.
pub(crate) struct Evaluated {
    bits: Box<[u64]>,
    are_all: bool,
}

impl Evaluated {
    /// None of a value yet.
    pub(crate) fn none_of(value: &Value) -> Self {
        Self {
            bits: vec![0; words(value)].into(),
            are_all: false,
        }
    }

    /// What it takes, in bytes.
    pub(crate) fn bytes_for(value: &Value) -> usize {
        size_of::<Self>() + words(value) * 8
    }

    pub(crate) fn add(&mut self, place: usize) {
        if let Some(word) = self.bits.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    pub(crate) fn add_all(&mut self) {
        self.are_all = true;
    }

    pub(crate) fn has(&self, place: usize) -> bool {
        self.are_all
            || self
                .bits
                .get(place / 64)
                .is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// Adds those of another one, of the same value.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.are_all |= other.are_all;
        for (own, other) in self.bits.iter_mut().zip(&other.bits) {
            *own |= other;
        }
    }
}

fn words(value: &Value) -> usize {
    let places = match value {
        Value::Object(members) => members.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    places.div_ceil(64)
}
