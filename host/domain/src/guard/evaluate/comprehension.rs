//! Comprehensions and generators.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::Machine;
use crate::guard::fault::Raised;
use crate::guard::tree::{Comprehension, Loop, Made};
use crate::guard::value::{Dict, Set, Value};

/// What is done in the innermost loop: go on, or stop.
pub(super) type Flow = Result<ControlFlow<()>, Raised>;

impl Machine {
    pub(super) fn comprehension(&mut self, made: &Comprehension) -> Result<Value, Raised> {
        Ok(match &made.made {
            Made::List(element) => {
                let mut items = Vec::new();
                self.each(&made.loops, &mut |machine| {
                    items.push(machine.node(element)?);
                    machine.budget.elements(1)?;
                    Ok(ControlFlow::Continue(()))
                })?;
                Value::List(items.into())
            }
            Made::Set(element) => {
                let mut set = Set::default();
                self.each(&made.loops, &mut |machine| {
                    let value = machine.node(element)?;
                    machine.put(&mut set, value)?;
                    Ok(ControlFlow::Continue(()))
                })?;
                Value::Set(Arc::new(set))
            }
            Made::Dict(key, value) => {
                let mut dict = Dict::default();
                self.each(&made.loops, &mut |machine| {
                    let (key, value) = (machine.node(key)?, machine.node(value)?);
                    machine.set(&mut dict, key, value)?;
                    Ok(ControlFlow::Continue(()))
                })?;
                Value::Dict(Arc::new(dict))
            }
        })
    }

    /// Runs loops in each other, and does something in the innermost, as far as that wants more.
    pub(super) fn each(
        &mut self,
        loops: &[Loop],
        then: &mut dyn FnMut(&mut Self) -> Flow,
    ) -> Result<(), Raised> {
        self.nest(loops, then).map(|_| ())
    }

    fn nest(&mut self, loops: &[Loop], then: &mut dyn FnMut(&mut Self) -> Flow) -> Flow {
        let Some((first, inner)) = loops.split_first() else {
            return then(self);
        };
        let over = self.node(&first.over)?;
        let items = self
            .items(&over)
            .map_err(|raised| raised.at(first.over.at))?;
        'items: for item in items.iter() {
            self.budget.steps(1)?;
            self.assign(&first.target, item.clone())?;
            for test in &first.tests {
                if !self.node(test)?.is_true() {
                    continue 'items;
                }
            }
            if self.nest(inner, then)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
