//! Applying a prepared schema to a value, step by step.

mod arrays;
mod objects;
mod scalars;

use serde_json::Value;

use crate::budget::{Budget, Exhausted, Meter};
use crate::equality::with_stack;
use crate::evaluated::Evaluated;
use crate::fault::{MAX_FAULTS, MAX_FAULTS_BYTES, Place, SchemaFault};
use crate::node::{Branches, Keyword, Keywords, Node, NodeId, Prepared};

/// Why applying ended before the end.
enum Halt {
    Exhausted(Exhausted),
    /// As many faults are found as are told.
    Enough,
}

impl From<Exhausted> for Halt {
    fn from(exhausted: Exhausted) -> Self {
        Self::Exhausted(exhausted)
    }
}

type Verdict = Result<bool, Halt>;

/// Where in value and schema it is.
#[derive(Clone, Copy)]
struct At<'p> {
    place: &'p Place<'p>,
    /// The resources that are being applied, the innermost first.
    scope: Option<&'p Scope<'p>>,
    nesting: usize,
    /// Faults are noted: all are looked for. Otherwise the first one decides.
    notes: bool,
}

#[derive(Clone, Copy)]
struct Scope<'p> {
    within: Option<&'p Scope<'p>>,
    resource: u32,
}

struct Run<'s, 'm> {
    schema: &'s Prepared,
    meter: Meter<'m>,
    faults: Vec<SchemaFault>,
    fault_bytes: usize,
}

/// All that is wrong with a value, as far as it is told. Takes from the budget the steps that it took.
pub(crate) fn faults(
    schema: &Prepared,
    value: &Value,
    budget: &mut Budget,
    is_late: &dyn Fn() -> bool,
) -> Result<Vec<SchemaFault>, Exhausted> {
    let mut run = Run {
        schema,
        meter: Meter::new(*budget, is_late),
        faults: Vec::new(),
        fault_bytes: 0,
    };
    let at = At {
        place: &Place::ROOT,
        scope: None,
        nesting: 0,
        notes: true,
    };
    let applied = run.apply(0, value, at, None);
    budget.steps = run.meter.steps_left();
    match applied {
        Ok(_) | Err(Halt::Enough) => Ok(run.faults),
        Err(Halt::Exhausted(exhausted)) => Err(exhausted),
    }
}

impl Run<'_, '_> {
    /// Applies a schema; adds to `evaluated` what it looked at, where somebody asks.
    fn apply(
        &mut self,
        id: NodeId,
        value: &Value,
        at: At<'_>,
        evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        self.meter.step(1)?;
        let schema = self.schema;
        match &schema.nodes[id as usize] {
            Node::Always(true) => Ok(true),
            Node::Always(false) => self.fault(at, || "is not allowed".to_owned()),
            Node::Keywords(keywords) => {
                self.meter.check_nesting(at.nesting + 1)?;
                let scope = Scope {
                    within: at.scope,
                    resource: keywords.resource,
                };
                let is_same = at
                    .scope
                    .is_some_and(|scope| scope.resource == keywords.resource);
                let at = At {
                    scope: if is_same { at.scope } else { Some(&scope) },
                    nesting: at.nesting + 1,
                    ..at
                };
                with_stack(|| self.keywords(keywords, value, at, evaluated))
            }
        }
    }

    fn keywords(
        &mut self,
        keywords: &Keywords,
        value: &Value,
        at: At<'_>,
        evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let is_compound = value.is_object() || value.is_array();
        if !is_compound || evaluated.is_none() && !keywords.looks_at_unevaluated {
            return self.all(keywords, value, at, None);
        }
        let bytes = Evaluated::bytes_for(value);
        self.meter.hold(bytes)?;
        let mut own = Evaluated::none_of(value);
        let is_valid = self.all(keywords, value, at, Some(&mut own))?;
        // What a schema looked at counts where the value fits it. Where faults are noted it does not fit at all:
        // then it only matters that nothing is told twice.
        if let Some(evaluated) = evaluated
            && (is_valid || at.notes)
        {
            evaluated.extend(&own);
        }
        self.meter.give_back(bytes);
        Ok(is_valid)
    }

    fn all(
        &mut self,
        keywords: &Keywords,
        value: &Value,
        at: At<'_>,
        mut evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let mut is_valid = true;
        for keyword in &keywords.all {
            self.meter.step(1)?;
            is_valid &= self.keyword(keyword, value, at, evaluated.as_deref_mut())?;
            if !is_valid && !at.notes {
                return Ok(false);
            }
        }
        Ok(is_valid)
    }

    fn keyword(
        &mut self,
        keyword: &Keyword,
        value: &Value,
        at: At<'_>,
        mut evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        match keyword {
            Keyword::Ref(id) => self.apply(*id, value, at, evaluated),
            Keyword::DynamicRef(id, anchor) => {
                let outermost = self.outermost(at, |schema, resource| {
                    schema.dynamic_anchors.get(&(resource, *anchor)).copied()
                })?;
                self.apply(outermost.unwrap_or(*id), value, at, evaluated)
            }
            Keyword::RecursiveRef(id) => {
                let outermost = self.outermost(at, |schema, resource| {
                    schema.recursive_anchors.get(&resource).copied()
                })?;
                self.apply(outermost.unwrap_or(*id), value, at, evaluated)
            }
            Keyword::AllOf(schemas) => {
                let mut is_valid = true;
                for id in schemas {
                    is_valid &= self.apply(*id, value, at, evaluated.as_deref_mut())?;
                    if !is_valid && !at.notes {
                        return Ok(false);
                    }
                }
                Ok(is_valid)
            }
            Keyword::AnyOf(schemas) => self.any_of(schemas, value, at, evaluated),
            Keyword::OneOf(schemas) => self.one_of(schemas, value, at, evaluated),
            Keyword::Not(id) => {
                let fits = self.apply(*id, value, silent(at), None)?;
                self.check(!fits, at, || "fits the schema of 'not'".to_owned())
            }
            Keyword::If(branches) => self.branches(branches, value, at, evaluated),
            Keyword::Type(_)
            | Keyword::Const(_)
            | Keyword::Enum(_)
            | Keyword::Minimum(_)
            | Keyword::Maximum(_)
            | Keyword::MultipleOf(_)
            | Keyword::MinLength(_)
            | Keyword::MaxLength(_)
            | Keyword::Pattern(_)
            | Keyword::Format(_)
            | Keyword::Content(_) => self.scalar(keyword, value, at),
            Keyword::MinItems(_)
            | Keyword::MaxItems(_)
            | Keyword::UniqueItems
            | Keyword::Items(_)
            | Keyword::Contains(_)
            | Keyword::UnevaluatedItems(_) => match value {
                Value::Array(items) => self.array(keyword, items, at, evaluated),
                _ => Ok(true),
            },
            Keyword::MinProperties(_)
            | Keyword::MaxProperties(_)
            | Keyword::Required(_)
            | Keyword::DependentRequired(_)
            | Keyword::DependentSchemas(_)
            | Keyword::PropertyNames(_)
            | Keyword::Members(_)
            | Keyword::UnevaluatedProperties(_) => match value {
                Value::Object(members) => self.object(keyword, value, members, at, evaluated),
                _ => Ok(true),
            },
        }
    }

    /// What the outermost resource has that has it.
    fn outermost(
        &mut self,
        at: At<'_>,
        find: impl Fn(&Prepared, u32) -> Option<NodeId>,
    ) -> Result<Option<NodeId>, Halt> {
        let mut found = None;
        let mut scope = at.scope;
        while let Some(own) = scope {
            self.meter.step(1)?;
            found = find(self.schema, own.resource).or(found);
            scope = own.within;
        }
        Ok(found)
    }

    fn any_of(
        &mut self,
        schemas: &[NodeId],
        value: &Value,
        at: At<'_>,
        mut evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let mut is_any = false;
        for id in schemas {
            is_any |= self.apply(*id, value, silent(at), evaluated.as_deref_mut())?;
            // Each that fits may have looked at something.
            if is_any && evaluated.is_none() {
                break;
            }
        }
        self.check(is_any, at, || {
            "fits none of the schemas of 'anyOf'".to_owned()
        })
    }

    fn one_of(
        &mut self,
        schemas: &[NodeId],
        value: &Value,
        at: At<'_>,
        mut evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let mut fits = 0;
        for id in schemas {
            if self.apply(*id, value, silent(at), evaluated.as_deref_mut())? {
                fits += 1;
            }
            if fits > 1 {
                break;
            }
        }
        self.check(fits == 1, at, || match fits {
            0 => "fits none of the schemas of 'oneOf'".to_owned(),
            _ => "fits more than one of the schemas of 'oneOf'".to_owned(),
        })
    }

    fn branches(
        &mut self,
        branches: &Branches,
        value: &Value,
        at: At<'_>,
        mut evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let condition = branches.condition;
        let branch = if self.apply(condition, value, silent(at), evaluated.as_deref_mut())? {
            branches.then
        } else {
            branches.otherwise
        };
        match branch {
            Some(branch) => self.apply(branch, value, at, evaluated),
            None => Ok(true),
        }
    }

    fn check(&mut self, is_valid: bool, at: At<'_>, message: impl FnOnce() -> String) -> Verdict {
        if is_valid {
            return Ok(true);
        }
        self.fault(at, message)
    }

    /// Notes a fault, where faults are noted.
    fn fault(&mut self, at: At<'_>, message: impl FnOnce() -> String) -> Verdict {
        if !at.notes {
            return Ok(false);
        }
        let fault = SchemaFault {
            pointer: at.place.pointer(),
            message: message(),
        };
        let bytes = fault.pointer.len() + fault.message.len();
        self.meter.step(1 + bytes as u64)?;
        self.fault_bytes += bytes;
        // The first one is always told.
        if self.faults.is_empty() || self.fault_bytes <= MAX_FAULTS_BYTES {
            self.faults.push(fault);
        }
        if self.faults.len() == MAX_FAULTS || self.fault_bytes > MAX_FAULTS_BYTES {
            return Err(Halt::Enough);
        }
        Ok(false)
    }
}

/// The same place, where faults are not noted.
fn silent(at: At<'_>) -> At<'_> {
    At { notes: false, ..at }
}
