//! Follows a component's instructions, and adds up what they instantiate.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::read::{Code, Named, Sort, Step};
use super::{Footprint, MAX_INSTANTIATIONS};
use crate::publish::inspect::Refusal;

/// Instructions that are followed at most.
const MAX_STEPS: usize = 1 << 20;

/// How deep instantiations may be nested, what is passed as an argument included.
const MAX_DEPTH: usize = 64;

/// Something with an index. What the host gives a plugin instantiates nothing, and is [`Item::Foreign`].
#[derive(Clone)]
enum Item {
    Module(Rc<Footprint>),
    Component(Closure),
    Instance(Rc<HashMap<String, Item>>),
    Foreign,
}

/// A component, and where it was defined.
#[derive(Clone)]
struct Closure {
    code: Rc<Code>,
    outer: Option<Rc<Frame>>,
}

/// The index spaces of a component that is being instantiated.
struct Frame {
    outer: Option<Rc<Frame>>,
    spaces: RefCell<Spaces>,
}

#[derive(Default)]
struct Spaces {
    modules: Vec<Item>,
    components: Vec<Item>,
    instances: Vec<Item>,
}

impl Spaces {
    fn space(&mut self, sort: Sort) -> &mut Vec<Item> {
        match sort {
            Sort::Module => &mut self.modules,
            Sort::Component => &mut self.components,
            Sort::Instance => &mut self.instances,
        }
    }
}

impl Frame {
    fn push(&self, sort: Sort, item: Item) {
        self.spaces.borrow_mut().space(sort).push(item);
    }

    /// Answers what has this index. An index that is not there makes the component invalid, which its compiler says.
    fn get(&self, sort: Sort, index: u32) -> Item {
        let mut spaces = self.spaces.borrow_mut();
        let item = spaces.space(sort).get(index as usize);
        item.cloned().unwrap_or(Item::Foreign)
    }

    fn bundle(&self, named: &[Named]) -> HashMap<String, Item> {
        let item = |named: &Named| (named.name.clone(), self.get(named.sort, named.index));
        named.iter().map(item).collect()
    }
}

struct Walk {
    max_bytes: usize,
    footprint: Footprint,
    instantiations: usize,
    steps: usize,
}

/// Instantiates a component that is given nothing, as far as the limits allow.
pub(super) fn walk(code: &Code, max_bytes: usize) -> Result<(), Refusal> {
    let mut walk = Walk {
        max_bytes,
        footprint: Footprint::default(),
        instantiations: 0,
        steps: 0,
    };
    walk.component(code, None, &HashMap::new(), 0)?;
    Ok(())
}

impl Walk {
    /// Instantiates a component, and answers its exports.
    fn component(
        &mut self,
        code: &Code,
        outer: Option<Rc<Frame>>,
        args: &HashMap<String, Item>,
        depth: usize,
    ) -> Result<HashMap<String, Item>, Refusal> {
        self.instantiations += 1;
        if self.instantiations > MAX_INSTANTIATIONS || depth > MAX_DEPTH {
            return Err(Refusal(format!(
                "this plugin instantiates modules and components more than {MAX_INSTANTIATIONS} times, or more than \
                 {MAX_DEPTH} deep; make it of fewer"
            )));
        }
        let frame = Rc::new(Frame {
            outer,
            spaces: RefCell::default(),
        });
        let mut exports = HashMap::new();
        for step in &code.0 {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return Err(Refusal(format!(
                    "instantiating this plugin takes more than {MAX_STEPS} steps; make it of fewer components"
                )));
            }
            self.step(step, &frame, args, &mut exports, depth)?;
        }
        Ok(exports)
    }

    fn step(
        &mut self,
        step: &Step,
        frame: &Rc<Frame>,
        args: &HashMap<String, Item>,
        exports: &mut HashMap<String, Item>,
        depth: usize,
    ) -> Result<(), Refusal> {
        match step {
            Step::Module(module) => frame.push(Sort::Module, Item::Module(module.clone())),
            Step::Component(code) => {
                let closure = Closure {
                    code: code.clone(),
                    outer: Some(frame.clone()),
                };
                frame.push(Sort::Component, Item::Component(closure));
            }
            Step::Import { name, sort } => {
                frame.push(*sort, args.get(name).cloned().unwrap_or(Item::Foreign));
            }
            Step::InstantiateModule(index) => {
                if let Item::Module(module) = frame.get(Sort::Module, *index) {
                    self.instantiations += 1;
                    self.footprint.add(&module);
                    self.footprint.check(self.max_bytes)?;
                }
            }
            Step::Instantiate { component, args } => {
                let instance = match frame.get(Sort::Component, *component) {
                    Item::Component(Closure { code, outer }) => {
                        let args = frame.bundle(args);
                        let exports = self.component(&code, outer, &args, depth + 1)?;
                        Item::Instance(Rc::new(exports))
                    }
                    _ => Item::Foreign,
                };
                frame.push(Sort::Instance, instance);
            }
            Step::Bundle(named) => {
                let bundle = Rc::new(frame.bundle(named));
                frame.push(Sort::Instance, Item::Instance(bundle));
            }
            Step::AliasExport {
                instance,
                name,
                sort,
            } => {
                let item = match frame.get(Sort::Instance, *instance) {
                    Item::Instance(exports) => exports.get(name).cloned(),
                    _ => None,
                };
                frame.push(*sort, item.unwrap_or(Item::Foreign));
            }
            Step::AliasOuter { count, index, sort } => {
                let mut of = Some(frame.clone());
                for _ in 0..*count {
                    of = of.and_then(|frame| frame.outer.clone());
                }
                let item = of.map_or(Item::Foreign, |of| of.get(*sort, *index));
                frame.push(*sort, item);
            }
            Step::Export(named) => {
                let item = frame.get(named.sort, named.index);
                exports.insert(named.name.clone(), item.clone());
                frame.push(named.sort, item);
            }
        }
        Ok(())
    }
}
