//! A query to paste into Power BI's advanced editor.

use std::fmt::{self, Write};

use super::{CsvForm, FileForm, LoadFile, NoScriptError};
use runtime::formatter::ColumnType;
use tenant::Compression;

/// The query that fetches the newest file of an export from a host. It expects a parameter
/// `VervetToken`, so that the token stands in no query.
///
/// # Errors
/// Where Power Query does not read such files.
pub fn power_bi(file: &LoadFile, url: &str) -> Result<String, NoScriptError> {
    if let FileForm::Csv(CsvForm {
        quote: Some(quote), ..
    }) = file.form
        && quote != '"'
    {
        return Err(NoScriptError::Quote(quote));
    }
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write(file, url, &mut text);
    Ok(text)
}

fn write(file: &LoadFile, url: &str, out: &mut String) -> fmt::Result {
    let columns = &file.layout.columns;
    writeln!(
        out,
        "// Export {}: {}, layout version {}.",
        file.export, file.formatter, file.layout.version
    )?;
    writeln!(
        out,
        "// Make a parameter VervetToken of type Text first (Manage Parameters), with the token of a user of scope Watcher."
    )?;
    writeln!(out, "let")?;
    writeln!(out, "    Fetched = Web.Contents({}, [", literal(url))?;
    let path = format!("v1/exports/{}/latest", file.export);
    writeln!(out, "        RelativePath = {},", literal(&path))?;
    writeln!(
        out,
        "        Headers = [Authorization = \"Bearer \" & VervetToken],"
    )?;
    writeln!(out, "        Timeout = #duration(0, 0, 10, 0)")?;
    writeln!(out, "    ]),")?;
    let whole = match file.compression {
        Compression::None => "Fetched",
        Compression::Gzip => "Binary.Decompress(Fetched, Compression.GZip)",
    };
    writeln!(out, "    File = {whole},")?;
    match file.form {
        FileForm::Csv(CsvForm {
            delimiter,
            quote,
            encoding,
            header,
        }) => {
            let delimiter = literal(&delimiter.to_string());
            let quotes = if quote.is_some() { "Csv" } else { "None" };
            writeln!(
                out,
                "    Rows = Csv.Document(File, [Delimiter = {delimiter}, Columns = {}, Encoding = {}, QuoteStyle = QuoteStyle.{quotes}]),",
                columns.len(),
                encoding.code_page()
            )?;
            let names = columns.iter().map(|column| literal(&column.name));
            let names: Vec<String> = names.collect();
            if header {
                writeln!(
                    out,
                    "    Named = Table.PromoteHeaders(Rows, [PromoteAllScalars = true]),"
                )?;
            } else {
                writeln!(
                    out,
                    "    Named = Table.RenameColumns(Rows, List.Zip({{Table.ColumnNames(Rows), {{{}}}}})),",
                    names.join(", ")
                )?;
            }
            writeln!(
                out,
                "    Nulls = Table.ReplaceValue(Named, \"\", null, Replacer.ReplaceValue, Table.ColumnNames(Named)),"
            )?;
            writeln!(out, "    Typed = Table.TransformColumnTypes(Nulls, {{")?;
            for (index, (column, name)) in columns.iter().zip(&names).enumerate() {
                let end = if index + 1 < columns.len() { "," } else { "" };
                let of = m_type(column.column_type);
                writeln!(out, "        {{{name}, {of}}}{end}")?;
            }
            writeln!(out, "    }}, \"en-US\")")?;
        }
        FileForm::JsonLines => {
            writeln!(
                out,
                "    Lines = Lines.FromBinary(File, null, null, 65001),"
            )?;
            writeln!(
                out,
                "    Records = List.Transform(Lines, each Json.Document(_)),"
            )?;
            writeln!(
                out,
                "    Typed = Table.FromRecords(Records, null, MissingField.UseNull)"
            )?;
        }
    }
    writeln!(out, "in")?;
    writeln!(out, "    Typed")
}

fn m_type(column: ColumnType) -> &'static str {
    match column {
        // JSON stays a text: Json.Document reads it where it is needed.
        ColumnType::Text | ColumnType::Json => "type text",
        ColumnType::Integer => "Int64.Type",
        ColumnType::Decimal => "type number",
        ColumnType::Boolean => "type logical",
        ColumnType::Timestamp => "type datetimezone",
        ColumnType::Date => "type date",
    }
}

/// A text, whatever is in it.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\"\""),
            '#' => out.push_str("#(#)"),
            '\t' => out.push_str("#(tab)"),
            control if control.is_control() => {
                out.push_str(&format!("#({:04X})", u32::from(control)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
