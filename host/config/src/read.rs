//! Reading the configuration from its sources. Each value is checked where it was given, so that an error can say where.

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::{Table, Value};

use super::allowed::{ALLOWED, Allowed, allowed};
use super::{Config, SecretUrl, relations};
use base::nearest::nearest;
use base::printable::Printable;

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
    #[error("{origin}: '{key}' is {value}, but must be {allowed}")]
    NotAllowed {
        /// The file, the variable or the flag.
        origin: String,
        key: String,
        /// The value as it was given, without secrets.
        value: String,
        allowed: String,
    },
    #[error("'{key}' is '{value}', but must be {needed}")]
    Contradiction {
        key: &'static str,
        value: String,
        needed: &'static str,
    },
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
/// The first key that is unknown, or whose value is not allowed.
pub fn read(
    file: Option<(PathBuf, String)>,
    variables: impl IntoIterator<Item = (String, String)>,
    flags: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let mut values = known_keys();
    if let Some((path, text)) = file {
        let table: Table = text
            .parse()
            .map_err(|error: toml::de::Error| ConfigError::NotToml {
                path: path.clone(),
                cause: error.to_string(),
            })?;
        let origin = path.display().to_string();
        for (key, value) in flatten(&table) {
            let allowed = find(&key, &origin)?;
            refuse_secret(&key, &value, &origin)?;
            check(allowed, &key, &value, &origin)?;
            values.insert(key, value);
        }
    }
    let names: BTreeMap<String, &str> = keys().map(|key| (variable_of(key), key)).collect();
    for (variable, text) in variables {
        let is_other = OTHER_VARIABLES
            .iter()
            .any(|other| variable.starts_with(other));
        if !variable.starts_with("VERVET_") || is_other {
            continue;
        }
        let Some(&key) = names.get(&variable) else {
            return Err(ConfigError::UnknownKey {
                origin: "environment".to_owned(),
                nearest: nearest(&variable, names.keys().map(String::as_str)),
                key: variable,
            });
        };
        let allowed = find(key, &variable)?;
        let value = allowed.value_of(&text);
        check(allowed, key, &value, &variable)?;
        values.insert(key.to_owned(), value);
    }
    for (key, text) in flags {
        let origin = format!("--{key}");
        let allowed = find(&key, &origin)?;
        let value = allowed.value_of(&text);
        check(allowed, &key, &value, &origin)?;
        values.insert(key, value);
    }
    let config = Config::deserialize_from(unflatten(values));
    let config = config.map_err(|cause| ConfigError::NotToml {
        path: PathBuf::from("the configuration"),
        cause: cause.to_string(),
    })?;
    relations::check(&config)?;
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

fn keys() -> impl Iterator<Item = &'static str> {
    ALLOWED.iter().map(|(key, _)| *key)
}

fn find(key: &str, origin: &str) -> Result<Allowed, ConfigError> {
    allowed(key).ok_or_else(|| ConfigError::UnknownKey {
        origin: origin.to_owned(),
        key: key.to_owned(),
        nearest: nearest(key, keys()),
    })
}

fn check(allowed: Allowed, key: &str, value: &Value, origin: &str) -> Result<(), ConfigError> {
    if allowed.allows(value) {
        return Ok(());
    }
    // Where a number is expected, only a number says that one is.
    let is_number = matches!(value, Value::Integer(_));
    let kind = match allowed {
        Allowed::Number { .. } if !is_number => "a whole number ",
        _ => "",
    };
    Err(ConfigError::NotAllowed {
        origin: origin.to_owned(),
        key: key.to_owned(),
        value: shown(allowed, value),
        allowed: format!("{kind}{allowed}"),
    })
}

/// The most characters of a value that an error repeats.
const SHOWN_CHARACTERS: usize = 200;

/// A value as it was given, on one line and without secrets.
fn shown(allowed: Allowed, value: &Value) -> String {
    let text = match (allowed, value) {
        (Allowed::Secret, _) => "***".to_owned(),
        (Allowed::BrokerUrl, Value::String(url)) => SecretUrl::from(url.clone()).masked(),
        (_, Value::String(text)) => text.clone(),
        (_, other) => return Printable(&other.to_string()).to_string(),
    };
    let mut short: String = text.chars().take(SHOWN_CHARACTERS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("'{}'", Printable(&short))
}
