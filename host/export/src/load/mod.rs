//! How a file is loaded elsewhere: scripts to paste, made from the layout of its columns and from how it is written.
//!
//! - [`form`]: how a file is written, as its formatter declares it; [`encoding`]: its characters as bytes;
//! - [`redshift`]: `CREATE TABLE` and `COPY`;
//! - [`power_bi`]: a query in Power Query's language;
//! - [`check`]: whether files load as declared: [`made_up`] alerts, whose [`records`] must be [`readable`];
//! - [`lines`]: how many lines a file has.

mod check;
mod encoding;
mod form;
mod lines;
mod made_up;
mod power_bi;
mod readable;
mod records;
mod redshift;
#[cfg(test)]
mod tests;

use json::JsonValue;
use runtime::formatter::{FormatterPlugin, Layout};
use tenant::{Compression, Export};

pub use check::{LoadFault, check_loads};
pub use encoding::Encoding;
pub use form::{CsvForm, FileForm, FormError};
pub use lines::LineCounter;
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

/// Why there is no script for a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum NoScriptError {
    #[error("Redshift's COPY does not read {0}; write UTF-8 or UTF-16")]
    Encoding(&'static str),
    #[error("Power Query does not read fields in {0}; quote them with '\"'")]
    Quote(char),
}

impl LoadFile {
    /// A file of an export, written so.
    pub fn of(export: &Export, layout: Layout, form: FileForm) -> Self {
        let choice = &export.formatter;
        Self {
            export: export.name.clone(),
            formatter: format!("{} {}", choice.plugin, choice.version),
            layout,
            form,
            compression: export.compression,
        }
    }
}

impl FileForm {
    /// How a formatter writes files under a configuration.
    ///
    /// # Errors
    /// Where it declares a form that no load script can state.
    pub fn of(formatter: &FormatterPlugin, config: &JsonValue) -> Result<Self, FormError> {
        let manifest = formatter.manifest();
        let schema = JsonValue::read_stored(manifest.common.config_schema.as_str())
            .expect("a prepared schema is JSON");
        let (schema, config) = (schema.to_value(), config.to_value());
        Self::declared(&manifest.media_type, &schema, &config)
    }
}
