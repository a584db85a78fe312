//! A small interpreter of the queries that we write for Power BI: of the steps that say how a file is read.
//!
//! It knows nothing of how the host writes files: it reads the query's text, and the file's bytes as the query says.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The rows that a query makes of a file.
pub(super) fn rows(query: &str, file: &[u8]) -> Vec<BTreeMap<String, Value>> {
    let document = between(query, "Csv.Document(File, [", "]),");
    let delimiter = literal(between(document, "Delimiter = ", ", Columns"));
    let columns: usize = between(document, "Columns = ", ",")
        .parse()
        .expect("a number");
    assert!(
        document.contains("QuoteStyle = QuoteStyle.Csv"),
        "{document}"
    );
    let text = match between(document, "Encoding = ", ",") {
        "65001" => String::from_utf8(file.to_vec()).expect("UTF-8"),
        "1200" => {
            let units = file
                .chunks(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            String::from_utf16(&units.collect::<Vec<_>>()).expect("UTF-16")
        }
        "1252" => file
            .iter()
            .map(|byte| match byte {
                0x80 => '€',
                other => char::from(*other),
            })
            .collect(),
        other => panic!("encoding {other}"),
    };
    // Power Query takes a byte order mark away.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.as_bytes()[0])
        .from_reader(text.as_bytes());
    let mut records: Vec<Vec<String>> = reader
        .records()
        .map(|record| {
            record
                .expect("a record")
                .iter()
                .map(str::to_owned)
                .collect()
        })
        .collect();
    for record in &records {
        assert_eq!(record.len(), columns, "{record:?}");
    }
    let names: Vec<String> = if query.contains("Table.PromoteHeaders(") {
        records.remove(0)
    } else {
        let names = between(query, "Table.ColumnNames(Rows), {", "}}))");
        literals(names)
    };
    let typed = between(
        query,
        "Table.TransformColumnTypes(Nulls, {",
        "}, \"en-US\")",
    );
    let types: BTreeMap<String, String> = typed
        .lines()
        .filter_map(|line| {
            let line = line.trim().trim_end_matches(',');
            let line = line.strip_prefix('{')?.strip_suffix('}')?;
            let (name, of) = line.rsplit_once(", ")?;
            Some((literal(name), of.to_owned()))
        })
        .collect();
    let row = |record: Vec<String>| {
        let cells = names.iter().zip(record);
        let cells = cells.map(|(name, cell)| {
            let value = match &*cell {
                "" => Value::Null,
                cell => in_culture(cell, &types[name]),
            };
            (name.clone(), value)
        });
        cells.collect()
    };
    records.into_iter().map(row).collect()
}

/// A text as a type, in the culture en-US: as Power Query converts it, with all that it puts up with.
fn in_culture(cell: &str, of: &str) -> Value {
    match of {
        "type text" => json!(cell),
        // A comma groups digits, wherever it stands.
        "type number" => json!(
            cell.replace(',', "")
                .parse::<f64>()
                .unwrap_or_else(|_| panic!("number {cell}"))
        ),
        "Int64.Type" => {
            let number: f64 = cell
                .replace(',', "")
                .parse()
                .unwrap_or_else(|_| panic!("integer {cell}"));
            json!(number.round() as i64)
        }
        "type logical" => match &*cell.to_ascii_lowercase() {
            "true" => json!(true),
            "false" => json!(false),
            _ => panic!("logical {cell}"),
        },
        "type datetimezone" => {
            let moment: jiff::Timestamp = cell
                .parse()
                .unwrap_or_else(|_| panic!("datetimezone {cell}"));
            json!(moment.as_microsecond())
        }
        "type date" => match cell
            .split('/')
            .map(str::parse)
            .collect::<Result<Vec<i16>, _>>()
            .as_deref()
        {
            // The month stands first.
            Ok([month, day, year]) => {
                let (month, day) = (*month as i8, *day as i8);
                let date = jiff::civil::Date::new(*year, month, day);
                json!(date.unwrap_or_else(|_| panic!("date {cell}")).to_string())
            }
            _ => {
                let date: jiff::civil::Date =
                    cell.parse().unwrap_or_else(|_| panic!("date {cell}"));
                assert_eq!(cell.len(), 10, "date {cell}");
                json!(date.to_string())
            }
        },
        other => panic!("type {other}"),
    }
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("{start} in {text}"));
    let (part, _) = rest
        .split_once(end)
        .unwrap_or_else(|| panic!("{end} in {text}"));
    part
}

/// The text of a literal.
fn literal(text: &str) -> String {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let inner = inner.unwrap_or_else(|| panic!("literal {text}"));
    let text = inner.replace("\"\"", "\"").replace("#(tab)", "\t");
    text.replace("#(#)", "#")
}

fn literals(text: &str) -> Vec<String> {
    text.split(", ").map(literal).collect()
}
