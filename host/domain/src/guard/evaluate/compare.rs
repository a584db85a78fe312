//! Comparison, order and membership.

use std::cmp::Ordering;

use super::Machine;
use super::number::Number;
use crate::guard::fault::Raised;
use crate::guard::key::Key;
use crate::guard::tree::{Comparison, Node, Order};
use crate::guard::value::{Dict, Value, View};

impl Machine {
    /// A chain of comparisons, which ends where one does not hold.
    pub(super) fn compare(
        &mut self,
        first: &Node,
        rest: &[(Comparison, Node)],
    ) -> Result<Value, Raised> {
        let mut left = self.node(first)?;
        for (comparison, right) in rest {
            let right = self.node(right)?;
            if !self.holds(*comparison, &left, &right)? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    fn holds(
        &mut self,
        comparison: Comparison,
        left: &Value,
        right: &Value,
    ) -> Result<bool, Raised> {
        Ok(match comparison {
            Comparison::Equal => self.equal(left, right)?,
            Comparison::NotEqual => !self.equal(left, right)?,
            Comparison::Order(order) => self.ordered(order, left, right)?,
            Comparison::In => self.contains(right, left)?,
            Comparison::NotIn => !self.contains(right, left)?,
            Comparison::Is => is_same(left, right),
            Comparison::IsNot => !is_same(left, right),
        })
    }

    /// Whether two values are equal; values of different types are not.
    pub(super) fn equal(&mut self, one: &Value, other: &Value) -> Result<bool, Raised> {
        self.budget.steps(1)?;
        if let (Some(one), Some(other)) = (Number::of(one), Number::of(other)) {
            return Ok(one.order(other) == Some(Ordering::Equal));
        }
        match (one, other) {
            (Value::None, Value::None) => Ok(true),
            (Value::Text(one), Value::Text(other)) => {
                self.budget.text(one.len().min(other.len()))?;
                Ok(one == other)
            }
            (Value::List(one), Value::List(other)) | (Value::Tuple(one), Value::Tuple(other)) => {
                self.all_equal(one, other)
            }
            (Value::Dict(one), Value::Dict(other)) => self.dicts_equal(one, other),
            (Value::Set(one), Value::Set(other)) => {
                self.budget.steps(one.len())?;
                Ok(one.len() == other.len() && one.is_within(other))
            }
            (Value::View(view, one), other) | (other, Value::View(view, one)) => {
                let others = match other {
                    Value::View(other, items) if other == view => items.clone(),
                    Value::Set(_) => self.items(other)?,
                    _ => return Ok(false),
                };
                if *view == View::Values || one.len() != others.len() {
                    return Ok(false);
                }
                for item in one.iter() {
                    if !self.among(&others, item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn all_equal(&mut self, one: &[Value], other: &[Value]) -> Result<bool, Raised> {
        if one.len() != other.len() {
            return Ok(false);
        }
        for (one, other) in one.iter().zip(other) {
            if !self.equal(one, other)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn dicts_equal(&mut self, one: &Dict, other: &Dict) -> Result<bool, Raised> {
        if one.len() != other.len() {
            return Ok(false);
        }
        for (key, value) in one.keys() {
            self.budget.steps(1)?;
            match other.get(key) {
                Some(other) if self.equal(value, other)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Whether two values stand in an order.
    pub(super) fn ordered(
        &mut self,
        order: Order,
        one: &Value,
        other: &Value,
    ) -> Result<bool, Raised> {
        self.budget.steps(1)?;
        if let (Some(one), Some(other)) = (Number::of(one), Number::of(other)) {
            return Ok(one.order(other).is_some_and(|found| meets(order, found)));
        }
        match (one, other) {
            (Value::Text(one), Value::Text(other)) => {
                self.budget.text(one.len().min(other.len()))?;
                // The order of the bytes is that of the letters.
                Ok(meets(order, one.cmp(other)))
            }
            (Value::List(one), Value::List(other)) | (Value::Tuple(one), Value::Tuple(other)) => {
                for (one, other) in one.iter().zip(other.iter()) {
                    if !self.equal(one, other)? {
                        return self.ordered(order, one, other);
                    }
                }
                Ok(meets(order, one.len().cmp(&other.len())))
            }
            (Value::Set(one), Value::Set(other)) => {
                self.budget.steps(one.len() + other.len())?;
                Ok(match order {
                    Order::Less => one.is_within(other) && one.len() < other.len(),
                    Order::LessOrEqual => one.is_within(other),
                    Order::Greater => other.is_within(one) && other.len() < one.len(),
                    Order::GreaterOrEqual => other.is_within(one),
                })
            }
            (one, other) => {
                let (sign, one, other) = (order.as_str(), one.type_name(), other.type_name());
                Err(Raised::of_type(format!(
                    "'{sign}' not supported between instances of '{one}' and '{other}'"
                )))
            }
        }
    }

    /// Whether a value is in another.
    fn contains(&mut self, all: &Value, one: &Value) -> Result<bool, Raised> {
        match all {
            Value::List(items) | Value::Tuple(items) | Value::View(_, items) => {
                self.among(items, one)
            }
            Value::Dict(dict) => Ok(dict.get(&Key::of(one, &mut self.budget)?).is_some()),
            Value::Set(set) => Ok(set.contains(&Key::of(one, &mut self.budget)?)),
            Value::Text(text) => match one {
                Value::Text(part) => {
                    self.budget.text(text.len())?;
                    Ok(text.contains(&**part))
                }
                other => {
                    let name = other.type_name();
                    Err(Raised::of_type(format!(
                        "'in <string>' requires string as left operand, not {name}"
                    )))
                }
            },
            other => {
                let name = other.type_name();
                Err(Raised::of_type(format!(
                    "argument of type '{name}' is not iterable"
                )))
            }
        }
    }

    /// Whether a value is among others.
    pub(super) fn among(&mut self, items: &[Value], one: &Value) -> Result<bool, Raised> {
        for item in items {
            if self.equal(item, one)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Sorts, keeping the order of equal values.
    pub(super) fn sort(&mut self, items: Vec<Value>, falling: bool) -> Result<Vec<Value>, Raised> {
        if items.len() < 2 {
            return Ok(items);
        }
        self.budget.elements(items.len())?;
        let mut left = items;
        let right = left.split_off(left.len() / 2);
        let left = self.sort(left, falling)?.into_iter();
        let right = self.sort(right, falling)?.into_iter();
        let (mut left, mut right) = (left.peekable(), right.peekable());
        let mut sorted = Vec::with_capacity(left.len() + right.len());
        while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
            let right_first = match falling {
                false => self.ordered(Order::Less, other, one)?,
                true => self.ordered(Order::Less, one, other)?,
            };
            sorted.extend(if right_first {
                right.next()
            } else {
                left.next()
            });
        }
        sorted.extend(left.chain(right));
        Ok(sorted)
    }
}

fn meets(order: Order, found: Ordering) -> bool {
    match order {
        Order::Less => found.is_lt(),
        Order::LessOrEqual => found.is_le(),
        Order::Greater => found.is_gt(),
        Order::GreaterOrEqual => found.is_ge(),
    }
}

/// Whether two values are the same `None`, `True` or `False`.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::None, Value::None) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        _ => false,
    }
}
