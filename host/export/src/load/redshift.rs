//! `CREATE TABLE` and `COPY`, as Redshift has them.

use std::fmt::{self, Write};

use super::{CsvForm, FileForm, LoadFile, NoScriptError};
use runtime::formatter::{ColumnType, LayoutColumn};
use tenant::Compression;

/// The longest VARCHAR, in bytes.
const MAX_VARCHAR: u32 = 65_535;

/// The script that makes a table for a file and loads the file into it.
///
/// # Errors
/// Where COPY does not read such files.
pub fn redshift(file: &LoadFile) -> Result<String, NoScriptError> {
    let encoding = match &file.form {
        FileForm::Csv(csv) => {
            let known = csv.encoding.in_redshift();
            known.ok_or(NoScriptError::Encoding(csv.encoding.as_str()))?
        }
        FileForm::JsonLines => "UTF8",
    };
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write(file, encoding, &mut text);
    Ok(text)
}

fn write(file: &LoadFile, encoding: &str, out: &mut String) -> fmt::Result {
    let table = quoted(&file.export);
    let columns = &file.layout.columns;
    writeln!(
        out,
        "-- Export {}: {}, layout version {}.",
        file.export, file.formatter, file.layout.version
    )?;
    writeln!(out, "CREATE TABLE IF NOT EXISTS {table} (")?;
    for (index, column) in columns.iter().enumerate() {
        let end = if index + 1 < columns.len() { "," } else { "" };
        writeln!(
            out,
            "    {} {}{end}",
            quoted(&column.name),
            sql_type(column)
        )?;
    }
    writeln!(out, ");")?;
    writeln!(out)?;
    writeln!(
        out,
        "-- A file is all alerts of one moment: it replaces the one before, and readers see no table between."
    )?;
    writeln!(
        out,
        "-- FROM is the manifest that the delivery leaves beside the file; IAM_ROLE is yours."
    )?;
    writeln!(out, "BEGIN;")?;
    writeln!(out, "DELETE FROM {table};")?;
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    writeln!(out, "COPY {table} ({})", names.join(", "))?;
    writeln!(
        out,
        "FROM 's3://BUCKET/PREFIX/{}/FILE.manifest'",
        file.export
    )?;
    writeln!(out, "IAM_ROLE 'arn:aws:iam::ACCOUNT:role/ROLE'")?;
    writeln!(out, "MANIFEST")?;
    match file.form {
        FileForm::Csv(CsvForm {
            delimiter,
            quote,
            header,
            ..
        }) => {
            if let Some(quote) = quote {
                write!(out, "FORMAT CSV QUOTE '{}' ", literal(quote))?;
            }
            writeln!(out, "DELIMITER '{}'", literal(delimiter))?;
            if header {
                writeln!(out, "IGNOREHEADER 1")?;
            }
            writeln!(out, "EMPTYASNULL")?;
            // COPY takes noncharacters such as U+FFFF for invalid, and one of them would end the load.
            writeln!(out, "ACCEPTINVCHARS '?'")?;
        }
        FileForm::JsonLines => writeln!(out, "FORMAT JSON 'noshred'")?,
    }
    writeln!(out, "TIMEFORMAT 'auto' DATEFORMAT 'auto'")?;
    if file.compression == Compression::Gzip {
        writeln!(out, "GZIP")?;
    }
    writeln!(out, "ENCODING {encoding};")?;
    writeln!(out, "COMMIT;")
}

fn sql_type(column: &LayoutColumn) -> String {
    match column.column_type {
        ColumnType::Text => {
            let bytes = column.max_bytes.unwrap_or(MAX_VARCHAR);
            format!("VARCHAR({})", bytes.clamp(1, MAX_VARCHAR))
        }
        ColumnType::Integer => "BIGINT".to_owned(),
        ColumnType::Decimal => "DOUBLE PRECISION".to_owned(),
        ColumnType::Boolean => "BOOLEAN".to_owned(),
        ColumnType::Timestamp => "TIMESTAMPTZ".to_owned(),
        ColumnType::Date => "DATE".to_owned(),
        ColumnType::Json => "SUPER".to_owned(),
    }
}

/// A name, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A character within a literal of SQL.
fn literal(letter: char) -> String {
    match letter {
        '\t' => "\\t".to_owned(),
        '\'' => "''".to_owned(),
        control if control.is_ascii_control() => format!("\\{:03o}", u32::from(control)),
        other => other.to_string(),
    }
}
