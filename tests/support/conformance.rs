//! Whether what a host answers is what its OpenAPI document says.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

use config::Config;
use json::JsonValue;
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::Answer;

/// The document, made once for all hosts of this process: they run the same code.
static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::new);

/// Where the document keeps the schemas that have names.
const SCHEMAS: &str = "#/components/schemas/";

const NDJSON: &str = "application/x-ndjson";

/// What is served and is no part of the API that the document describes.
const UNDOCUMENTED: [&str; 3] = ["/docs", "/metrics", "/openapi.json"];

/// The document, and what was made of it so far.
struct Document {
    whole: Value,
    /// The paths with their segments, of which those in braces stand for any.
    paths: Vec<(String, Vec<String>)>,
    /// By the place of the schema in the document.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// Checks an answer against the document.
///
/// # Panics
/// Where the document does not have the answer, says how they differ.
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    if let Err(difference) = DOCUMENT.difference(method, path, answer) {
        panic!(
            "{method} {path} is not answered as /openapi.json says: {difference}\n{}: {}",
            answer.status,
            answer.text().chars().take(2_000).collect::<String>()
        );
    }
}

impl Document {
    fn new() -> Self {
        let whole = api::serve::openapi(&Config::default());
        let paths = whole["paths"].as_object().expect("paths").keys();
        let segments = |path: &String| path.split('/').map(str::to_owned).collect();
        let paths = paths.map(|path| (path.clone(), segments(path))).collect();
        Self {
            whole,
            paths,
            validators: Mutex::default(),
        }
    }

    /// The documented path that a request is for: of several the one with the fewest segments in braces, and of those that
    /// have the method, where any has it. A transaction may be called `batch`.
    fn path_of(&self, method: &str, path: &str) -> Option<&str> {
        let segments: Vec<&str> = path.split('/').collect();
        let is_variable = |segment: &String| segment.starts_with('{');
        let fits = |template: &[String]| {
            let mut pairs = template.iter().zip(&segments);
            template.len() == segments.len()
                && pairs.all(|(of_template, segment)| {
                    of_template == segment || (is_variable(of_template) && !segment.is_empty())
                })
        };
        let found = self.paths.iter().filter(|(_, template)| fits(template));
        let has_method = |path: &str| self.whole["paths"][path][method].is_object();
        let found = found.min_by_key(|(path, template)| {
            let variables = template.iter().filter(|segment| is_variable(segment));
            (!has_method(path), variables.count())
        });
        found.map(|(path, _)| path.as_str())
    }

    fn difference(&self, method: &str, path: &str, answer: &Answer) -> Result<(), String> {
        if UNDOCUMENTED.contains(&path) || method == "HEAD" || method == "OPTIONS" {
            return Ok(());
        }
        let method = method.to_ascii_lowercase();
        let documented = self.path_of(&method, path);
        let operation = documented.and_then(|documented| {
            let operation = &self.whole["paths"][documented][&method];
            operation
                .is_object()
                .then(|| (pointer(&["paths", documented, &method]), operation))
        });
        let Some((place, operation)) = operation else {
            return match answer.status {
                400..=499 => Ok(()),
                status => Err(format!(
                    "there is no such operation, and it answered {status}"
                )),
            };
        };
        let status = answer.status.to_string();
        let Some(response) = operation["responses"].get(&status) else {
            let known = operation["responses"].as_object().expect("responses");
            let known = known.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(format!("the status is none of {known}"));
        };
        self.body_differs(
            &format!("{place}/responses/{status}/content"),
            response,
            answer,
        )
    }

    fn body_differs(&self, place: &str, response: &Value, answer: &Answer) -> Result<(), String> {
        let none = Map::new();
        let content = response["content"].as_object().unwrap_or(&none);
        if answer.body.is_empty() {
            // A file can be empty, and so can an answer of a line for each of none.
            let is_lines = answer.header("content-type").starts_with(NDJSON);
            let may_be_empty = content.is_empty() || content.contains_key("*/*") || is_lines;
            return may_be_empty.then_some(()).ok_or_else(|| {
                let known = content.keys().cloned().collect::<Vec<_>>().join(", ");
                format!("there is no body, where one of {known} is documented")
            });
        }
        let essence = |media_type: &str| {
            let essence = media_type.split(';').next().unwrap_or_default();
            essence.trim().to_ascii_lowercase()
        };
        let media_type = essence(answer.header("content-type"));
        let found = content
            .iter()
            .find(|(known, _)| essence(known) == media_type);
        let found = found.or_else(|| content.get_key_value("*/*"));
        let Some((known, described)) = found else {
            let known = content.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(format!(
                "the media type is '{media_type}', documented is: {known}"
            ));
        };
        // What is compressed is checked where it is not.
        if described.get("schema").is_none() || !answer.header("content-encoding").is_empty() {
            return Ok(());
        }
        let texts: Vec<&[u8]> = match &*media_type {
            NDJSON if known != "*/*" => answer
                .body
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
                .collect(),
            json if known != "*/*" && (json.ends_with("/json") || json.ends_with("+json")) => {
                vec![&answer.body]
            }
            _ => return Ok(()),
        };
        let place = format!(
            "{place}/{}/schema",
            known.replace('~', "~0").replace('/', "~1")
        );
        let validator = self.validator(&place);
        for text in texts {
            // Strangers' members may have names that `serde_json`'s own values cannot be read with.
            let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
            let value = JsonValue::read_stored(text).map_err(|fault| fault.to_string())?;
            let value = value.to_value();
            let errors = validator.iter_errors(&value).take(5);
            let errors: Vec<String> = errors
                .map(|error| format!("at '{}': {error}", error.instance_path()))
                .collect();
            if !errors.is_empty() {
                return Err(errors.join("; "));
            }
        }
        Ok(())
    }

    /// The validator of the schema at a place of the document.
    fn validator(&self, place: &str) -> Arc<Validator> {
        let mut validators = self.validators.lock().expect("no panic while it is held");
        if let Some(known) = validators.get(place) {
            return known.clone();
        }
        let mut schema = self.whole.pointer(place).expect("a schema").clone();
        let definitions = self.definitions(&schema);
        localise(&mut schema);
        let schema = json!({ "allOf": [schema], "$defs": definitions });
        let built = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&schema);
        let built = Arc::new(built.unwrap_or_else(|error| panic!("{place}: {error}")));
        validators.insert(place.to_owned(), built.clone());
        built
    }

    /// The named schemas that a schema needs.
    fn definitions(&self, schema: &Value) -> Map<String, Value> {
        let (mut found, mut open) = (Map::new(), BTreeSet::new());
        names(schema, &mut open);
        while let Some(name) = open.pop_first() {
            if !found.contains_key(&name) {
                let mut named = self.whole["components"]["schemas"][&name].clone();
                names(&named, &mut open);
                localise(&mut named);
                found.insert(name, named);
            }
        }
        found
    }
}

fn pointer(parts: &[&str]) -> String {
    let escaped = parts
        .iter()
        .map(|part| part.replace('~', "~0").replace('/', "~1"));
    escaped.map(|part| format!("/{part}")).collect()
}

/// The names of schemas to which a schema refers.
fn names(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            let to = members.get("$ref").and_then(Value::as_str);
            found.extend(
                to.and_then(|to| to.strip_prefix(SCHEMAS))
                    .map(str::to_owned),
            );
            members.values().for_each(|member| names(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

/// Has references lead to `$defs` of the same schema.
fn localise(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(to)) = members.get_mut("$ref") {
                *to = to.replace(SCHEMAS, "#/$defs/");
            }
            members.values_mut().for_each(localise);
        }
        Value::Array(items) => items.iter_mut().for_each(localise),
        _ => {}
    }
}
