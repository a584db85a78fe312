//! Whether the files of an export load as what its layout declares.
//!
//! The formatter writes made-up alerts, and what it writes is read as the load scripts have it read. A formatter
//! may write anything; only its bytes tell whether a script for them is right. So this holds for the formatters of
//! tenants as for ours, and for every version.

use super::form::{CsvForm, FileForm, FormError};
use super::made_up::{Sample, samples};
use super::readable::{as_both_read, is_readable};
use super::records::{FieldText, records};
use json::JsonValue;
use runtime::formatter::{ColumnType, Context, FormatterPlugin, Layout};

/// Why the files of an export would not load as what its layout declares.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum LoadFault {
    #[error("no load script exists for its files: {0}")]
    Form(#[from] FormError),
    #[error("its files are not in the declared encoding {0}; declare the one that it writes")]
    Encoding(&'static str),
    #[error(
        "its files begin with a byte order mark and have no row of names, so the mark would be read as part of the first value; write a header, or no mark"
    )]
    Mark,
    #[error(
        "its files are not rows of fields with the declared delimiter {delimiter} and quote {quote}; declare the ones that it writes"
    )]
    Rows { delimiter: String, quote: String },
    #[error(
        "row {row} of its files has {fields} fields when read with the delimiter {delimiter}, and its layout has {columns} columns; declare the delimiter that it writes"
    )]
    Fields {
        row: usize,
        fields: usize,
        delimiter: String,
        columns: usize,
    },
    #[error(
        "the first row of its files has '{found}' where its layout has column '{expected}'; declare whether there is a header, and name the columns alike"
    )]
    Header { expected: String, found: String },
    #[error(
        "column '{column}' is declared {declared} and written '{value}', which Redshift and Power BI do not both read as such: they read {expected}; declare it text, or change how it is written"
    )]
    Value {
        column: String,
        declared: &'static str,
        value: String,
        expected: &'static str,
    },
}

/// Checks that the files of a formatter under a configuration, which is a JSON text, load as its layout declares. Where the
/// formatter does not write made-up alerts, nothing is known against it. Blocks.
///
/// # Errors
/// The first contradiction.
pub fn check_loads(
    formatter: &FormatterPlugin,
    layout: &Layout,
    form: &FileForm,
    config: &JsonValue,
) -> Result<(), LoadFault> {
    let FileForm::Csv(form) = form else {
        return Ok(());
    };
    let context = Context {
        tenant: "sample".to_owned(),
        timezone: "UTC".to_owned(),
        snapshot_at: super::made_up::moment(),
    };
    let text = config.to_string();
    let Ok((mut run, head)) = formatter.open(&text, &context) else {
        return Ok(());
    };
    let reader = Reader { form, layout };
    let mut read = reader.head(&head)?;
    for sample in samples(&config.to_value(), form.quote.is_some()) {
        let Ok(bytes) = run.write(&sample.alert) else {
            return Ok(());
        };
        read += reader.rows(&bytes, read, Some(&sample))?;
    }
    let Ok(bytes) = run.close() else {
        return Ok(());
    };
    reader.rows(&bytes, read, None)?;
    Ok(())
}

struct Reader<'r> {
    form: &'r CsvForm,
    layout: &'r Layout,
}

impl Reader<'_> {
    /// Reads the first bytes of a file; answers how many rows they are.
    fn head(&self, bytes: &[u8]) -> Result<usize, LoadFault> {
        let text = self.decode(bytes)?;
        let (text, has_mark) = match text.strip_prefix('\u{feff}') {
            Some(rest) => (rest, true),
            None => (text.as_str(), false),
        };
        if has_mark && !self.form.header {
            return Err(LoadFault::Mark);
        }
        let records = self.records(text)?;
        if let (true, Some(names)) = (self.form.header, records.first()) {
            self.fits(0, names)?;
            let columns = self.layout.columns.iter().zip(names);
            for (column, name) in columns {
                if column.name != name.text {
                    return Err(LoadFault::Header {
                        expected: column.name.clone(),
                        found: shortened(&name.text),
                    });
                }
            }
        }
        Ok(records.len())
    }

    /// Reads rows behind `before` others; answers how many they are.
    fn rows(
        &self,
        bytes: &[u8],
        before: usize,
        sample: Option<&Sample>,
    ) -> Result<usize, LoadFault> {
        let text = self.decode(bytes)?;
        let records = self.records(&text)?;
        for (index, record) in records.iter().enumerate() {
            self.fits(before + index, record)?;
            let Some(sample) = sample else {
                continue;
            };
            for (column, field) in self.layout.columns.iter().zip(record) {
                let is_null = field.text.is_empty() && !field.is_quoted;
                if column.column_type != sample.column_type || is_null {
                    continue;
                }
                if !is_readable(&field.text, column.column_type)
                    || sample.has_lost_its_point(&field.text)
                {
                    return Err(LoadFault::Value {
                        column: column.name.clone(),
                        declared: name_of(column.column_type),
                        value: shortened(&field.text),
                        expected: as_both_read(column.column_type),
                    });
                }
            }
        }
        Ok(records.len())
    }

    fn decode(&self, bytes: &[u8]) -> Result<String, LoadFault> {
        let decoded = self.form.encoding.decode(bytes);
        decoded.ok_or(LoadFault::Encoding(self.form.encoding.as_str()))
    }

    fn records(&self, text: &str) -> Result<Vec<Vec<FieldText>>, LoadFault> {
        records(self.form, text).ok_or_else(|| LoadFault::Rows {
            delimiter: named(self.form.delimiter),
            quote: self.form.quote.map_or("none".to_owned(), named),
        })
    }

    fn fits(&self, before: usize, record: &[FieldText]) -> Result<(), LoadFault> {
        let columns = self.layout.columns.len();
        if record.len() == columns {
            return Ok(());
        }
        Err(LoadFault::Fields {
            row: before + 1,
            fields: record.len(),
            delimiter: named(self.form.delimiter),
            columns,
        })
    }
}

/// A character, for those who read an error.
fn named(letter: char) -> String {
    format!("'{}'", letter.escape_default())
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}

fn name_of(column: ColumnType) -> &'static str {
    match column {
        ColumnType::Text => "text",
        ColumnType::Integer => "integer",
        ColumnType::Decimal => "decimal",
        ColumnType::Boolean => "boolean",
        ColumnType::Timestamp => "timestamp",
        ColumnType::Date => "date",
        ColumnType::Json => "json",
    }
}
