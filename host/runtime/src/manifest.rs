//! What a plugin says of itself, checked.

use std::sync::Arc;

use domain::name::Name;
use domain::rule::Level;
use semver::Version;

use super::CallError;
use untrusted_input::json_schema::{Drafts, JsonSchema, JsonSchemaError};

/// What every plugin says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The plugin's name.
    pub name: Name,
    /// A published name and version never change.
    pub version: Version,
    /// One line for people: 1 to 200 characters.
    pub title: String,
    /// Up to 10,000 characters.
    pub description: String,
    /// What a configuration looks like.
    pub config_schema: JsonSchema,
}

/// What a rule says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleManifest {
    /// What every plugin says.
    pub common: Manifest,
    /// The alert type of its alerts, where a team does not set another.
    pub alert_type: Name,
    /// The severity of its alerts, where neither a finding nor a team sets another.
    pub severity: Level,
    /// The priority of its alerts, where neither a finding nor a team sets another.
    pub priority: Level,
}

/// What a formatter says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct FormatterManifest {
    /// What every plugin says.
    pub common: Manifest,
    /// Such as `text/csv; charset=utf-8`.
    pub media_type: String,
    /// Without the dot: 1 to 16 of `a-z`, `0-9` and inner dots.
    pub file_extension: String,
}

/// What is wrong with a manifest, in the author's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the manifest's {field} {fault}")]
pub struct ManifestError {
    /// As the contract names it, such as `config-schema`.
    pub field: &'static str,
    /// What is wrong with it.
    pub fault: String,
}

/// Why a component could not say what it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescribeError {
    /// Its imports or exports are not those of the contract; in the engine's words.
    #[error("the plugin does not fit its contract: {0}")]
    Contract(String),
    /// It gave no answer.
    #[error("the plugin could not describe itself: {0}")]
    Call(#[from] CallError),
    /// Its answer is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// The texts that both kinds of plugin answer.
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) config_schema: String,
}

/// What a rule answers.
pub(crate) struct RuleDescription {
    pub(crate) common: Description,
    pub(crate) alert_type: String,
    pub(crate) severity: Level,
    pub(crate) priority: Level,
}

/// What a formatter answers.
pub(crate) struct FormatterDescription {
    pub(crate) common: Description,
    pub(crate) media_type: String,
    pub(crate) file_extension: String,
}

impl Manifest {
    /// Name and version, as the log shows them.
    pub(crate) fn label(&self) -> Arc<str> {
        format!("{}@{}", self.name, self.version).into()
    }

    fn new(said: Description) -> Result<Self, ManifestError> {
        Ok(Self {
            name: name("name", &said.name)?,
            version: Version::parse(&said.version).map_err(|error| ManifestError {
                field: "version",
                fault: format!("is no semantic version such as 1.0.0: {error}"),
            })?,
            title: text("title", said.title, 1, 200)?,
            description: text("description", said.description, 0, 10_000)?,
            // Plugins that were published go on being loaded; see `check_new`.
            config_schema: JsonSchema::stored(&said.config_schema, Drafts::Newest)
                .map_err(bad_schema)?,
        })
    }

    /// Checks what a plugin may not have that is published now, and one that was published before may.
    ///
    /// # Errors
    /// If a text has the character U+0000, its schema asks for too much, or is none by the draft's own schema.
    pub fn check_new(&self) -> Result<(), ManifestError> {
        for (field, text) in [("title", &self.title), ("description", &self.description)] {
            if text.contains('\0') {
                let fault = "has the character U+0000; leave it out".to_owned();
                return Err(ManifestError { field, fault });
            }
        }
        let schema = JsonSchema::new(self.config_schema.as_str(), Drafts::Newest);
        schema.map(drop).map_err(bad_schema)
    }
}

impl RuleManifest {
    pub(crate) fn new(said: RuleDescription) -> Result<Self, ManifestError> {
        Ok(Self {
            common: Manifest::new(said.common)?,
            alert_type: name("alert-type", &said.alert_type)?,
            severity: said.severity,
            priority: said.priority,
        })
    }
}

impl FormatterManifest {
    pub(crate) fn new(said: FormatterDescription) -> Result<Self, ManifestError> {
        Ok(Self {
            common: Manifest::new(said.common)?,
            media_type: media_type(said.media_type)?,
            file_extension: file_extension(said.file_extension)?,
        })
    }

    /// Whether its files are text in UTF-8: a text's media type promises that, unless it names another charset.
    pub fn is_text(&self) -> bool {
        let media_type = self.media_type.to_ascii_lowercase();
        let charset = media_type.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            (name.trim() == "charset").then(|| value.trim().trim_matches('"').to_owned())
        });
        if charset.is_some_and(|charset| !matches!(&*charset, "utf-8" | "utf8" | "us-ascii")) {
            return false;
        }
        let essence = self.media_type.split(';').next().unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        essence.starts_with("text/")
            || ["+json", "+xml"]
                .iter()
                .any(|suffix| essence.ends_with(suffix))
            || matches!(
                &*essence,
                "application/json" | "application/x-ndjson" | "application/xml"
            )
    }
}

fn bad_schema(error: JsonSchemaError) -> ManifestError {
    ManifestError {
        field: "config-schema",
        fault: error.to_string(),
    }
}

fn name(field: &'static str, text: &str) -> Result<Name, ManifestError> {
    Name::new(text).map_err(|error| ManifestError {
        field,
        fault: format!("is no name: {error}"),
    })
}

fn text(
    field: &'static str,
    text: String,
    least: usize,
    most: usize,
) -> Result<String, ManifestError> {
    if (least..=most).contains(&text.chars().count()) {
        Ok(text)
    } else {
        Err(ManifestError {
            field,
            fault: format!("has {least} to {most} characters"),
        })
    }
}

/// It becomes a header and the name of a file's kind: type, subtype and parameters, in plain characters.
fn media_type(text: String) -> Result<String, ManifestError> {
    let token = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !part.is_empty() && part.bytes().all(plain)
    };
    let (essence, parameters) = text.split_once(';').unwrap_or((&text, ""));
    let essence_fits = essence
        .split_once('/')
        .is_some_and(|(kind, subtype)| token(kind) && token(subtype.trim_end()));
    let printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if text.len() <= 100 && essence_fits && parameters.bytes().all(printable) {
        Ok(text)
    } else {
        Err(ManifestError {
            field: "media-type",
            fault: "is no media type such as text/csv; charset=utf-8".into(),
        })
    }
}

/// It becomes the end of a file's name.
fn file_extension(text: String) -> Result<String, ManifestError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let fits = text.len() <= 16
        && text
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(plain));
    if fits {
        Ok(text)
    } else {
        Err(ManifestError {
            field: "file-extension",
            fault: "has 1 to 16 of a-z, 0-9 and inner dots, such as csv or csv.gz".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_and_extensions_are_plain() {
        for good in [
            "text/csv",
            "text/csv; charset=utf-8",
            "application/vnd.a+json",
        ] {
            assert!(media_type(good.into()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "text",
            "/csv",
            "text/",
            "text/csv\r\nx: y",
            "text/c v",
            "t/x;\u{e9}",
        ] {
            assert!(media_type(bad.into()).is_err(), "{bad}");
        }
        for good in ["csv", "csv.gz", "7z"] {
            assert!(file_extension(good.into()).is_ok(), "{good}");
        }
        for bad in [
            "",
            ".csv",
            "a..b",
            "../a",
            "CSV",
            "a/b",
            "aaaaaaaaaaaaaaaaa",
        ] {
            assert!(file_extension(bad.into()).is_err(), "{bad}");
        }
    }
}
