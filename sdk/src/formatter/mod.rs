//! Export formatters: from a snapshot of alerts to the bytes of one file.
//!
//! ```
//! use vervet_sdk::formatter::{
//!     Alerts, Column, ColumnType, Context, Formatter, FormatterManifest, Layout,
//! };
//! use vervet_sdk::{NoConfig, export_formatter};
//!
//! /// One id a line.
//! struct Ids;
//!
//! impl Formatter for Ids {
//!     type Config = NoConfig;
//!
//!     const MANIFEST: FormatterManifest = FormatterManifest {
//!         name: "ids",
//!         version: env!("CARGO_PKG_VERSION"),
//!         title: "Ids",
//!         description: "The id of each alert, one a line.",
//!         media_type: "text/plain; charset=utf-8",
//!         file_extension: "txt",
//!     };
//!
//!     fn layout(_: &NoConfig) -> Result<Layout, String> {
//!         Ok(Layout { version: 1, columns: vec![Column::new("id", ColumnType::Text)] })
//!     }
//!
//!     fn open(_: NoConfig, _: Context, _: &mut Vec<u8>) -> Result<Self, String> {
//!         Ok(Self)
//!     }
//!
//!     fn write(&mut self, alerts: &Alerts, out: &mut Vec<u8>) -> Result<(), String> {
//!         for alert in alerts.iter() {
//!             out.extend_from_slice(alert.id().as_bytes());
//!             out.push(b'\n');
//!         }
//!         Ok(())
//!     }
//! }
//!
//! export_formatter!(Ids);
//! # fn main() {}
//! ```

mod alert;
mod alerts;
mod texts;

pub use alert::{Alert, TextList};
pub use alerts::Alerts;
pub use texts::{TextLists, Texts};

use crate::Timestamp;
use crate::schemars::JsonSchema;
use crate::serde::de::DeserializeOwned;

/// What a formatter is called, and what its files are.
///
/// ```
/// use vervet_sdk::formatter::FormatterManifest;
///
/// let manifest = FormatterManifest {
///     name: "ids",
///     version: "1.0.0",
///     title: "Ids",
///     description: "The id of each alert, one a line.",
///     media_type: "text/plain; charset=utf-8",
///     file_extension: "txt",
/// };
/// assert_eq!(manifest.file_extension, "txt");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatterManifest {
    /// 1 to 64 characters of `a-z`, `0-9`, `-` and `_`.
    pub name: &'static str,
    /// Semantic version. A published name and version never change.
    pub version: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// What its files are for.
    pub description: &'static str,
    /// Such as `text/csv; charset=utf-8`. A text type promises UTF-8, unless it names another charset.
    ///
    /// The load scripts for Redshift and Power BI are made from it. Where the files differ from RFC 4180, declare it:
    /// `text/csv; charset=utf-16le; header=absent; delimiter=";"; quote=none`. What depends on the configuration is read
    /// from its members `delimiter`, `quote`, `encoding` and `header`, or from those of its member `csv`; their defaults come
    /// from its schema. The host has the formatter write made-up alerts when an export is defined, and refuses the
    /// export where the bytes contradict the declaration.
    pub media_type: &'static str,
    /// Without the dot.
    pub file_extension: &'static str,
}

/// What a configuration's files look like, for the loads that the host writes out.
///
/// ```
/// use vervet_sdk::formatter::{Column, ColumnType, Layout};
///
/// let layout = Layout { version: 1, columns: vec![Column::new("id", ColumnType::Text)] };
/// assert_eq!(layout.columns[0].name, "id");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Changes whenever a column is added; columns are only ever appended.
    pub version: u32,
    /// In the order of the file.
    pub columns: Vec<Column>,
}

/// One column of a file.
///
/// ```
/// use vervet_sdk::formatter::{Column, ColumnType};
///
/// let column = Column::new("id", ColumnType::Text).max_bytes(36);
/// assert_eq!(column.max_bytes, Some(36));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// As in the header.
    pub name: String,
    /// Which values it holds.
    pub column_type: ColumnType,
    /// The most bytes that a text may have, where there is a limit.
    pub max_bytes: Option<u32>,
}

/// Which values a column holds.
///
/// ```
/// use vervet_sdk::formatter::ColumnType;
///
/// assert_ne!(ColumnType::Date, ColumnType::Timestamp);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ColumnType {
    Text,
    Integer,
    Decimal,
    Boolean,
    Timestamp,
    Date,
    Json,
}

impl Column {
    /// A column by name and type.
    pub fn new(name: impl Into<String>, column_type: ColumnType) -> Self {
        Self {
            name: name.into(),
            column_type,
            max_bytes: None,
        }
    }

    /// The most bytes that its texts may have.
    pub fn max_bytes(mut self, bytes: u32) -> Self {
        self.max_bytes = Some(bytes);
        self
    }
}

/// For whom a file is made, and of when.
///
/// ```
/// use vervet_sdk::Timestamp;
/// use vervet_sdk::formatter::Context;
///
/// let context = Context {
///     tenant: "athora".into(),
///     timezone: "Europe/Brussels".into(),
///     snapshot_at: Timestamp::from_micros(0),
/// };
/// assert_eq!(context.tenant, "athora");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The tenant's name.
    pub tenant: String,
    /// IANA name, such as `Europe/Brussels`.
    pub timezone: String,
    /// The moment that the file shows.
    pub snapshot_at: Timestamp,
}

/// An export formatter; see the [module](self) for one that is whole.
///
/// The host opens it once for each file, gives it the alerts in batches of any
/// size, and closes it. The same alerts, configuration and context must give the same bytes.
pub trait Formatter: Sized {
    /// What a tenant configures; its documentation and types become the JSON Schema.
    type Config: DeserializeOwned + JsonSchema;

    /// What the formatter is called, and what its files are.
    const MANIFEST: FormatterManifest;

    /// The columns for a configuration.
    ///
    /// # Errors
    /// A sentence for the person who wrote the configuration.
    fn layout(config: &Self::Config) -> Result<Layout, String>;

    /// Starts a file, and may write its first bytes.
    ///
    /// # Errors
    /// Why there can be no file.
    fn open(config: Self::Config, context: Context, out: &mut Vec<u8>) -> Result<Self, String>;

    /// Writes a batch of alerts.
    ///
    /// # Errors
    /// Why there can be no file; the run fails.
    fn write(&mut self, alerts: &Alerts, out: &mut Vec<u8>) -> Result<(), String>;

    /// Ends the file, and may write its last bytes.
    ///
    /// # Errors
    /// Why there can be no file; the run fails.
    fn close(self, out: &mut Vec<u8>) -> Result<(), String> {
        let _ = out;
        Ok(())
    }
}
