//! Evaluates the tree, within the budget.

mod call;
mod compare;
mod comprehension;
mod function;
mod index;
mod letter;
mod list_method;
mod number;
mod operator;
mod round;
mod sum;
mod text;
mod text_method;

use std::sync::Arc;

use super::budget::Budget;
use super::fault::{Fault, Raised};
use super::key::Key;
use super::tree::{Node, Program, Target, What};
use super::value::{Dict, Set, Value, View};

/// Evaluates a condition.
pub(super) fn run(
    program: &Program,
    source: &str,
    alert: &Value,
    security: &Value,
) -> Result<Value, Fault> {
    let mut variables = vec![Value::None; program.slots];
    // In the order of `tree::ALERT` and `tree::SECURITY`.
    for (variable, value) in variables.iter_mut().zip([alert, security]) {
        *variable = value.clone();
    }
    let mut machine = Machine {
        variables,
        budget: Budget::new(),
    };
    let value = machine.node(&program.root);
    value.map_err(|raised| raised.into_fault(source))
}

/// An evaluation under way.
struct Machine {
    variables: Vec<Value>,
    budget: Budget,
}

impl Machine {
    fn node(&mut self, node: &Node) -> Result<Value, Raised> {
        let value = self.budget.steps(1).and_then(|()| self.what(&node.what));
        value.map_err(|raised| raised.at(node.at))
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<Vec<Value>, Raised> {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    fn what(&mut self, what: &What) -> Result<Value, Raised> {
        Ok(match what {
            What::Constant(value) => value.clone(),
            What::Variable(slot) => self.variables[*slot].clone(),
            What::Member(of, name) => match self.node(of)? {
                Value::Dict(dict) => dict.get(name).cloned().unwrap_or(Value::None),
                _ => Value::None,
            },
            What::Subscript(of, index) => {
                let of = self.node(of)?;
                let index = self.node(index)?;
                self.subscript(&of, &index)?
            }
            What::Slice(of, bounds) => self.slice(of, bounds)?,
            What::List(nodes) => {
                let items = self.nodes(nodes)?;
                self.list(items)?
            }
            What::Tuple(nodes) => {
                let items = self.nodes(nodes)?;
                self.budget.elements(items.len())?;
                Value::Tuple(items.into())
            }
            What::Set(nodes) => {
                let mut set = Set::default();
                for node in nodes {
                    let value = self.node(node)?;
                    self.put(&mut set, value)?;
                }
                Value::Set(Arc::new(set))
            }
            What::Dict(entries) => {
                let mut dict = Dict::default();
                for (key, value) in entries {
                    let (key, value) = (self.node(key)?, self.node(value)?);
                    self.set(&mut dict, key, value)?;
                }
                Value::Dict(Arc::new(dict))
            }
            What::Not(of) => Value::Bool(!self.node(of)?.is_true()),
            What::Unary(operator, of) => {
                let of = self.node(of)?;
                operator::unary(*operator, &of)?
            }
            What::And(nodes) => self.until(nodes, false)?,
            What::Or(nodes) => self.until(nodes, true)?,
            What::Binary(operator, left, right) => {
                let (left, right) = (self.node(left)?, self.node(right)?);
                self.binary(*operator, left, right)?
            }
            What::Compare(first, rest) => self.compare(first, rest)?,
            What::Choose(choice) => {
                let chosen = match self.node(&choice.test)?.is_true() {
                    true => &choice.then,
                    false => &choice.otherwise,
                };
                self.node(chosen)?
            }
            What::Comprehension(comprehension) => self.comprehension(comprehension)?,
            What::Call(function, arguments) => self.call(*function, arguments)?,
            What::Method(of, method, arguments) => {
                let of = self.node(of)?;
                self.method(&of, *method, arguments)?
            }
        })
    }

    /// The first of the values with this truth, else the last.
    fn until(&mut self, nodes: &[Node], truth: bool) -> Result<Value, Raised> {
        let mut last = Value::None;
        for node in nodes {
            last = self.node(node)?;
            if last.is_true() == truth {
                break;
            }
        }
        Ok(last)
    }

    fn list(&mut self, items: Vec<Value>) -> Result<Value, Raised> {
        self.budget.elements(items.len())?;
        Ok(Value::List(items.into()))
    }

    fn put(&mut self, set: &mut Set, value: Value) -> Result<(), Raised> {
        let key = Key::of(&value, &mut self.budget)?;
        // As a key and as a value.
        self.budget.elements(2)?;
        set.put(key, value);
        Ok(())
    }

    fn set(&mut self, dict: &mut Dict, key: Value, value: Value) -> Result<(), Raised> {
        let name = Key::of(&key, &mut self.budget)?;
        self.budget.elements(3)?;
        dict.put(name, key, value);
        Ok(())
    }

    /// Sets the variables of a loop.
    fn assign(&mut self, target: &Target, value: Value) -> Result<(), Raised> {
        let targets = match target {
            Target::Variable(slot) => {
                self.variables[*slot] = value;
                return Ok(());
            }
            Target::Unpacked(targets) => targets,
        };
        if !is_iterable(&value) {
            let name = value.type_name();
            return Err(Raised::of_type(format!(
                "cannot unpack non-iterable {name} object"
            )));
        }
        let items = self.items(&value)?;
        let (wanted, found) = (targets.len(), items.len());
        if found != wanted {
            return Err(Raised::of_value(match found < wanted {
                true => format!("not enough values to unpack (expected {wanted}, got {found})"),
                false => format!("too many values to unpack (expected {wanted})"),
            }));
        }
        for (target, item) in targets.iter().zip(items.iter()) {
            self.assign(target, item.clone())?;
        }
        Ok(())
    }

    /// What one gets when one runs over a value.
    fn items(&mut self, value: &Value) -> Result<Arc<[Value]>, Raised> {
        Ok(match value {
            Value::List(items) | Value::Tuple(items) | Value::View(_, items) => items.clone(),
            Value::Dict(dict) => self.view(dict, View::Keys)?,
            Value::Set(set) => {
                self.budget.elements(set.len())?;
                set.items().into()
            }
            Value::Text(text) => {
                // Each letter is a text of its own.
                self.budget.elements(text.len())?;
                self.budget
                    .bytes(text.len().saturating_mul(size_of::<Value>()))?;
                let mut buffer = [0; 4];
                let letters = text.chars();
                let letters = letters.map(|letter| Value::text(&*letter.encode_utf8(&mut buffer)));
                letters.collect()
            }
            other => {
                let name = other.type_name();
                return Err(Raised::of_type(format!("'{name}' object is not iterable")));
            }
        })
    }

    /// What a view of a dict shows.
    fn view(&mut self, dict: &Dict, view: View) -> Result<Arc<[Value]>, Raised> {
        let entries = dict.entries();
        let each = if view == View::Items { 3 } else { 1 };
        self.budget.elements(entries.len().saturating_mul(each))?;
        Ok(match view {
            View::Keys => entries.iter().map(|(key, _)| key.clone()).collect(),
            View::Values => entries.iter().map(|(_, value)| value.clone()).collect(),
            View::Items => entries
                .iter()
                .map(|(key, value)| Value::Tuple([key.clone(), value.clone()].into()))
                .collect(),
        })
    }
}

fn is_iterable(value: &Value) -> bool {
    !matches!(
        value,
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_)
    )
}
