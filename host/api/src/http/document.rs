//! What the document of the API says more exactly than the generator makes it.
//!
//! One generator describes request and response bodies alike, so some statements that hold for requests alone are added
//! here: that unknown members are refused, and examples.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Where the document keeps the schemas that have names.
const SCHEMAS: &str = "#/components/schemas/";

/// An example of a request body.
#[derive(Clone, Debug)]
pub struct BodyExample {
    /// In lower case, such as `post`.
    pub method: &'static str,
    /// As the document has it, such as `/v1/teams/{team}`.
    pub path: &'static str,
    /// Of the body.
    pub media_type: &'static str,
    /// The body; a text where it is no JSON.
    pub body: Value,
}

/// Completes a document.
pub(super) fn complete(document: &mut Value, examples: Vec<BodyExample>) {
    for_operations(document, |method, operation| {
        drop_null_defaults(operation);
        document_not_modified(method, operation);
    });
    close_request_bodies(document);
    for example in examples {
        let of_path = document["paths"].get_mut(example.path);
        let operation = of_path.and_then(|path| path.get_mut(example.method));
        let content = operation.and_then(|operation| operation.pointer_mut("/requestBody/content"));
        let body = content.and_then(|content| content.get_mut(example.media_type));
        if let Some(body) = body {
            body["example"] = example.body;
        }
    }
}

fn for_operations(document: &mut Value, mut visit: impl FnMut(&str, &mut Value)) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, path) in paths {
        for (method, operation) in path.as_object_mut().into_iter().flatten() {
            if operation.get("responses").is_some() {
                visit(method, operation);
            }
        }
    }
}

/// A parameter that may be left out has no default; the generator says `null`, which its schema does not allow.
fn drop_null_defaults(operation: &mut Value) {
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut)
            && schema.get("default") == Some(&Value::Null)
        {
            schema.remove("default");
        }
    }
}

/// What can be read with preconditions can be unchanged.
fn document_not_modified(method: &str, operation: &mut Value) {
    let responses = operation["responses"].as_object_mut();
    if let Some(responses) = responses
        && method == "get"
        && responses.contains_key("412")
        && !responses.contains_key("304")
    {
        let response = json!({ "description": "The client has this version already" });
        responses.insert("304".to_owned(), response);
    }
}

/// Says of the objects of request bodies that they have no other members: those are refused. A named schema that
/// responses have, too, is left as it is for them, and has a closed copy for requests.
fn close_request_bodies(document: &mut Value) {
    let schemas = document["components"]["schemas"].take();
    let Value::Object(mut schemas) = schemas else {
        return;
    };
    let (mut of_requests, mut of_responses) = (BTreeSet::new(), BTreeSet::new());
    for_operations(document, |_, operation| {
        collect_names(&operation["requestBody"], &mut of_requests);
        collect_names(&operation["responses"], &mut of_responses);
    });
    let (of_requests, of_responses) = (
        reachable(of_requests, &schemas),
        reachable(of_responses, &schemas),
    );
    let copied = differing(&of_requests, &of_responses, &schemas);
    for name in of_requests {
        let Some(schema) = schemas.get(&name) else {
            continue;
        };
        let mut closed = schema.clone();
        close(&mut closed);
        rename(&mut closed, &copied);
        let name = if copied.contains(&name) {
            input_name(&name)
        } else {
            name
        };
        schemas.insert(name, closed);
    }
    for_operations(document, |_, operation| {
        let content = operation.pointer_mut("/requestBody/content");
        let content = content.and_then(Value::as_object_mut);
        for (_, body) in content.into_iter().flatten() {
            if let Some(schema) = body.get_mut("schema") {
                close(schema);
                rename(schema, &copied);
            }
        }
    });
    document["components"]["schemas"] = Value::Object(schemas);
}

fn input_name(name: &str) -> String {
    format!("{name}Input")
}

/// The shared schemas that are not the same for requests: those that closing changes, and those that refer to one.
fn differing(
    of_requests: &BTreeSet<String>,
    of_responses: &BTreeSet<String>,
    schemas: &Map<String, Value>,
) -> BTreeSet<String> {
    let shared: Vec<&String> = of_requests.intersection(of_responses).collect();
    let mut differing = BTreeSet::new();
    loop {
        let before = differing.len();
        for &name in &shared {
            let mut closed = schemas[name].clone();
            close(&mut closed);
            let mut names = BTreeSet::new();
            collect_names(&closed, &mut names);
            if closed != schemas[name] || !names.is_disjoint(&differing) {
                differing.insert(name.clone());
            }
        }
        if differing.len() == before {
            return differing;
        }
    }
}

/// The names to which a part of the document refers.
fn collect_names(part: &Value, names: &mut BTreeSet<String>) {
    match part {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str);
            names.extend(
                name.and_then(|name| name.strip_prefix(SCHEMAS))
                    .map(str::to_owned),
            );
            members
                .values()
                .for_each(|member| collect_names(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

fn rename(part: &mut Value, copied: &BTreeSet<String>) {
    match part {
        Value::Object(members) => {
            if let Some(Value::String(to)) = members.get_mut("$ref")
                && let Some(name) = to.strip_prefix(SCHEMAS)
                && copied.contains(name)
            {
                *to = format!("{SCHEMAS}{}", input_name(name));
            }
            members
                .values_mut()
                .for_each(|member| rename(member, copied));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, copied)),
        _ => {}
    }
}

/// The schemas that can be reached from some.
fn reachable(from: BTreeSet<String>, schemas: &Map<String, Value>) -> BTreeSet<String> {
    let (mut reached, mut open) = (BTreeSet::new(), Vec::from_iter(from));
    while let Some(name) = open.pop() {
        if let Some(schema) = schemas.get(&name)
            && reached.insert(name)
        {
            let mut names = BTreeSet::new();
            collect_names(schema, &mut names);
            open.extend(names);
        }
    }
    reached
}

/// Closes a schema of an object and those of its members. Alternatives are left as they are: what an object has beyond
/// the one that it matches is not known here.
fn close(schema: &mut Value) {
    let Some(keywords) = schema.as_object_mut() else {
        return;
    };
    if ["oneOf", "anyOf", "allOf"]
        .iter()
        .any(|of| keywords.contains_key(*of))
    {
        return;
    }
    if let Some(Value::Object(members)) = keywords.get_mut("properties") {
        members.values_mut().for_each(close);
        if !keywords.contains_key("additionalProperties") {
            keywords.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    }
    for of_parts in ["items", "additionalProperties"] {
        if let Some(parts) = keywords.get_mut(of_parts) {
            close(parts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        let object = |members: Value| json!({ "type": "object", "properties": members });
        let body = |name: &str| {
            let schema = json!({ "$ref": format!("{SCHEMAS}{name}") });
            json!({ "content": { "application/json": { "schema": schema } } })
        };
        json!({
            "paths": { "/things": {
                "get": {
                    "parameters": [
                        { "name": "q", "schema": { "type": "string", "default": null } },
                        { "name": "n", "schema": { "type": "integer", "default": 5 } },
                    ],
                    "responses": { "200": body("Thing"), "412": body("Problem") },
                },
                "post": {
                    "requestBody": body("NewThing"),
                    "responses": { "201": body("Thing"), "412": body("Problem") },
                },
            } },
            "components": { "schemas": {
                "Thing": object(json!({
                    "part": { "$ref": format!("{SCHEMAS}Part") },
                    "level": { "$ref": format!("{SCHEMAS}Level") },
                })),
                "NewThing": object(json!({
                    "part": { "$ref": format!("{SCHEMAS}Part") },
                    "level": { "$ref": format!("{SCHEMAS}Level") },
                    "inner": object(json!({ "x": {} })),
                    "free": { "type": "object", "additionalProperties": true },
                })),
                "Part": object(json!({ "y": {} })),
                "Level": { "enum": ["low", "high"] },
                "Problem": object(json!({})),
            } },
        })
    }

    #[test]
    fn requests_are_closed_and_responses_are_not() {
        let mut document = document();
        complete(&mut document, Vec::new());
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["NewThing"]["additionalProperties"], false);
        let members = &schemas["NewThing"]["properties"];
        assert_eq!(members["inner"]["additionalProperties"], false);
        assert_eq!(members["free"]["additionalProperties"], true);
        assert_eq!(members["part"]["$ref"], "#/components/schemas/PartInput");
        assert_eq!(schemas["PartInput"]["additionalProperties"], false);
        assert_eq!(members["level"]["$ref"], "#/components/schemas/Level");
        for open in ["Thing", "Part", "Problem"] {
            assert_eq!(schemas[open].get("additionalProperties"), None, "{open}");
        }
        assert_eq!(
            schemas["Thing"]["properties"]["part"]["$ref"],
            "#/components/schemas/Part"
        );
        assert_eq!(schemas.get("LevelInput"), None, "the same for both");
    }

    #[test]
    fn parameters_have_no_default_that_they_cannot_have() {
        let mut document = document();
        complete(&mut document, Vec::new());
        let parameters = &document["paths"]["/things"]["get"]["parameters"];
        assert_eq!(parameters[0]["schema"].get("default"), None);
        assert_eq!(parameters[1]["schema"]["default"], 5);
    }

    #[test]
    fn what_has_a_version_can_be_unchanged_when_it_is_read() {
        let mut document = document();
        complete(&mut document, Vec::new());
        let things = &document["paths"]["/things"];
        assert!(things["get"]["responses"].get("304").is_some());
        assert_eq!(things["post"]["responses"].get("304"), None);
    }

    #[test]
    fn examples_stand_with_their_bodies() {
        let mut document = document();
        let example = BodyExample {
            method: "post",
            path: "/things",
            media_type: "application/json",
            body: json!({ "inner": { "x": 1 } }),
        };
        complete(&mut document, vec![example.clone()]);
        let body = &document["paths"]["/things"]["post"]["requestBody"];
        assert_eq!(body["content"]["application/json"]["example"], example.body);
    }
}
