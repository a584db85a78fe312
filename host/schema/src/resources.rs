//! The schema resources of a document: what its references can mean.

use std::collections::HashMap;

use fluent_uri::{Uri, UriRef};
use serde_json::Value;

use crate::draft::Draft;
use crate::equality::with_stack;

/// The base of a document that names none.
const DEFAULT_BASE: &str = "json-schema:///";

/// A schema with a name of its own, and what it names within it.
pub(crate) struct Resource<'d> {
    pub(crate) root: &'d Value,
    pub(crate) draft: Draft,
    /// Absolute, without a fragment.
    base: Uri<String>,
    anchors: HashMap<&'d str, &'d Value>,
    pub(crate) dynamic_anchors: Vec<(&'d str, &'d Value)>,
    /// It says `"$recursiveAnchor": true`.
    pub(crate) is_recursive_anchor: bool,
}

/// All resources that references of a schema may lead to.
pub(crate) struct Resources<'d> {
    all: Vec<Resource<'d>>,
    by_uri: HashMap<String, usize>,
    /// By the address of its root.
    by_root: HashMap<usize, usize>,
}

/// A schema that a reference leads to.
#[derive(Clone, Copy)]
pub(crate) struct Target<'d> {
    pub(crate) schema: &'d Value,
    pub(crate) resource: usize,
}

/// Why a reference leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReferenceError {
    /// It is no reference of RFC 3986.
    Malformed,
    /// Its resource is not part of the document.
    Outside,
    /// Its resource has no such place.
    NoSuchPlace,
}

/// Tells values of a document apart.
pub(crate) fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

impl<'d> Resources<'d> {
    pub(crate) fn new() -> Self {
        Self {
            all: Vec::new(),
            by_uri: HashMap::new(),
            by_root: HashMap::new(),
        }
    }

    /// Notes the resources of a document; answers which is its root.
    pub(crate) fn add(
        &mut self,
        document: &'d Value,
        draft: Draft,
    ) -> Result<usize, ReferenceError> {
        let base = Uri::parse(DEFAULT_BASE.to_owned());
        let base = base.map_err(|_| ReferenceError::Malformed)?;
        let root = self.all.len();
        self.insert(document, draft, base);
        self.walk(document, root, true)?;
        Ok(root)
    }

    fn insert(&mut self, root: &'d Value, draft: Draft, base: Uri<String>) -> usize {
        let index = self.all.len();
        self.by_root.insert(address(root), index);
        self.by_uri.entry(base.as_str().to_owned()).or_insert(index);
        let is_recursive_anchor =
            draft == Draft::Draft201909 && root["$recursiveAnchor"] == Value::Bool(true);
        self.all.push(Resource {
            root,
            draft,
            base,
            anchors: HashMap::new(),
            dynamic_anchors: Vec::new(),
            is_recursive_anchor,
        });
        index
    }

    fn walk(
        &mut self,
        schema: &'d Value,
        resource: usize,
        is_root: bool,
    ) -> Result<(), ReferenceError> {
        let Value::Object(members) = schema else {
            return Ok(());
        };
        let mut resource = resource;
        let mut draft = self.all[resource].draft;
        let has_id = !(draft.ref_stands_alone() && members.contains_key("$ref"));
        if has_id && let Some(Value::String(id)) = members.get(draft.id_keyword()) {
            let (uri, fragment) = id.split_once('#').unwrap_or((id, ""));
            if !uri.is_empty() {
                let named = members.get("$schema").and_then(Value::as_str);
                let base = resolve(&self.all[resource].base, uri)?;
                if is_root {
                    self.by_uri.insert(base.as_str().to_owned(), resource);
                    self.all[resource].base = base;
                } else {
                    draft = named.and_then(Draft::named).unwrap_or(draft);
                    resource = self.insert(schema, draft, base);
                }
            }
            if !fragment.is_empty() && draft.ref_stands_alone() {
                self.all[resource].anchors.insert(fragment, schema);
            }
        }
        if draft >= Draft::Draft201909
            && let Some(Value::String(anchor)) = members.get("$anchor")
        {
            self.all[resource].anchors.insert(anchor, schema);
        }
        if draft == Draft::Draft202012
            && let Some(Value::String(anchor)) = members.get("$dynamicAnchor")
        {
            self.all[resource].anchors.insert(anchor, schema);
            self.all[resource].dynamic_anchors.push((anchor, schema));
        }
        for (keyword, value) in members {
            for schema in draft.schemas_in(keyword, value) {
                with_stack(|| self.walk(schema, resource, false))?;
            }
        }
        Ok(())
    }

    pub(crate) fn get(&self, index: usize) -> &Resource<'d> {
        &self.all[index]
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The resource whose root a schema is, or the one that it is within.
    pub(crate) fn of(&self, schema: &Value, within: usize) -> usize {
        let own = self.by_root.get(&address(schema));
        own.copied().unwrap_or(within)
    }

    /// The absolute URI of a reference from within a resource, and its fragment, decoded.
    pub(crate) fn absolute(
        &self,
        reference: &str,
        from: usize,
    ) -> Result<(String, String), ReferenceError> {
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let base = &self.all[from].base;
        let uri = match uri {
            "" => base.as_str().to_owned(),
            uri => resolve(base, uri)?.into_string(),
        };
        let fragment = decoded(fragment).ok_or(ReferenceError::Malformed)?;
        Ok((uri, fragment))
    }

    pub(crate) fn find(&self, uri: &str) -> Option<usize> {
        self.by_uri.get(uri).copied()
    }

    /// The place in a resource that a fragment names.
    pub(crate) fn place(
        &self,
        resource: usize,
        fragment: &str,
    ) -> Result<Target<'d>, ReferenceError> {
        let own = &self.all[resource];
        if fragment.is_empty() {
            return Ok(Target {
                schema: own.root,
                resource,
            });
        }
        let Some(pointer) = fragment.strip_prefix('/') else {
            let anchored = own.anchors.get(fragment);
            let schema = *anchored.ok_or(ReferenceError::NoSuchPlace)?;
            return Ok(Target { schema, resource });
        };
        let mut target = Target {
            schema: own.root,
            resource,
        };
        for token in pointer.split('/') {
            let token = token.replace("~1", "/").replace("~0", "~");
            let next = match target.schema {
                Value::Object(members) => members.get(&token),
                Value::Array(items) => token.parse().ok().and_then(|at: usize| items.get(at)),
                _ => None,
            };
            target.schema = next.ok_or(ReferenceError::NoSuchPlace)?;
            target.resource = self.of(target.schema, target.resource);
        }
        Ok(target)
    }
}

/// A reference against a base, as RFC 3986 has it, in normal form.
fn resolve(base: &Uri<String>, reference: &str) -> Result<Uri<String>, ReferenceError> {
    let reference = UriRef::parse(reference).map_err(|_| ReferenceError::Malformed)?;
    let resolved = reference.resolve_against(base);
    let resolved = resolved.map_err(|_| ReferenceError::Malformed)?;
    Ok(resolved.normalize())
}

/// A fragment without its percent-encoding; none if that is malformed.
fn decoded(fragment: &str) -> Option<String> {
    if !fragment.contains('%') {
        return Some(fragment.to_owned());
    }
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_resolved_against_the_base() {
        let document = json!({
            "$id": "http://x/r",
            "$defs": {
                "s0": { "$anchor": "first" },
                "inner": { "$id": "folder/", "$defs": { "deep": { "$id": "deep.json" } } },
                "a/b~c%d": {}
            }
        });
        let mut resources = Resources::new();
        let root = resources.add(&document, Draft::Draft202012);
        let root = root.expect("it has good names");
        let find = |reference: &str| {
            let (uri, fragment) = resources.absolute(reference, root).ok()?;
            let resource = resources.find(&uri)?;
            Some(resources.place(resource, &fragment).ok()?.schema)
        };
        let definitions = &document["$defs"];
        for reference in ["#", "r", "http://x/r#", "HTTP://X/r", "./y/../r"] {
            assert_eq!(find(reference), Some(&document), "{reference}");
        }
        for reference in ["r#/$defs/s0", "#first", "http://x/r#/%24defs/s0"] {
            assert_eq!(find(reference), Some(&definitions["s0"]), "{reference}");
        }
        let deep = &definitions["inner"]["$defs"]["deep"];
        for reference in [
            "folder/deep.json",
            "folder/#/$defs/deep",
            "#/$defs/inner/$defs/deep",
        ] {
            assert_eq!(find(reference), Some(deep), "{reference}");
        }
        assert_eq!(find("#/$defs/a~1b~0c%25d"), Some(&json!({})));
        for reference in ["#/$defs/none", "other", "#second", "r#/$defs/%zz"] {
            assert_eq!(find(reference), None, "{reference}");
        }
    }
}
