//! Configurations: read from JSON, and described by a JSON Schema.

use crate::schemars::JsonSchema;
use crate::serde::Deserialize;
use crate::serde::de::DeserializeOwned;

/// The configuration of a plugin that has none.
///
/// ```
/// let config: vervet_sdk::NoConfig = vervet_sdk::read_config("{}").unwrap();
/// assert!(vervet_sdk::read_config::<vervet_sdk::NoConfig>("{\"limit\": 1}").is_err());
/// # let _ = config;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}

/// Reads a configuration. An error is a sentence that says where the fault is.
///
/// ```
/// #[vervet_sdk::config]
/// struct Config {
///     limit: f64,
/// }
///
/// let config: Config = vervet_sdk::read_config(r#"{"limit": 10}"#).unwrap();
/// assert_eq!(config.limit, 10.0);
/// let error = vervet_sdk::read_config::<Config>(r#"{"limit": "ten"}"#).err();
/// assert_eq!(
///     error.as_deref(),
///     Some(r#"config.limit: invalid type: string "ten", expected f64"#)
/// );
/// ```
pub fn read_config<C: DeserializeOwned>(json: &str) -> Result<C, String> {
    let json = if json.trim().is_empty() { "{}" } else { json };
    let mut reader = serde_json::Deserializer::from_str(json);
    let config = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." {
            "config".to_owned()
        } else {
            format!("config.{path}")
        };
        let said = error.inner().to_string();
        // Where in the text is of no use to whoever sent an object.
        let said = said.split(" at line ").next().unwrap_or_default();
        format!("{place}: {said}")
    })?;
    reader
        .end()
        .map_err(|_| "config: there is something after its end".to_owned())?;
    Ok(config)
}

/// The JSON Schema (2020-12) of a configuration. Documentation becomes its descriptions, without examples in Rust: those
/// are for the authors of plugins, and a schema is for people who configure them.
///
/// ```
/// let schema = vervet_sdk::config_schema::<vervet_sdk::NoConfig>();
/// assert!(schema.contains("\"type\":\"object\""));
/// ```
pub fn config_schema<C: JsonSchema>() -> String {
    let mut schema = schemars::schema_for!(C).to_value();
    without_examples(&mut schema);
    schema.to_string()
}

/// Takes blocks of code out of all descriptions.
fn without_examples(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(members) => {
            // These hold values, not schemas.
            let values = ["default", "const", "enum", "examples"];
            for (name, member) in members.iter_mut() {
                match member {
                    serde_json::Value::String(text) if name == "description" => {
                        *text = prose(text);
                    }
                    _ if values.contains(&name.as_str()) => {}
                    other => without_examples(other),
                }
            }
            // A description that was an example alone describes nothing.
            members.retain(|name, member| name != "description" || member != "");
        }
        serde_json::Value::Array(members) => members.iter_mut().for_each(without_examples),
        _ => {}
    }
}

/// Documentation without its blocks of code.
fn prose(text: &str) -> String {
    let mut lines = Vec::new();
    let mut fence = None;
    for line in text.lines() {
        let begin = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| begin.starts_with(mark));
        match (fence, mark) {
            (None, None) => lines.push(line),
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
        }
    }
    let prose = lines.join("\n");
    let mut prose = prose.trim().to_owned();
    while prose.contains("\n\n\n") {
        prose = prose.replace("\n\n\n", "\n\n");
    }
    prose
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it is.
    ///
    /// ```
    /// assert!(true);
    /// ```
    ///
    /// More of it.
    #[crate::config]
    struct Config {
        /// How much.
        ///
        /// ```
        /// let much = 1;
        /// ```
        much: f64,
        /// Not code: `much`.
        #[serde(default)]
        description: Option<String>,
    }

    #[test]
    fn examples_are_for_authors_only() {
        let schema = config_schema::<Config>();
        let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
        assert_eq!(schema["description"], "What it is.\n\nMore of it.");
        let properties = &schema["properties"];
        assert_eq!(properties["much"]["description"], "How much.");
        assert_eq!(
            properties["description"]["description"],
            "Not code: `much`."
        );
        assert!(!config_schema::<crate::csv::Options>().contains("assert"));
        assert!(!config_schema::<crate::NoConfig>().contains("```"));
    }
}
