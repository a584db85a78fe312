//! What a plugin can be configured with, by the schema that it declares.

use json::{JsonObject, JsonValue};
use maud::{Markup, html};
use tenant::PublishedPlugin;

use crate::text::EN;

/// The schema that a plugin declares for its configuration.
fn of(plugin: &PublishedPlugin) -> Option<&JsonObject> {
    plugin.manifest.get("config_schema")?.as_object()
}

/// The members that a configuration can have, as a table, with the whole schema beneath.
pub(crate) fn table(plugin: &PublishedPlugin) -> Markup {
    let text = &EN.rules;
    let Some(schema) = of(plugin) else {
        return html! { p.empty { (text.takes_no_config) } };
    };
    let members = schema.get("properties").and_then(JsonValue::as_object);
    html! {
        @match members.filter(|members| !members.is_empty()) {
            None => p.empty { (text.takes_no_config) },
            Some(members) => div.wide tabindex="0" {
                table {
                    thead {
                        tr {
                            th scope="col" { (text.option) }
                            th scope="col" { (text.kind) }
                            th scope="col" { (text.usual) }
                            th scope="col" { (text.meaning) }
                        }
                    }
                    tbody {
                        @for (name, member) in members.iter() {
                            tr {
                                th scope="row" { code { (name) } }
                                td { (kind(member)) }
                                td { @if let Some(usual) = member.get("default") { code { (usual) } } }
                                td { @if let Some(text) = described(member) { (text) } }
                            }
                        }
                    }
                }
            },
        }
        details { summary { (text.whole_schema) } pre { (JsonValue::Object(schema.clone()).pretty()) } }
    }
}

/// The configuration that a plugin takes where nobody says anything else: each member with its default.
pub(crate) fn usual(plugin: &PublishedPlugin) -> JsonValue {
    let members = of(plugin).and_then(|schema| schema.get("properties")?.as_object());
    let mut config = JsonObject::default();
    for (name, member) in members.into_iter().flat_map(JsonObject::iter) {
        if let Some(usual) = member.get("default") {
            config.insert(name, usual.clone());
        }
    }
    config.into()
}

fn kind(member: &JsonValue) -> String {
    match member.get("type") {
        Some(JsonValue::String(kind)) => kind.clone(),
        Some(JsonValue::Array(kinds)) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(JsonValue::as_str).collect();
            kinds.join(", ")
        }
        _ => String::new(),
    }
}

fn described(member: &JsonValue) -> Option<&str> {
    let text = member.get("description").or_else(|| member.get("title"));
    text.and_then(JsonValue::as_str)
}
