//! The reference of all keys, written from what they may be ([`ALLOWED`]) and from the doc comments of [`Config`].

use std::fmt::Write;

use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use super::Config;
use super::allowed::allowed;

/// A configuration as a file that could be read again, each key with its meaning and what it may be. Passwords are masked.
pub(super) fn annotated(config: &Config) -> String {
    let schema = schema();
    let values = toml::to_string(config).unwrap_or_default();
    let mut out = String::with_capacity(4 * values.len());
    let mut section = String::new();
    for line in values.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section = format!("{name}.");
            comment(&mut out, meaning(&schema, name));
        } else if let Some((name, _)) = line.split_once(" = ") {
            let key = format!("{section}{name}");
            comment(&mut out, meaning(&schema, &key));
            if let Some(allowed) = allowed(&key) {
                comment(&mut out, &format!("Must be {allowed}."));
            }
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn comment(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "# {line}");
    }
}

/// What the doc comment of a key or of a section says.
fn meaning<'s>(schema: &'s Json, key: &str) -> &'s str {
    let mut at = schema;
    for name in key.split('.') {
        at = &at["properties"][name];
    }
    at["description"].as_str().unwrap_or_default()
}

fn schema() -> Json {
    let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<Config>();
    schema.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allowed::ALLOWED;
    use crate::known_keys;

    /// The page of the documentation.
    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");

    #[test]
    fn every_key_has_a_meaning() {
        let schema = schema();
        for (key, _) in ALLOWED {
            assert_ne!(meaning(&schema, key), "", "{key}");
        }
    }

    /// `INSTA_UPDATE=always` writes the page anew, as it does for snapshots.
    #[test]
    fn the_page_of_the_documentation_is_this_reference() {
        let page = page();
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            std::fs::write(PAGE, page).expect("the page is written");
            return;
        }
        let written = std::fs::read_to_string(PAGE).expect("the page is there");
        assert!(
            written == page,
            "docs/configuration.md is not what the code says; INSTA_UPDATE=always writes it anew"
        );
    }

    fn page() -> String {
        let (schema, defaults) = (schema(), known_keys());
        let mut out = include_str!("reference.md").to_owned();
        let mut section = None;
        for (key, allowed) in ALLOWED {
            let (of, name) = key.split_once('.').unwrap_or(("", key));
            if section.replace(of) != Some(of) {
                heading(&mut out, of, meaning(&schema, of));
            }
            let default = defaults[key].to_string().replace('"', "");
            let default = if default.is_empty() {
                "empty"
            } else {
                &default
            };
            let meaning = meaning(&schema, key).replace('\n', " ");
            let _ = writeln!(out, "| `{name}` | {default} | {allowed} | {meaning} |");
        }
        out
    }

    fn heading(out: &mut String, section: &str, meaning: &str) {
        if !section.is_empty() {
            let meaning = meaning.replace('\n', " ");
            let _ = write!(out, "\n## `[{section}]`\n\n{meaning}\n");
        }
        out.push_str("\n| key | default | must be | meaning |\n| --- | --- | --- | --- |\n");
    }
}
