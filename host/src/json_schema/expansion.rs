//! How much work a schema can ask for at one place of a value.
//!
//! `$ref`, `allOf` and their like apply further schemas to the same value. A chain of them that leads
//! back to itself never ends, and one that doubles at each step never ends either, as far as anyone waits.
//! Keywords that go down into the value are bounded by the value.

use std::collections::HashMap;

use serde_json::Value;

/// The most schemas that may apply to one place of a value.
const MAX_AT_ONE_PLACE: u64 = 10_000;
/// How deep a schema may be nested.
const MAX_DEPTH: usize = 100;

/// Why a schema asks for too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ExpansionError {
    #[error("at '#{0}', a reference leads back to itself without going down into the value")]
    Circle(String),
    #[error("at '#{0}', more than {MAX_AT_ONE_PLACE} schemas apply to one place of a value")]
    Large(String),
    #[error("is nested deeper than {MAX_DEPTH} levels")]
    Deep,
}

/// Checks every schema within a document.
pub(super) fn check(document: &Value) -> Result<(), ExpansionError> {
    let mut anchors = HashMap::new();
    note_anchors(document, 0, &mut anchors)?;
    let mut walk = Walk {
        document,
        anchors,
        costs: HashMap::new(),
    };
    walk.all(document, 0)
}

/// By what a schema can be referred to, besides a pointer.
fn note_anchors<'d>(
    value: &'d Value,
    depth: usize,
    anchors: &mut HashMap<String, &'d Value>,
) -> Result<(), ExpansionError> {
    if depth > MAX_DEPTH {
        return Err(ExpansionError::Deep);
    }
    match value {
        Value::Object(members) => {
            for name in ["$anchor", "$dynamicAnchor"] {
                if let Some(Value::String(anchor)) = members.get(name) {
                    anchors.insert(format!("#{anchor}"), value);
                }
            }
            for name in ["$id", "id"] {
                if let Some(Value::String(id)) = members.get(name) {
                    anchors.insert(id.trim_end_matches('#').to_owned(), value);
                }
            }
            for member in members.values() {
                note_anchors(member, depth + 1, anchors)?;
            }
        }
        Value::Array(items) => {
            for item in items {
                note_anchors(item, depth + 1, anchors)?;
            }
        }
        _ => {}
    }
    Ok(())
}

struct Walk<'d> {
    document: &'d Value,
    anchors: HashMap<String, &'d Value>,
    /// By the address of a schema: how many schemas apply with it; none while that is being found out.
    costs: HashMap<*const Value, Option<u64>>,
}

impl<'d> Walk<'d> {
    /// Looks at a schema and all that it contains.
    fn all(&mut self, value: &'d Value, depth: usize) -> Result<(), ExpansionError> {
        self.cost(value, depth)?;
        match value {
            Value::Object(members) => {
                for member in members.values() {
                    self.all(member, depth)?;
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.all(item, depth)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// How many schemas apply to a value where this one does, itself too.
    fn cost(&mut self, schema: &'d Value, depth: usize) -> Result<u64, ExpansionError> {
        let Value::Object(members) = schema else {
            return Ok(1);
        };
        let address = std::ptr::from_ref(schema);
        match self.costs.get(&address) {
            Some(Some(cost)) => return Ok(*cost),
            Some(None) => return Err(ExpansionError::Circle(self.place(schema))),
            None => {}
        }
        if depth > 10 * MAX_DEPTH {
            return Err(ExpansionError::Deep);
        }
        self.costs.insert(address, None);
        let mut cost: u64 = 1;
        for (name, value) in members {
            cost = cost.saturating_add(self.applied(name, value, depth + 1)?);
        }
        if cost > MAX_AT_ONE_PLACE {
            return Err(ExpansionError::Large(self.place(schema)));
        }
        self.costs.insert(address, Some(cost));
        Ok(cost)
    }

    /// How many schemas a keyword applies to the same value.
    fn applied(
        &mut self,
        keyword: &str,
        value: &'d Value,
        depth: usize,
    ) -> Result<u64, ExpansionError> {
        match (keyword, value) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                match self.target(reference) {
                    Some(target) => self.cost(target, depth),
                    // The validator says what is wrong with it.
                    None => Ok(0),
                }
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.iter().try_fold(0_u64, |sum, schema| {
                    Ok(sum.saturating_add(self.cost(schema, depth)?))
                })
            }
            ("not" | "if" | "then" | "else", schema) => self.cost(schema, depth),
            ("extends", schema) => self.cost(schema, depth),
            ("dependentSchemas" | "dependencies", Value::Object(schemas)) => {
                schemas.values().try_fold(0_u64, |sum, schema| {
                    Ok(sum.saturating_add(self.cost(schema, depth)?))
                })
            }
            _ => Ok(0),
        }
    }

    fn target(&self, reference: &str) -> Option<&'d Value> {
        if reference == "#" || reference.is_empty() {
            return Some(self.document);
        }
        if let Some(found) = self.anchors.get(reference.trim_end_matches('#')) {
            return Some(found);
        }
        let (base, fragment) = reference.split_once('#')?;
        let base = if base.is_empty() {
            Some(self.document)
        } else {
            self.anchors.get(base).copied()
        };
        let pointer = percent_decoded(fragment);
        base?
            .pointer(&pointer)
            .or_else(|| self.anchors.get(&format!("#{fragment}")).copied())
    }

    /// The pointer of a schema, for people.
    fn place(&self, schema: &Value) -> String {
        fn find(at: &Value, sought: &Value, path: &mut String) -> bool {
            if std::ptr::eq(at, sought) {
                return true;
            }
            let length = path.len();
            let mut inside = |name: &str, value: &Value| {
                path.push('/');
                path.push_str(name);
                let found = find(value, sought, path);
                if !found {
                    path.truncate(length);
                }
                found
            };
            match at {
                Value::Object(members) => members.iter().any(|(name, value)| inside(name, value)),
                Value::Array(items) => items
                    .iter()
                    .enumerate()
                    .any(|(index, value)| inside(&index.to_string(), value)),
                _ => false,
            }
        }
        let mut path = String::new();
        find(self.document, schema, &mut path);
        path
    }
}

fn percent_decoded(fragment: &str) -> String {
    let form = fragment.replace('+', "%2B");
    let pairs: Vec<_> = form_urlencoded::parse(form.as_bytes()).collect();
    match &pairs[..] {
        [(pointer, value)] if value.is_empty() => pointer.clone().into_owned(),
        _ => fragment.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check_ok(schema: Value) {
        assert_eq!(check(&schema), Ok(()), "{schema}");
    }

    fn check_refused(schema: Value, expect: &str) {
        let refused = check(&schema).expect_err("it is refused");
        assert!(refused.to_string().contains(expect), "{schema}: {refused}");
    }

    #[test]
    fn what_goes_down_into_the_value_may_come_back() {
        check_ok(json!({ "properties": { "next": { "$ref": "#" } } }));
        check_ok(json!({ "$ref": "#/$defs/tree", "$defs": { "tree": {
            "type": "object", "additionalProperties": { "$ref": "#/$defs/tree" } } } }));
        check_ok(
            json!({ "$id": "https://example.org/tree", "$dynamicAnchor": "node",
            "properties": { "children": { "items": { "$dynamicRef": "#node" } } } }),
        );
    }

    #[test]
    fn circles_are_refused() {
        check_refused(json!({ "$ref": "#" }), "leads back to itself");
        check_refused(
            json!({ "allOf": [{ "$ref": "#" }] }),
            "leads back to itself",
        );
        check_refused(
            json!({ "not": { "anyOf": [{ "$ref": "#" }] } }),
            "leads back to itself",
        );
        check_refused(
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } }),
            "leads back to itself",
        );
        check_refused(
            json!({ "properties": { "x": { "$ref": "#/properties/x" } } }),
            "at '#/properties/x'",
        );
        check_refused(
            json!({ "$anchor": "a", "if": { "$ref": "#a" } }),
            "leads back to itself",
        );
        check_refused(
            json!({ "$id": "https://example.org/a", "then": { "$ref": "https://example.org/a#" } }),
            "leads back to itself",
        );
    }

    #[test]
    fn what_doubles_at_each_step_is_refused() {
        let mut definitions = serde_json::Map::new();
        for step in 0..30 {
            let next = json!({ "$ref": format!("#/$defs/s{}", step + 1) });
            definitions.insert(format!("s{step}"), json!({ "anyOf": [next, next] }));
        }
        definitions.insert("s30".to_owned(), json!({ "type": "null" }));
        check_refused(
            json!({ "$defs": definitions }),
            "more than 10000 schemas apply",
        );
    }

    #[test]
    fn depth_has_a_bound() {
        let mut schema = json!({});
        for _ in 0..200 {
            schema = json!({ "items": schema });
        }
        check_refused(schema, "nested deeper");
    }
}
