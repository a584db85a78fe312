//! What is different between two versions of an alert, or of one of its parts.

use domain::alert::{Alert, Content, Part};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::super::body::AlertSummary;
use crate::http::WireTime;
use engine::alert::{Disclosure, WholeAlert};
use json::{JsonObject, JsonValue, to_json};

/// The longest text that is shown of a field, in characters; what follows is cut, and said so by `…`.
const SHOWN: usize = 200;

/// Fields that only count changes, or never change.
const NOT_TOLD: [&str; 4] = ["id", "version", "created_at", "updated_at"];

/// Fields of which it is said that they changed, and not how: they are long, and may hold what the reader
/// is shown elsewhere, or not at all.
const NOT_REPEATED: [&str; 2] = ["info", "text"];

/// One field that changed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "FieldChange")]
pub(in crate::alerts) struct Difference {
    pub(in crate::alerts) field: String,
    /// What it was; left out where it is not repeated here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::alerts) from: Option<JsonValue>,
    /// What it became; left out where it is not repeated here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::alerts) to: Option<JsonValue>,
}

/// What a viewer sees of what is different between two versions of an alert.
pub(in crate::alerts) fn of_alerts(
    before: Option<&Alert>,
    after: &Alert,
    disclosure: &Disclosure,
) -> Vec<Difference> {
    let fields = |alert: &Alert| fields_of_alert(alert, disclosure);
    differences(before.map(fields), fields(after))
}

/// What is different between two versions of a part.
pub(super) fn of_parts(before: Option<&Part>, after: &Part) -> Vec<Difference> {
    differences(before.map(fields_of_part), fields_of_part(after))
}

/// As the API writes it, so that every property is among them.
fn fields_of_alert(alert: &Alert, disclosure: &Disclosure) -> JsonObject {
    let alone = WholeAlert::of(alert.clone(), Vec::new());
    object(to_json(&AlertSummary::of(&alone, disclosure)).expect("an alert is written as JSON"))
}

fn fields_of_part(part: &Part) -> JsonObject {
    let fields = match &part.content {
        Content::Comment(comment) => json!({ "text": comment.text }),
        Content::Task(task) => json!({
            "title": task.title,
            "user_id": task.user_id,
            "due_date": task.due_date.map(WireTime),
            "done": task.done.is_some(),
        }),
        Content::Document(document) => json!({
            "name": document.name,
            "description": document.description,
            "media_type": document.media_type,
            "bytes": document.bytes,
            "sha256": base::hex::encode(&document.sha256),
        }),
    };
    let mut fields = object(fields.into());
    fields.insert("deleted", part.deleted);
    fields
}

fn object(value: JsonValue) -> JsonObject {
    match value {
        JsonValue::Object(fields) => fields,
        _ => JsonObject::default(),
    }
}

/// The fields that are not the same, by name. What was not there was null; of a new thing, what says nothing is not told.
fn differences(before: Option<JsonObject>, mut after: JsonObject) -> Vec<Difference> {
    after.sort();
    let is_new = before.is_none();
    let before = before.unwrap_or_default();
    let mut different = Vec::new();
    for (field, to) in after {
        let from = before.get(&field).cloned().unwrap_or_default();
        let says_nothing = match &to {
            JsonValue::Null | JsonValue::Bool(false) => true,
            JsonValue::Array(items) => items.is_empty(),
            JsonValue::Object(members) => members.is_empty(),
            _ => false,
        };
        if NOT_TOLD.contains(&&*field) || from == to || (is_new && says_nothing) {
            continue;
        }
        let is_told = !NOT_REPEATED.contains(&&*field);
        different.push(Difference {
            field,
            from: is_told.then(|| cut(from)),
            to: is_told.then(|| cut(to)),
        });
    }
    different
}

fn cut(value: JsonValue) -> JsonValue {
    match value {
        JsonValue::String(text) => match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &text[..end]).into(),
            None => text.into(),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn check(before: Option<Value>, after: Value, expect: Value) {
        let before = before.map(|before| object(before.into()));
        let found = differences(before, object(after.into()));
        assert_eq!(serde_json::to_value(found).expect("JSON"), expect);
    }

    #[test]
    fn only_what_changed_is_told() {
        check(
            Some(json!({ "id": 1, "title": "a", "state": "open", "labels": [], "version": 1 })),
            json!({ "id": 1, "title": "a", "state": "closed", "labels": ["x"], "version": 2 }),
            json!([
                { "field": "labels", "from": [], "to": ["x"] },
                { "field": "state", "from": "open", "to": "closed" },
            ]),
        );
        check(
            None,
            json!({ "title": "a", "user_id": null, "labels": [], "done": false, "info": { "a": 1 } }),
            json!([{ "field": "info" }, { "field": "title", "from": null, "to": "a" }]),
        );
        check(
            Some(json!({ "user_id": "u" })),
            json!({ "user_id": null }),
            json!([{ "field": "user_id", "from": "u", "to": null }]),
        );
    }

    #[test]
    fn what_is_long_is_cut_or_left_out() {
        let (long, kept) = ("é".repeat(SHOWN + 1), "é".repeat(SHOWN));
        check(
            Some(json!({ "title": kept, "text": "a", "info": {} })),
            json!({ "title": long, "text": "b", "info": { "secret": 1 } }),
            json!([
                { "field": "info" },
                { "field": "text" },
                { "field": "title", "from": kept, "to": format!("{kept}…") },
            ]),
        );
    }
}
