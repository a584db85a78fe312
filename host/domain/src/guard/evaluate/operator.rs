//! Operators, on values of any type.

use std::sync::Arc;

use super::Machine;
use super::number::{Number, operate};
use crate::guard::fault::Raised;
use crate::guard::key::Key;
use crate::guard::tree::{Binary, Unary};
use crate::guard::value::{Dict, Set, Value};

/// An operator before its operand.
pub(super) fn unary(operator: Unary, of: &Value) -> Result<Value, Raised> {
    match (operator, Number::of(of)) {
        (Unary::Plus, Some(Number::Int(integer))) => Ok(Value::Int(integer)),
        (Unary::Plus, Some(Number::Float(number))) => Ok(Value::Float(number)),
        (Unary::Minus, Some(Number::Int(integer))) => integer
            .checked_neg()
            .map(Value::Int)
            .ok_or_else(Raised::overflow),
        (Unary::Minus, Some(Number::Float(number))) => Ok(Value::Float(-number)),
        (Unary::Invert, Some(Number::Int(integer))) => Ok(Value::Int(!integer)),
        (operator, _) => {
            let sign = match operator {
                Unary::Plus => '+',
                Unary::Minus => '-',
                Unary::Invert => '~',
            };
            let name = of.type_name();
            Err(Raised::of_type(format!(
                "bad operand type for unary {sign}: '{name}'"
            )))
        }
    }
}

impl Machine {
    /// An operator between its operands.
    pub(super) fn binary(
        &mut self,
        operator: Binary,
        left: Value,
        right: Value,
    ) -> Result<Value, Raised> {
        let unsupported = || {
            let (sign, one, other) = (operator.as_str(), left.type_name(), right.type_name());
            Err(Raised::of_type(format!(
                "unsupported operand type(s) for {sign}: '{one}' and '{other}'"
            )))
        };
        if let (Some(one), Some(other)) = (Number::of(&left), Number::of(&right)) {
            if let (Value::Bool(one), Value::Bool(other)) = (&left, &right) {
                match operator {
                    Binary::And => return Ok(Value::Bool(one & other)),
                    Binary::Or => return Ok(Value::Bool(one | other)),
                    Binary::Xor => return Ok(Value::Bool(one ^ other)),
                    _ => {}
                }
            }
            return operate(operator, one, other).unwrap_or_else(unsupported);
        }
        match (operator, &left, &right) {
            (Binary::Add, Value::Text(one), Value::Text(other)) => {
                self.budget.make_text(one.len() + other.len())?;
                Ok(Value::text(format!("{one}{other}")))
            }
            (Binary::Add, Value::List(one), Value::List(other)) => {
                self.chain(one, other).map(Value::List)
            }
            (Binary::Add, Value::Tuple(one), Value::Tuple(other)) => {
                self.chain(one, other).map(Value::Tuple)
            }
            (Binary::Add, Value::Text(_) | Value::List(_) | Value::Tuple(_), other) => {
                let (name, other) = (left.type_name(), other.type_name());
                Err(Raised::of_type(format!(
                    "can only concatenate {name} (not \"{other}\") to {name}"
                )))
            }
            (Binary::Multiply, some, Value::Int(_) | Value::Bool(_)) if is_sequence(some) => {
                self.repeat(some, &right)
            }
            (Binary::Multiply, Value::Int(_) | Value::Bool(_), some) if is_sequence(some) => {
                self.repeat(some, &left)
            }
            (Binary::Multiply, some, other) if is_sequence(some) || is_sequence(other) => {
                let by = if is_sequence(some) { other } else { some };
                let name = by.type_name();
                Err(Raised::of_type(format!(
                    "can't multiply sequence by non-int of type '{name}'"
                )))
            }
            (Binary::Modulo, Value::Text(_), _) => Err(Raised::of_type(
                "texts are not formatted with % here; put them together with + and str()",
            )),
            (
                Binary::Subtract | Binary::And | Binary::Or | Binary::Xor,
                Value::Set(one),
                Value::Set(other),
            ) => self.combine(operator, one, other),
            (Binary::Or, Value::Dict(one), Value::Dict(other)) => {
                let mut merged = Dict::default();
                for (key, value) in one.entries().iter().chain(other.entries()) {
                    self.set(&mut merged, key.clone(), value.clone())?;
                }
                Ok(Value::Dict(Arc::new(merged)))
            }
            _ => unsupported(),
        }
    }

    fn chain(&mut self, one: &[Value], other: &[Value]) -> Result<Arc<[Value]>, Raised> {
        self.budget.elements(one.len() + other.len())?;
        Ok(one.iter().chain(other).cloned().collect())
    }

    fn repeat(&mut self, sequence: &Value, times: &Value) -> Result<Value, Raised> {
        let times = match Number::of(times) {
            Some(Number::Int(times)) => usize::try_from(times.max(0)).unwrap_or(usize::MAX),
            _ => 0,
        };
        match sequence {
            Value::Text(text) => {
                self.budget.make_text(text.len().saturating_mul(times))?;
                // Nothing, ever so often, is nothing.
                let times = if text.is_empty() { 0 } else { times };
                Ok(Value::text(text.repeat(times)))
            }
            Value::List(items) | Value::Tuple(items) => {
                self.budget.elements(items.len().saturating_mul(times))?;
                let times = if items.is_empty() { 0 } else { times };
                let repeated = std::iter::repeat_n(items, times);
                let items: Arc<[Value]> =
                    repeated.flat_map(|items| items.iter().cloned()).collect();
                Ok(match sequence {
                    Value::Tuple(_) => Value::Tuple(items),
                    _ => Value::List(items),
                })
            }
            other => Ok(other.clone()),
        }
    }

    fn combine(&mut self, operator: Binary, one: &Set, other: &Set) -> Result<Value, Raised> {
        let mut made = Set::default();
        let mut take = |machine: &mut Self, from: &Set, to: &Set, wanted: Option<bool>| {
            for item in from.items() {
                let key = Key::of(item, &mut machine.budget)?;
                if wanted.is_none_or(|wanted| to.contains(&key) == wanted) {
                    machine.put(&mut made, item.clone())?;
                }
            }
            Ok(())
        };
        match operator {
            Binary::And => take(self, one, other, Some(true))?,
            Binary::Subtract => take(self, one, other, Some(false))?,
            Binary::Xor => {
                take(self, one, other, Some(false))?;
                take(self, other, one, Some(false))?;
            }
            _ => {
                take(self, one, other, None)?;
                take(self, other, one, None)?;
            }
        }
        Ok(Value::Set(Arc::new(made)))
    }
}

fn is_sequence(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::List(_) | Value::Tuple(_))
}
