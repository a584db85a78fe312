//! The functions that guards may call.

use std::ops::ControlFlow;

use super::Machine;
use super::number::Number;
use super::round::{round, to_integer};
use super::sum::Total;
use super::text::{self, NoInteger};
use crate::guard::fault::Raised;
use crate::guard::show;
use crate::guard::tree::{Arguments, Binary, Function, Named, Order};
use crate::guard::value::Value;

impl Machine {
    pub(super) fn call(
        &mut self,
        function: Function,
        arguments: &Arguments,
    ) -> Result<Value, Raised> {
        match function {
            Function::Any => self.any(arguments, true),
            Function::All => self.any(arguments, false),
            Function::Min | Function::Max => self.extreme(function, arguments),
            Function::Sum => self.sum(arguments),
            Function::Sorted => self.sorted(arguments),
            simple => {
                let given = match arguments {
                    Arguments::Values { values, named } => self.given(values, named)?,
                    Arguments::Generator { .. } => {
                        let detail = format!("{}() takes no generator", simple.as_str());
                        return Err(Raised::of_type(detail));
                    }
                };
                match given.at(0) {
                    None => Ok(empty(simple)),
                    Some(of) => self.simple(simple, of, given.at(1)),
                }
            }
        }
    }

    /// Whether any, or not all, of the values have this truth.
    fn any(&mut self, arguments: &Arguments, truth: bool) -> Result<Value, Raised> {
        let mut found = false;
        self.run_over(arguments, &mut |_, item| {
            found = item.is_true() == truth;
            Ok(match found {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })?;
        Ok(Value::Bool(found == truth))
    }

    fn extreme(&mut self, function: Function, arguments: &Arguments) -> Result<Value, Raised> {
        let name = function.as_str();
        let (items, default) = match arguments {
            Arguments::Generator { .. } => (self.elements(arguments)?, None),
            Arguments::Values { values, named } => {
                let given = self.given(values, named)?;
                let default = given.named(Named::Default).cloned();
                match (&*given.values, &default) {
                    ([one], _) => (self.items(one)?.to_vec(), default),
                    (_, Some(_)) => {
                        return Err(Raised::of_type(format!(
                            "Cannot specify a default for {name}() with multiple positional arguments"
                        )));
                    }
                    (_, None) => (given.values, None),
                }
            }
        };
        let order = match function {
            Function::Min => Order::Less,
            _ => Order::Greater,
        };
        let mut items = items.into_iter();
        let Some(mut found) = items.next().or(default) else {
            return Err(Raised::of_value(format!(
                "{name}() arg is an empty sequence"
            )));
        };
        for item in items {
            if self.ordered(order, &item, &found)? {
                found = item;
            }
        }
        Ok(found)
    }

    fn sum(&mut self, arguments: &Arguments) -> Result<Value, Raised> {
        if let Arguments::Values { values, named } = arguments {
            let given = self.given(values, named)?;
            let start = given.at(1).or(given.named(Named::Start));
            if let Some(Value::Text(_)) = start {
                let detail = "sum() can't sum strings [use ''.join(seq) instead]";
                return Err(Raised::of_type(detail));
            }
            let mut total = Total::new(start.cloned().unwrap_or(Value::Int(0)));
            let of = given.at(0).cloned().unwrap_or(Value::None);
            for item in self.items(&of)?.iter() {
                self.budget.steps(1)?;
                total = self.add(total, item.clone())?;
            }
            return Ok(total.value());
        }
        let mut total = Total::new(Value::Int(0));
        self.run_over(arguments, &mut |machine, item| {
            let so_far = std::mem::replace(&mut total, Total::new(Value::None));
            total = machine.add(so_far, item)?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(total.value())
    }

    fn add(&mut self, total: Total, item: Value) -> Result<Total, Raised> {
        match total.with(&item) {
            Some(total) => Ok(total),
            None => Ok(Total::new(self.binary(Binary::Add, total.value(), item)?)),
        }
    }

    fn sorted(&mut self, arguments: &Arguments) -> Result<Value, Raised> {
        let (items, reverse) = match arguments {
            Arguments::Generator { .. } => (self.elements(arguments)?, false),
            Arguments::Values { values, named } => {
                let given = self.given(values, named)?;
                let reverse = match given.named(Named::Reverse) {
                    None => false,
                    Some(Value::Bool(truth)) => *truth,
                    Some(Value::Int(integer)) => *integer != 0,
                    Some(other) => {
                        let name = other.type_name();
                        return Err(Raised::of_type(format!(
                            "'{name}' object cannot be interpreted as an integer"
                        )));
                    }
                };
                let of = given.at(0).cloned().unwrap_or(Value::None);
                (self.items(&of)?.to_vec(), reverse)
            }
        };
        let sorted = self.sort(items, reverse)?;
        self.list(sorted)
    }

    /// The functions of one value.
    fn simple(
        &mut self,
        function: Function,
        of: &Value,
        second: Option<&Value>,
    ) -> Result<Value, Raised> {
        match function {
            Function::Len => self.length(of),
            Function::Str => match of {
                Value::Text(_) => Ok(of.clone()),
                of => show::repr(of, &mut self.budget).map(Value::text),
            },
            Function::Int => self.integer(of),
            Function::Float => self.float(of),
            Function::Abs => absolute(of),
            Function::Round => round(of, second),
            _ => Ok(Value::Bool(of.is_true())),
        }
    }

    fn length(&mut self, of: &Value) -> Result<Value, Raised> {
        let length = match of {
            Value::Text(text) => {
                self.budget.text(text.len())?;
                text.chars().count()
            }
            Value::List(items) | Value::Tuple(items) | Value::View(_, items) => items.len(),
            Value::Dict(dict) => dict.len(),
            Value::Set(set) => set.len(),
            other => {
                let name = other.type_name();
                return Err(Raised::of_type(format!(
                    "object of type '{name}' has no len()"
                )));
            }
        };
        Ok(Value::Int(length as i64))
    }

    fn integer(&mut self, of: &Value) -> Result<Value, Raised> {
        match (of, Number::of(of)) {
            (_, Some(Number::Int(integer))) => Ok(Value::Int(integer)),
            (_, Some(Number::Float(number))) => to_integer(number.trunc(), number),
            (Value::Text(text), _) => {
                self.budget.make_text(text.len())?;
                text::integer(text).map(Value::Int).map_err(|no| match no {
                    NoInteger::TooLong => Raised::overflow(),
                    NoInteger::Malformed => {
                        let text = show::briefly(of);
                        Raised::of_value(format!("invalid literal for int() with base 10: {text}"))
                    }
                })
            }
            (other, _) => {
                let name = other.type_name();
                Err(Raised::of_type(format!(
                    "int() argument must be a string, a bytes-like object or a real number, not '{name}'"
                )))
            }
        }
    }

    fn float(&mut self, of: &Value) -> Result<Value, Raised> {
        match (of, Number::of(of)) {
            (_, Some(Number::Int(integer))) => Ok(Value::Float(integer as f64)),
            (_, Some(Number::Float(number))) => Ok(Value::Float(number)),
            (Value::Text(text), _) => {
                self.budget.make_text(text.len())?;
                let number = text::float(text).map(Value::Float);
                number.ok_or_else(|| {
                    let text = show::briefly(of);
                    Raised::of_value(format!("could not convert string to float: {text}"))
                })
            }
            (other, _) => {
                let name = other.type_name();
                Err(Raised::of_type(format!(
                    "float() argument must be a string or a real number, not '{name}'"
                )))
            }
        }
    }
}

/// What a function says of nothing.
fn empty(function: Function) -> Value {
    match function {
        Function::Str => Value::text(""),
        Function::Int => Value::Int(0),
        Function::Float => Value::Float(0.0),
        _ => Value::Bool(false),
    }
}

fn absolute(of: &Value) -> Result<Value, Raised> {
    match Number::of(of) {
        Some(Number::Int(integer)) => integer
            .checked_abs()
            .map(Value::Int)
            .ok_or_else(Raised::overflow),
        Some(Number::Float(number)) => Ok(Value::Float(number.abs())),
        None => {
            let name = of.type_name();
            Err(Raised::of_type(format!(
                "bad operand type for abs(): '{name}'"
            )))
        }
    }
}
