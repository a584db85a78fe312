//! What became of definitions: each member that differs, before and after.

use std::collections::BTreeSet;

use engine::lane::{AuditEntry, DefinitionChange};
use json::JsonValue;
use maud::{Markup, html};

use crate::text::EN;

/// The changes of an entry, which open on demand.
pub(super) fn show(entry: &AuditEntry) -> Markup {
    let text = &EN.audit;
    html! {
        @if !entry.changes.is_empty() {
            details {
                summary { ((text.changed)(entry.changes.len())) }
                @for change in &entry.changes { (one(change)) }
            }
        }
        @if entry.more_changes > 0 { p.note { ((text.more)(entry.more_changes)) } }
    }
}

fn one(change: &DefinitionChange) -> Markup {
    let text = &EN.audit;
    let done = match (&change.before, &change.after) {
        (None, Some(_)) => Some(text.made),
        (Some(_), None) => Some(text.deleted),
        (Some(_), Some(_)) | (None, None) => None,
    };
    html! {
        p {
            strong { (change.kind.replace('_', " ")) } " " bdi { (change.name) }
            @if let Some(done) = done { " " (done) }
        }
        table {
            thead {
                tr {
                    th scope="col" { (text.member) }
                    @if change.before.is_some() { th scope="col" { (text.before) } }
                    @if change.after.is_some() { th scope="col" { (text.after) } }
                }
            }
            tbody {
                @for member in members(change) {
                    tr {
                        th scope="row" { (member) }
                        @for side in [&change.before, &change.after] {
                            @if let Some(side) = side { td.value { (value(side.get(&member))) } }
                        }
                    }
                }
            }
        }
    }
}

/// The names of the members that differ.
fn members(change: &DefinitionChange) -> BTreeSet<String> {
    let sides = [&change.before, &change.after].into_iter().flatten();
    let objects = sides.filter_map(JsonValue::as_object);
    let names = objects.flat_map(|object| object.iter().map(|(name, _)| name.to_owned()));
    names.collect()
}

/// A value as people read it: texts and plain values as they are, lists of texts with commas, anything else as JSON.
fn value(value: Option<&JsonValue>) -> Markup {
    match value {
        None | Some(JsonValue::Null) => html! { span.note { "–" } },
        Some(JsonValue::String(text)) => html! { bdi { (text) } },
        Some(JsonValue::Array(items)) if items.iter().all(|item| item.as_str().is_some()) => {
            let texts: Vec<&str> = items.iter().filter_map(JsonValue::as_str).collect();
            html! { @if texts.is_empty() { span.note { "–" } } @else { (texts.join(", ")) } }
        }
        Some(value @ (JsonValue::Array(_) | JsonValue::Object(_))) => {
            html! { pre { (value.pretty()) } }
        }
        Some(value) => html! { (value) },
    }
}
