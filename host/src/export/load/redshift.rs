//! `CREATE TABLE` and `COPY`, as Redshift has them.

use std::fmt::{self, Write};

use super::{FileForm, LoadFile};
use crate::plugin::formatter::{ColumnType, LayoutColumn};
use crate::tenant::Compression;

/// The longest VARCHAR, in bytes.
const MAX_VARCHAR: u32 = 65_535;

/// The texts that make a table for a file, and load it.
pub fn redshift(file: &LoadFile) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write(file, &mut text);
    text
}

fn write(file: &LoadFile, out: &mut String) -> fmt::Result {
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
        FileForm::Csv { delimiter, header } => {
            writeln!(
                out,
                "FORMAT CSV QUOTE '\"' DELIMITER '{}'",
                delimited(delimiter)
            )?;
            if header {
                writeln!(out, "IGNOREHEADER 1")?;
            }
            writeln!(out, "EMPTYASNULL")?;
        }
        FileForm::JsonLines => writeln!(out, "FORMAT JSON 'noshred'")?,
    }
    writeln!(out, "TIMEFORMAT 'auto' DATEFORMAT 'auto'")?;
    if file.compression == Compression::Gzip {
        writeln!(out, "GZIP")?;
    }
    writeln!(out, "ENCODING UTF8;")?;
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

fn delimited(delimiter: char) -> String {
    match delimiter {
        '\t' => "\\t".to_owned(),
        '\'' => "''".to_owned(),
        other => other.to_string(),
    }
}
