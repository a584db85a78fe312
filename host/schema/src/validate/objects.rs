//! Keywords of objects.

use serde_json::{Map, Value};

use super::{At, Run, Verdict};
use crate::budget::Exhausted;
use crate::equality::lookup_cost;
use crate::evaluated::Evaluated;
use crate::fault::{Place, Step, quoted};
use crate::node::{Keyword, Members, NodeId};

impl Run<'_, '_> {
    pub(super) fn object(
        &mut self,
        keyword: &Keyword,
        value: &Value,
        members: &Map<String, Value>,
        at: At<'_>,
        evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let count = members.len() as u64;
        match keyword {
            Keyword::MinProperties(least) => self.check(count >= *least, at, || {
                format!("has less than {least} members")
            }),
            Keyword::MaxProperties(most) => self.check(count <= *most, at, || {
                format!("has more than {most} members")
            }),
            Keyword::Required(names) => self.required(names, None, members, at),
            Keyword::DependentRequired(lists) => {
                let mut is_valid = true;
                for (name, names) in lists {
                    if self.has(members, name)? {
                        is_valid &= self.required(names, Some(name), members, at)?;
                    }
                }
                Ok(is_valid)
            }
            Keyword::DependentSchemas(schemas) => {
                self.dependent_schemas(schemas, value, members, at, evaluated)
            }
            Keyword::PropertyNames(schema) => self.property_names(*schema, members, at),
            Keyword::Members(keyword) => self.members(keyword, members, at, evaluated),
            Keyword::UnevaluatedProperties(schema) => {
                self.unevaluated_properties(*schema, members, at, evaluated)
            }
            _ => Ok(true),
        }
    }

    fn has(&mut self, members: &Map<String, Value>, name: &str) -> Result<bool, Exhausted> {
        self.meter.step(lookup_cost(name, members.len()))?;
        Ok(members.contains_key(name))
    }

    fn required(
        &mut self,
        names: &[Box<str>],
        because_of: Option<&str>,
        members: &Map<String, Value>,
        at: At<'_>,
    ) -> Verdict {
        let mut is_valid = true;
        for name in names {
            let has = self.has(members, name)?;
            is_valid &= self.check(has, at, || match because_of {
                Some(other) => format!("has {} without {}", quoted(other), quoted(name)),
                None => format!("has no member {}", quoted(name)),
            })?;
            if !is_valid && !at.notes {
                return Ok(false);
            }
        }
        Ok(is_valid)
    }

    fn dependent_schemas(
        &mut self,
        schemas: &[(Box<str>, NodeId)],
        value: &Value,
        members: &Map<String, Value>,
        at: At<'_>,
        mut evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let mut is_valid = true;
        for (name, schema) in schemas {
            if self.has(members, name)? {
                is_valid &= self.apply(*schema, value, at, evaluated.as_deref_mut())?;
            }
            if !is_valid && !at.notes {
                return Ok(false);
            }
        }
        Ok(is_valid)
    }

    fn property_names(
        &mut self,
        schema: NodeId,
        members: &Map<String, Value>,
        at: At<'_>,
    ) -> Verdict {
        let mut is_valid = true;
        for name in members.keys() {
            self.meter.read(name.len())?;
            let name_value = Value::String(name.clone());
            let fits = self.apply(schema, &name_value, super::silent(at), None)?;
            is_valid &= self.check(fits, at, || {
                format!(
                    "has the member {}, whose name does not fit 'propertyNames'",
                    quoted(name)
                )
            })?;
            if !is_valid && !at.notes {
                return Ok(false);
            }
        }
        Ok(is_valid)
    }

    fn member(&mut self, schema: NodeId, name: &str, value: &Value, at: At<'_>) -> Verdict {
        let place = Place {
            within: Some(at.place),
            step: Step::Member(name),
        };
        let at = At {
            place: &place,
            ..at
        };
        self.apply(schema, value, at, None)
    }

    fn members(
        &mut self,
        keyword: &Members,
        members: &Map<String, Value>,
        at: At<'_>,
        mut evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let is_plain = keyword.matching.is_empty() && keyword.others.is_none();
        if is_plain && evaluated.is_none() && keyword.named.len() < members.len() {
            return self.named_members(keyword, members, at);
        }
        let mut is_valid = true;
        for (place, (name, value)) in members.iter().enumerate() {
            self.meter.step(lookup_cost(name, keyword.named.len()))?;
            let mut is_known = false;
            let named = keyword
                .named
                .binary_search_by(|(own, _)| own.as_ref().cmp(name.as_str()));
            if let Ok(index) = named {
                is_known = true;
                is_valid &= self.member(keyword.named[index].1, name, value, at)?;
            }
            for (pattern, schema) in &keyword.matching {
                let pattern = &self.schema.patterns[*pattern as usize];
                if pattern.is_match(name, &mut self.meter)? {
                    is_known = true;
                    is_valid &= self.member(*schema, name, value, at)?;
                }
                if !is_valid && !at.notes {
                    return Ok(false);
                }
            }
            if let Some(schema) = keyword.others.filter(|_| !is_known) {
                is_known = true;
                is_valid &= self.member(schema, name, value, at)?;
            }
            if let Some(evaluated) = evaluated.as_deref_mut().filter(|_| is_known) {
                evaluated.add(place);
            }
            if !is_valid && !at.notes {
                return Ok(false);
            }
        }
        Ok(is_valid)
    }

    /// Looks for the schema's members in the value, where those are fewer.
    fn named_members(
        &mut self,
        keyword: &Members,
        members: &Map<String, Value>,
        at: At<'_>,
    ) -> Verdict {
        let mut is_valid = true;
        for (name, schema) in &keyword.named {
            self.meter.step(lookup_cost(name, members.len()))?;
            if let Some(value) = members.get(name.as_ref()) {
                is_valid &= self.member(*schema, name, value, at)?;
            }
            if !is_valid && !at.notes {
                return Ok(false);
            }
        }
        Ok(is_valid)
    }

    fn unevaluated_properties(
        &mut self,
        schema: NodeId,
        members: &Map<String, Value>,
        at: At<'_>,
        evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let Some(evaluated) = evaluated else {
            return Ok(true);
        };
        let mut is_valid = true;
        for (place, (name, value)) in members.iter().enumerate() {
            self.meter.step(1)?;
            if evaluated.has(place) {
                continue;
            }
            is_valid &= self.member(schema, name, value, at)?;
            if !is_valid && !at.notes {
                return Ok(false);
            }
        }
        evaluated.add_all();
        Ok(is_valid)
    }
}
