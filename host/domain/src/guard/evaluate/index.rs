//! Subscripts and slices.

use std::sync::Arc;

use super::Machine;
use crate::guard::fault::{FaultKind, Raised};
use crate::guard::key::Key;
use crate::guard::show;
use crate::guard::tree::{Bounds, Node};
use crate::guard::value::Value;

impl Machine {
    pub(super) fn subscript(&mut self, of: &Value, index: &Value) -> Result<Value, Raised> {
        let name = of.type_name();
        match of {
            Value::Dict(dict) => {
                let key = Key::of(index, &mut self.budget)?;
                let found = dict.get(&key).cloned();
                found.ok_or_else(|| Raised::new(FaultKind::Key, show::briefly(index)))
            }
            Value::List(items) | Value::Tuple(items) => {
                let index = position(of, index)?;
                let found = place(index, items.len()).map(|place| items[place].clone());
                found.ok_or_else(|| {
                    Raised::new(FaultKind::Index, format!("{name} index out of range"))
                })
            }
            Value::Text(text) => {
                let index = position(of, index)?;
                self.budget.text(text.len())?;
                let letter =
                    place(index, text.chars().count()).and_then(|place| text.chars().nth(place));
                match letter {
                    Some(letter) => Ok(Value::text(letter.encode_utf8(&mut [0; 4]))),
                    None => Err(Raised::new(FaultKind::Index, "string index out of range")),
                }
            }
            _ => Err(Raised::of_type(format!(
                "'{name}' object is not subscriptable"
            ))),
        }
    }

    pub(super) fn slice(&mut self, of: &Node, bounds: &Bounds) -> Result<Value, Raised> {
        let of = self.node(of)?;
        let mut bound = |node: &Option<Node>| match node {
            Some(node) => self.node(node),
            None => Ok(Value::None),
        };
        let (from, to, step) = (
            bound(&bounds.from)?,
            bound(&bounds.to)?,
            bound(&bounds.step)?,
        );
        // Python looks at the step first.
        let cut = || {
            let step = index(&step)?.unwrap_or(1);
            if step == 0 {
                return Err(Raised::of_value("slice step cannot be zero"));
            }
            Ok((index(&from)?, index(&to)?, step))
        };
        match &of {
            Value::Text(text) => {
                let cut = cut()?;
                self.budget.text(text.len())?;
                self.budget
                    .bytes(text.len().saturating_mul(size_of::<char>()))?;
                let letters: Vec<char> = text.chars().collect();
                let places = self.places(cut, letters.len())?;
                Ok(Value::text(String::from_iter(
                    places.map(|place| letters[place]),
                )))
            }
            Value::List(items) => Ok(Value::List(self.cut(items, cut()?)?)),
            Value::Tuple(items) => Ok(Value::Tuple(self.cut(items, cut()?)?)),
            Value::Dict(_) => Err(Raised::of_type("unhashable type: 'slice'")),
            other => {
                let name = other.type_name();
                Err(Raised::of_type(format!(
                    "'{name}' object is not subscriptable"
                )))
            }
        }
    }

    fn cut(&mut self, items: &[Value], bounds: Cut) -> Result<Arc<[Value]>, Raised> {
        let places = self.places(bounds, items.len())?;
        Ok(places.map(|place| items[place].clone()).collect())
    }

    /// The places that a slice takes from so many.
    fn places(
        &mut self,
        (from, to, step): Cut,
        length: usize,
    ) -> Result<impl Iterator<Item = usize> + use<>, Raised> {
        self.budget.elements(length)?;
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let (least, most) = if step > 0 {
            (0, length)
        } else {
            (-1, length - 1)
        };
        let bound = |bound: i64| {
            let from_end = if bound < 0 { length } else { 0 };
            bound.saturating_add(from_end).clamp(least, most)
        };
        let (first, last) = if step > 0 {
            (least, most)
        } else {
            (most, least)
        };
        let (from, to) = (from.map_or(first, bound), to.map_or(last, bound));
        let next = move |place: &i64| Some(place.saturating_add(step));
        let places = std::iter::successors(Some(from), next);
        let within = move |place: &i64| if step > 0 { *place < to } else { *place > to };
        Ok(places.take_while(within).map(|place| place as usize))
    }
}

/// From where, to where, and in which steps, which are not nought.
type Cut = (Option<i64>, Option<i64>, i64);

/// A bound of a slice.
fn index(bound: &Value) -> Result<Option<i64>, Raised> {
    match bound {
        Value::None => Ok(None),
        Value::Bool(truth) => Ok(Some(i64::from(*truth))),
        Value::Int(integer) => Ok(Some(*integer)),
        _ => {
            let detail = "slice indices must be integers or None or have an __index__ method";
            Err(Raised::of_type(detail))
        }
    }
}

fn position(of: &Value, index: &Value) -> Result<i64, Raised> {
    match index {
        Value::Int(index) => Ok(*index),
        Value::Bool(index) => Ok(i64::from(*index)),
        other => {
            let (name, other) = (of.type_name(), other.type_name());
            Err(Raised::of_type(match of {
                Value::Text(_) => format!("string indices must be integers, not '{other}'"),
                _ => format!("{name} indices must be integers or slices, not {other}"),
            }))
        }
    }
}

/// Where an index, which may count from the end, is in so many.
fn place(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let index = if index < 0 { index + length } else { index };
    (0..length).contains(&index).then_some(index as usize)
}
