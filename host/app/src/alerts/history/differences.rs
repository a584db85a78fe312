//! What is different between two versions of an alert, or of one of its parts.

use domain::alert::{Alert, AlertOutcome, Content, Part};
use domain::time::Timestamp;
use serde_json::json;

use crate::alerts::seen::SeenAlert;
use engine::alert::{Disclosure, WholeAlert};
use json::{JsonObject, JsonValue};

/// The longest text that is shown of a field, in characters; what follows is cut, and said so by `…`.
const SHOWN: usize = 200;

/// Fields that only count changes, or never change.
const NOT_TOLD: [&str; 4] = ["id", "version", "created_at", "updated_at"];

/// Fields of which it is said that they changed, and not how: they are long, and may hold what the reader
/// is shown elsewhere, or not at all.
const NOT_REPEATED: [&str; 2] = ["info", "text"];

/// One field that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The field's name.
    pub field: String,
    /// What it was; none if it is not repeated here.
    pub from: Option<JsonValue>,
    /// What it became; none if it is not repeated here.
    pub to: Option<JsonValue>,
}

/// What a viewer sees of what is different between two versions of an alert.
pub(in crate::alerts) fn differences_of_alerts(
    before: Option<&Alert>,
    after: &Alert,
    disclosure: &Disclosure,
) -> Vec<Difference> {
    let fields = |alert: &Alert| fields_of_alert(alert, disclosure);
    differences(before.map(fields), fields(after))
}

/// What is different between two versions of a part.
pub(super) fn differences_of_parts(before: Option<&Part>, after: &Part) -> Vec<Difference> {
    differences(before.map(fields_of_part), fields_of_part(after))
}

/// Every field of an alert, by the name that the API gives it.
fn fields_of_alert(alert: &Alert, disclosure: &Disclosure) -> JsonObject {
    let alone = WholeAlert::of(alert.clone(), Vec::new());
    fields(&SeenAlert::of(alone, disclosure))
}

/// Every field of an alert, by the name that the API gives it.
pub fn fields(alert: &SeenAlert) -> JsonObject {
    let content = alert.content();
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let labels: Vec<&str> = content.labels.iter().map(|label| label.as_str()).collect();
    let ids = alert.originals.iter().map(|id| id.to_string());
    let into = alert.merged_into.map(|into| into.alert.to_string());
    // Where they are all listed, if not all are among the fields.
    let originals = (alert.left_out > 0).then(|| format!("/v1/alerts/{}/originals", alert.id));
    let mut fields = object(
        json!({
            "id": alert.id.to_string(),
            "team": alert.team,
            "dprofile_id": alert.dprofile_id,
            "user_id": alert.user_id,
            "title": content.title,
            "incident_type": alert.incident_type,
            "state": alert.state,
            "severity": alert.severity.as_str(),
            "priority": alert.priority.as_str(),
            "due_date": time(alert.due_date),
            "labels": labels,
            "txn_ids": alert.txn_ids,
            "rule": alert.rule,
            "score": content.score,
            "created_at": time(Some(alert.created_at)),
            "updated_at": time(Some(alert.updated_at)),
            "closed_at": time(alert.closed_at()),
            "outcome": alert.outcome().map(AlertOutcome::as_str),
            "version": alert.version,
            "merged": alert.merged,
            "originals": originals,
            "merged_from": ids.collect::<Vec<_>>(),
            "merged_into": into,
        })
        .into(),
    );
    fields.insert(
        "info",
        JsonValue::read_stored(&content.info).unwrap_or_default(),
    );
    fields
}

fn fields_of_part(part: &Part) -> JsonObject {
    let fields = match &part.content {
        Content::Comment(comment) => json!({ "text": comment.text }),
        Content::Task(task) => json!({
            "title": task.title,
            "user_id": task.user_id,
            "due_date": task.due_date.map(|at| at.to_string()),
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
        let found = found.into_iter().map(|one| {
            let mut members = object(json!({ "field": one.field }).into());
            for (name, value) in [("from", one.from), ("to", one.to)] {
                if let Some(value) = value {
                    members.insert(name, value);
                }
            }
            JsonValue::from(members)
        });
        let found = JsonValue::Array(found.collect());
        assert_eq!(found, JsonValue::from(expect));
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
