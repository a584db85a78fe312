//! How a file is loaded elsewhere: texts to paste, made of the layout of its columns.
//!
//! - [`redshift`]: `CREATE TABLE` and `COPY`;
//! - [`power_bi`]: a query in Power Query's language.
//!
//! What a layout does not say is read from the configuration, by the names that our own
//! formatters have for it: `delimiter`, `header`, in the configuration or in its member `csv`.

mod power_bi;
mod redshift;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::plugin::formatter::{FormatterPlugin, Layout};
use crate::tenant::{Compression, Export};

pub use power_bi::power_bi;
pub use redshift::redshift;

/// A file to load.
#[derive(Clone, Debug)]
pub struct LoadFile {
    /// The export's name.
    pub export: String,
    /// What writes it, such as `standard-csv 1.0.0`.
    pub formatter: String,
    /// Its columns.
    pub layout: Layout,
    /// How it is written.
    pub form: FileForm,
    /// Whether it is compressed.
    pub compression: Compression,
}

/// How a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileForm {
    /// Comma-separated values.
    Csv {
        /// What stands between fields.
        delimiter: char,
        /// Whether the first row holds the names of the columns.
        header: bool,
    },
    /// One JSON object a line.
    JsonLines,
}

/// Why there is no text for a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "formatter {formatter} writes {media_type}, for which no text is known; there are texts for text/csv and application/x-ndjson"
)]
#[allow(missing_docs)]
pub struct NoTextError {
    pub formatter: String,
    pub media_type: String,
}

impl LoadFile {
    /// The file of an export.
    ///
    /// # Errors
    /// Where its form is not known.
    pub fn of(
        export: &Export,
        formatter: &FormatterPlugin,
        layout: Layout,
    ) -> Result<Self, NoTextError> {
        let choice = &export.formatter;
        let named = format!("{} {}", choice.plugin, choice.version);
        let media_type = &formatter.manifest().media_type;
        let form = FileForm::of(media_type, &choice.config);
        let form = form.ok_or_else(|| NoTextError {
            formatter: named.clone(),
            media_type: media_type.clone(),
        })?;
        Ok(Self {
            export: export.name.clone(),
            formatter: named,
            layout,
            form,
            compression: export.compression,
        })
    }
}

impl FileForm {
    fn of(media_type: &str, config: &Value) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "text/csv" => {
                let options = config.get("csv").unwrap_or(config);
                let delimiter = options.get("delimiter").and_then(Value::as_str);
                let header = options.get("header").and_then(Value::as_bool);
                Some(Self::Csv {
                    delimiter: delimiter
                        .and_then(|text| text.chars().next())
                        .unwrap_or(','),
                    header: header.unwrap_or(true),
                })
            }
            "application/x-ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}
