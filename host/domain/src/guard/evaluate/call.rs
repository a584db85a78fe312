//! Calls: their arguments, and who answers them.

use std::ops::ControlFlow;

use super::Machine;
use super::comprehension::Flow;
use crate::guard::fault::{FaultKind, Raised};
use crate::guard::tree::{Arguments, Method, Named, Node};
use crate::guard::value::Value;

/// Arguments that were evaluated.
pub(super) struct Given {
    pub(super) values: Vec<Value>,
    named: Vec<(Named, Value)>,
}

impl Given {
    /// An argument that may be left out.
    pub(super) fn at(&self, place: usize) -> Option<&Value> {
        self.values.get(place)
    }

    /// An argument that may be given by name.
    pub(super) fn named(&self, wanted: Named) -> Option<&Value> {
        let found = self.named.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| value)
    }
}

impl Machine {
    pub(super) fn given(
        &mut self,
        values: &[Node],
        named: &[(Named, Node)],
    ) -> Result<Given, Raised> {
        let values = self.nodes(values)?;
        let named = named.iter();
        let named = named.map(|(name, node)| Ok((*name, self.node(node)?)));
        Ok(Given {
            values,
            named: named.collect::<Result<_, Raised>>()?,
        })
    }

    /// All that a generator, or whatever else stands as an argument, has one after the other.
    pub(super) fn elements(&mut self, arguments: &Arguments) -> Result<Vec<Value>, Raised> {
        let mut items = Vec::new();
        self.run_over(arguments, &mut |machine, item| {
            machine.budget.elements(1)?;
            items.push(item);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(items)
    }

    /// Runs over the first argument, or over a generator as far as it is wanted.
    pub(super) fn run_over(
        &mut self,
        arguments: &Arguments,
        then: &mut dyn FnMut(&mut Self, Value) -> Flow,
    ) -> Result<(), Raised> {
        match arguments {
            Arguments::Generator { loops, element } => {
                self.each(loops, &mut |machine| {
                    let item = machine.node(element)?;
                    then(machine, item)
                })?;
            }
            Arguments::Values { values, .. } => {
                let Some(first) = values.first() else {
                    return Ok(());
                };
                let over = self.node(first)?;
                for item in self.items(&over)?.iter() {
                    self.budget.steps(1)?;
                    if then(self, item.clone())?.is_break() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn method(
        &mut self,
        of: &Value,
        method: Method,
        arguments: &Arguments,
    ) -> Result<Value, Raised> {
        let unknown = || {
            let (name, method) = (of.type_name(), method.as_str());
            Err(Raised::new(
                FaultKind::Attribute,
                format!("'{name}' object has no attribute '{method}'"),
            ))
        };
        if let (Value::Text(text), Method::Join) = (of, method) {
            return self.join(text, arguments);
        }
        let given = match arguments {
            Arguments::Values { values, named } => {
                if !has_method(of, method) {
                    return unknown();
                }
                self.given(values, named)?
            }
            Arguments::Generator { .. } => return unknown(),
        };
        match of {
            Value::Text(text) => self.text_method(text, method, &given),
            Value::List(items) | Value::Tuple(items) => {
                self.list_method(of.type_name(), items, method, &given)
            }
            Value::Dict(dict) => self.dict_method(dict, method, &given),
            _ => unknown(),
        }
    }
}

/// Whether values of this type have the method.
fn has_method(of: &Value, method: Method) -> bool {
    let of_list = matches!(method, Method::Count | Method::Index);
    let of_dict = method == Method::Get || method.view().is_some();
    match of {
        Value::Text(_) => !of_dict,
        Value::List(_) | Value::Tuple(_) => of_list,
        Value::Dict(_) => of_dict,
        _ => false,
    }
}
