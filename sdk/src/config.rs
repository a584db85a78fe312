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

/// The JSON Schema (2020-12) of a configuration.
///
/// ```
/// let schema = vervet_sdk::config_schema::<vervet_sdk::NoConfig>();
/// assert!(schema.contains("\"type\":\"object\""));
/// ```
pub fn config_schema<C: JsonSchema>() -> String {
    schemars::schema_for!(C).as_value().to_string()
}
