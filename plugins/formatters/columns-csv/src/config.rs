//! What a tenant configures.

use vervet_sdk::csv::Options;
use vervet_sdk::formatter::{Column, ColumnType, Layout};

use crate::cell::Style;
use crate::path::{Path, Shape};
use crate::pattern::Pattern;

/// The columns of a file, and how values are written.
#[vervet_sdk::config]
pub struct Config {
    /// The columns, in order. For loads that map columns by position, only append.
    pub columns: Vec<ColumnConfig>,
    /// Raise it whenever a column is appended.
    #[serde(default = "first_version")]
    pub layout_version: u32,
    /// Delimiter, quoting, line end, byte order mark, defusing of formulas.
    #[serde(default)]
    pub csv: Options,
    /// How dates are written, in UTC: `YYYY`, `MM`, `DD`, `HH`, `mm`, `ss`, `fff` or `ffffff`, and what stands
    /// between them. ISO 8601 unless set. A column of another form is text for data warehouses.
    #[serde(default)]
    pub dates: Option<String>,
    /// How numbers are written.
    #[serde(default)]
    pub decimals: Decimals,
    /// How truths are written.
    #[serde(default)]
    pub booleans: Booleans,
    /// How lists of texts are written.
    #[serde(default)]
    pub lists: Lists,
}

/// One column.
#[vervet_sdk::config]
pub struct ColumnConfig {
    /// Its name in the first row.
    pub header: String,
    /// A property of the alert, and the way into it: `title`, `labels.0`, `info.transactions.0.amount`.
    pub path: String,
    /// The type for data warehouses; that of the property unless set, `text` for what stands in JSON. A type that
    /// the column's values are not written in is refused: a decimal with a comma, a boolean that is a word of one's
    /// own, a date whose day stands before the month, a list that is joined.
    #[serde(default, rename = "type")]
    pub column_type: Option<Kind>,
    /// The most bytes that its texts have, where that is known.
    #[serde(default)]
    pub max_bytes: Option<u32>,
    /// How this column's dates are written.
    #[serde(default)]
    pub dates: Option<String>,
}

/// The type of a column.
#[vervet_sdk::config]
#[derive(Copy)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Kind {
    Text,
    Integer,
    Decimal,
    Boolean,
    Timestamp,
    Date,
    Json,
}

/// How numbers are written.
#[vervet_sdk::config]
#[serde(default)]
pub struct Decimals {
    /// What stands before the fraction: `.` or `,`.
    pub point: String,
    /// How many digits the fraction has; as many as are needed unless set.
    pub places: Option<u8>,
}

/// How truths are written.
#[vervet_sdk::config]
#[serde(default)]
pub struct Booleans {
    /// For true.
    pub yes: String,
    /// For false.
    pub no: String,
}

/// How lists of texts are written.
#[vervet_sdk::config]
#[serde(default)]
pub struct Lists {
    /// As JSON, or joined.
    pub style: ListStyle,
    /// What stands between joined texts.
    pub separator: String,
}

/// As JSON, or joined.
#[vervet_sdk::config]
#[derive(Copy, Default)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum ListStyle {
    #[default]
    Json,
    Joined,
}

/// The forms of times that Redshift's `TIMEFORMAT 'auto'` and Power Query both read.
const TIMESTAMPS: [&str; 6] = [
    "YYYY-MM-DDTHH:mm:ssZ",
    "YYYY-MM-DDTHH:mm:ss.fffZ",
    "YYYY-MM-DDTHH:mm:ss.ffffffZ",
    "YYYY-MM-DD HH:mm:ssZ",
    "YYYY-MM-DD HH:mm:ss.fffZ",
    "YYYY-MM-DD HH:mm:ss.ffffffZ",
];

fn first_version() -> u32 {
    1
}

impl Default for Decimals {
    fn default() -> Self {
        Self {
            point: ".".into(),
            places: None,
        }
    }
}

impl Default for Booleans {
    fn default() -> Self {
        Self {
            yes: "true".into(),
            no: "false".into(),
        }
    }
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            style: ListStyle::Json,
            separator: "|".into(),
        }
    }
}

impl Config {
    /// Where each column's value is found, and how it is written.
    pub(crate) fn compile(&self) -> Result<Vec<(Path, Style)>, String> {
        if self.columns.is_empty() {
            return Err("config.columns: at least one column is needed".into());
        }
        if self.decimals.places.is_some_and(|places| places > 20) {
            return Err("config.decimals.places: at most 20".into());
        }
        if !matches!(&*self.decimals.point, "." | ",") {
            return Err("config.decimals.point: '.' or ','".into());
        }
        let columns = self.columns.iter().enumerate().map(|(index, column)| {
            let path = Path::parse(&column.path)
                .map_err(|reason| format!("config.columns[{index}].path: {reason}"))?;
            let pattern = match column.dates.as_ref().or(self.dates.as_ref()) {
                None => None,
                Some(text) => {
                    Some(Pattern::parse(text).map_err(|reason| format!("dates: {reason}"))?)
                }
            };
            let column_type = self.type_of(column, &path);
            self.check_type(column, &path, column_type)
                .map_err(|reason| {
                    format!("config.columns[{index}], '{}': {reason}", column.header)
                })?;
            let style = Style {
                column_type,
                pattern,
                decimals: self.decimals.clone(),
                booleans: self.booleans.clone(),
                lists: self.lists.clone(),
            };
            Ok((path, style))
        });
        columns.collect()
    }

    pub(crate) fn layout(&self) -> Result<Layout, String> {
        let columns = self.columns.iter().map(|column| {
            let path = Path::parse(&column.path)?;
            let named = Column::new(&column.header, self.type_of(column, &path));
            Ok(match column.max_bytes {
                Some(bytes) => named.max_bytes(bytes),
                None => named,
            })
        });
        Ok(Layout {
            version: self.layout_version,
            columns: columns.collect::<Result<_, String>>()?,
        })
    }

    fn type_of(&self, column: &ColumnConfig, path: &Path) -> ColumnType {
        match column.column_type {
            Some(kind) => kind.column_type(),
            None => self.own_type(column, path),
        }
    }

    /// Refuses a type that a load would not find in the column: another than the property's, or one whose values
    /// are written in a form that Redshift and Power BI do not both read.
    fn check_type(
        &self,
        column: &ColumnConfig,
        path: &Path,
        column_type: ColumnType,
    ) -> Result<(), String> {
        let shape = path.shape();
        let fits = match column_type {
            ColumnType::Text | ColumnType::Json => true,
            ColumnType::Integer | ColumnType::Boolean => shape == Shape::Anything,
            ColumnType::Decimal => matches!(shape, Shape::Anything | Shape::Number),
            ColumnType::Timestamp | ColumnType::Date => {
                matches!(shape, Shape::Anything | Shape::Moment)
            }
        };
        if !fits {
            return Err(format!("'{}' never holds values of this type", column.path));
        }
        let pattern = column.dates.as_ref().or(self.dates.as_ref());
        let is_one_of = |known: &[&str]| pattern.is_none_or(|text| known.contains(&text.as_str()));
        let words = [&self.booleans.yes, &self.booleans.no];
        let words = words.map(|word| word.to_ascii_lowercase());
        let reason = match column_type {
            ColumnType::Integer | ColumnType::Decimal if self.decimals.point != "." => {
                "numbers are written with a ',', which a load takes for something else: set decimals.point to '.', \
                 or declare the column text"
            }
            ColumnType::Boolean if words != ["true", "false"] => {
                "booleans are written in words of your own, which a load does not read: leave out 'booleans', \
                 or declare the column text"
            }
            ColumnType::Timestamp if !is_one_of(&TIMESTAMPS) => {
                "its times are written in a form that a load does not read: use YYYY-MM-DDTHH:mm:ssZ, leave out \
                 'dates', or declare the column text"
            }
            ColumnType::Date if !is_one_of(&["YYYY-MM-DD"]) => {
                "its dates are written in a form that a load does not read: use YYYY-MM-DD, leave out 'dates', or \
                 declare the column text"
            }
            ColumnType::Json if self.lists.style == ListStyle::Joined && shape != Shape::Object => {
                "lists are joined, which is no JSON: set lists.style to 'json', or declare the column text"
            }
            _ => return Ok(()),
        };
        Err(reason.to_owned())
    }

    /// What a warehouse would read by itself out of the column as it is written here.
    fn own_type(&self, column: &ColumnConfig, path: &Path) -> ColumnType {
        let own = path.column_type();
        let joined = self.lists.style == ListStyle::Joined;
        let patterned = column.dates.is_some() || self.dates.is_some();
        match own {
            ColumnType::Json if joined && path.shape() != Shape::Object => ColumnType::Text,
            ColumnType::Timestamp if patterned => ColumnType::Text,
            ColumnType::Decimal if self.decimals.point != "." => ColumnType::Text,
            own => own,
        }
    }
}

impl Kind {
    fn column_type(self) -> ColumnType {
        match self {
            Self::Text => ColumnType::Text,
            Self::Integer => ColumnType::Integer,
            Self::Decimal => ColumnType::Decimal,
            Self::Boolean => ColumnType::Boolean,
            Self::Timestamp => ColumnType::Timestamp,
            Self::Date => ColumnType::Date,
            Self::Json => ColumnType::Json,
        }
    }
}
