//! Reading the configuration from its sources.

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::{Table, Value};

use super::{Config, SecretUrl};
use crate::nearest::nearest;

/// Variables that begin like configuration and are not.
const OTHER_VARIABLES: [&str; 6] = [
    "VERVET_ADMIN_TOKEN",
    "VERVET_CONFIG",
    "VERVET_URL",
    "VERVET_TOKEN",
    "VERVET_CACHE",
    "VERVET_TEST_",
];

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ConfigError {
    #[error("{} cannot be read: {cause}", path.display())]
    NotReadable {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("{} is no TOML: {cause}", path.display())]
    NotToml { path: PathBuf, cause: String },
    #[error("{origin}: there is no key '{key}'{}", nearest.as_ref().map(|near| format!("; did you mean '{near}'?")).unwrap_or_default())]
    UnknownKey {
        origin: String,
        key: String,
        nearest: Option<String>,
    },
    #[error("{origin}: '{key}' must be {expected}")]
    WrongType {
        origin: String,
        key: String,
        expected: &'static str,
    },
    #[error("'{key}' must be {expected}")]
    Wrong { key: String, expected: String },
    #[error("{origin}: '{key}' holds a password; set the variable {variable} instead")]
    Secret {
        origin: String,
        key: String,
        variable: String,
    },
}

/// Reads the configuration: the file's text, where there is one, then variables, then flags
/// (as paths such as `http.max_body_bytes` and their texts).
///
/// # Errors
/// The first key that is unknown or of another type than its default.
pub fn read(
    file: Option<(PathBuf, String)>,
    variables: impl IntoIterator<Item = (String, String)>,
    flags: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let known = known_keys();
    let mut values = known.clone();
    if let Some((path, text)) = file {
        let table: Table = text
            .parse()
            .map_err(|error: toml::de::Error| ConfigError::NotToml {
                path: path.clone(),
                cause: error.to_string(),
            })?;
        let origin = path.display().to_string();
        for (key, value) in flatten(&table) {
            let default = find(&known, &key, &origin)?;
            let value = fit(default, value, &key, &origin)?;
            refuse_secret(&key, &value, &origin)?;
            values.insert(key, value);
        }
    }
    for (variable, text) in variables {
        let is_other = OTHER_VARIABLES
            .iter()
            .any(|other| variable.starts_with(other));
        if !variable.starts_with("VERVET_") || is_other {
            continue;
        }
        let names: BTreeMap<String, &String> =
            known.keys().map(|key| (variable_of(key), key)).collect();
        let Some(&key) = names.get(&variable) else {
            return Err(ConfigError::UnknownKey {
                origin: "environment".to_owned(),
                nearest: nearest(&variable, names.keys().map(String::as_str)),
                key: variable,
            });
        };
        let value = parse(&known[key], &text, &variable, "environment")?;
        values.insert(key.clone(), value);
    }
    for (key, text) in flags {
        let default = find(&known, &key, "command line")?;
        let value = parse(default, &text, &key, "command line")?;
        values.insert(key, value);
    }
    let config = Config::deserialize_from(unflatten(values));
    let config = config.map_err(|cause| ConfigError::NotToml {
        path: PathBuf::from("the configuration"),
        cause: cause.to_string(),
    })?;
    super::rabbitmq::check(&config.sessions, &config.rabbitmq)?;
    Ok(config)
}

/// Refuses a password in a file, which others may read.
fn refuse_secret(key: &str, value: &Value, origin: &str) -> Result<(), ConfigError> {
    let text = value.as_str().unwrap_or_default();
    let is_secret = match key {
        "rabbitmq.password" => !text.is_empty(),
        "rabbitmq.url" => SecretUrl::from(text.to_owned()).has_password(),
        _ => false,
    };
    if !is_secret {
        return Ok(());
    }
    Err(ConfigError::Secret {
        origin: origin.to_owned(),
        key: key.to_owned(),
        variable: variable_of(key),
    })
}

impl Config {
    fn deserialize_from(table: Table) -> Result<Self, toml::de::Error> {
        table.try_into()
    }
}

/// Every key, as a path such as `http.max_body_bytes`, with its default.
pub fn known_keys() -> BTreeMap<String, Value> {
    let table = Table::try_from(Config::default()).unwrap_or_default();
    flatten(&table)
}

/// The variable that sets a key: `VERVET_HTTP_MAX_BODY_BYTES`.
fn variable_of(key: &str) -> String {
    format!("VERVET_{}", key.replace('.', "_").to_uppercase())
}

fn flatten(table: &Table) -> BTreeMap<String, Value> {
    fn into(out: &mut BTreeMap<String, Value>, prefix: &str, table: &Table) {
        for (name, value) in table {
            let key = format!("{prefix}{name}");
            match value {
                Value::Table(inner) => into(out, &format!("{key}."), inner),
                value => drop(out.insert(key, value.clone())),
            }
        }
    }
    let mut out = BTreeMap::new();
    into(&mut out, "", table);
    out
}

fn unflatten(values: BTreeMap<String, Value>) -> Table {
    let mut table = Table::new();
    for (key, value) in values {
        match key.split_once('.') {
            None => drop(table.insert(key, value)),
            Some((section, name)) => {
                let section = table
                    .entry(section)
                    .or_insert_with(|| Value::Table(Table::new()));
                if let Value::Table(section) = section {
                    section.insert(name.to_owned(), value);
                }
            }
        }
    }
    table
}

fn find<'k>(
    known: &'k BTreeMap<String, Value>,
    key: &str,
    origin: &str,
) -> Result<&'k Value, ConfigError> {
    known.get(key).ok_or_else(|| ConfigError::UnknownKey {
        origin: origin.to_owned(),
        key: key.to_owned(),
        nearest: nearest(key, known.keys().map(String::as_str)),
    })
}

fn fit(default: &Value, value: Value, key: &str, origin: &str) -> Result<Value, ConfigError> {
    if value.same_type(default) {
        return Ok(value);
    }
    Err(wrong_type(default, key, origin))
}

fn parse(default: &Value, text: &str, key: &str, origin: &str) -> Result<Value, ConfigError> {
    let parsed = match default {
        Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
        Value::Float(_) => text.trim().parse().ok().map(Value::Float),
        _ => Some(Value::String(text.to_owned())),
    };
    parsed.ok_or_else(|| wrong_type(default, key, origin))
}

fn wrong_type(default: &Value, key: &str, origin: &str) -> ConfigError {
    ConfigError::WrongType {
        origin: origin.to_owned(),
        key: key.to_owned(),
        expected: match default {
            Value::Integer(_) => "a whole number",
            Value::Boolean(_) => "true or false",
            Value::Float(_) => "a number",
            _ => "a text",
        },
    }
}
