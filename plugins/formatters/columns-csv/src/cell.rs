//! One value of one row, and how it is written.

use std::borrow::Cow;

use vervet_sdk::Timestamp;
use vervet_sdk::csv::Writer;
use vervet_sdk::formatter::{ColumnType, TextList};
use vervet_sdk::serde_json;

use crate::config::{Booleans, Decimals, ListStyle, Lists};
use crate::pattern::Pattern;

/// One value of one row.
pub(crate) enum Cell<'a> {
    Absent,
    Text(Cow<'a, str>),
    /// A JSON text.
    Json(Cow<'a, str>),
    /// An integer, or a number that 64 bits do not hold: as it stands in JSON.
    Digits(&'a str),
    Number(f64),
    Boolean(bool),
    Moment(Option<Timestamp>),
    /// Texts of the alert.
    Strings(TextList<'a>),
    /// Texts in its JSON.
    Texts(Vec<Cow<'a, str>>),
    /// JSON texts of the alert.
    Values(TextList<'a>),
}

/// How the values of one column are written.
pub(crate) struct Style {
    /// As what a data warehouse reads them.
    pub(crate) column_type: ColumnType,
    /// ISO 8601 without one.
    pub(crate) pattern: Option<Pattern>,
    pub(crate) decimals: Decimals,
    pub(crate) booleans: Booleans,
    pub(crate) lists: Lists,
}

impl Style {
    pub(crate) fn write(&self, csv: &mut Writer<'_>, cell: Cell<'_>) {
        match (self.column_type, cell) {
            (_, Cell::Absent | Cell::Moment(None)) => csv.null(),
            // A day alone, as every load reads it; a pattern that is allowed here writes the same.
            (ColumnType::Date, Cell::Moment(Some(moment))) => {
                let at = moment.civil();
                csv.formatted(&format!("{:04}-{:02}-{:02}", at.year, at.month, at.day));
            }
            // 7.00 is a whole number, too.
            (ColumnType::Integer, Cell::Number(number)) if number.fract() == 0.0 => {
                csv.formatted(&number.to_string());
            }
            (ColumnType::Json, cell) => write_json(csv, cell),
            (_, cell) => self.write_styled(csv, cell),
        }
    }

    fn write_styled(&self, csv: &mut Writer<'_>, cell: Cell<'_>) {
        match cell {
            Cell::Absent => csv.null(),
            Cell::Text(text) | Cell::Json(text) => csv.text(&text),
            Cell::Digits(digits) => csv.formatted(&self.with_point(digits)),
            Cell::Number(number) => csv.formatted(&self.number(number)),
            Cell::Boolean(true) => csv.text(&self.booleans.yes),
            Cell::Boolean(false) => csv.text(&self.booleans.no),
            Cell::Moment(moment) => match (&self.pattern, moment) {
                (Some(pattern), Some(moment)) => csv.formatted(&pattern.write(moment)),
                (_, moment) => csv.timestamp(moment),
            },
            Cell::Strings(texts) if self.lists.style == ListStyle::Json => csv.json_strings(texts),
            Cell::Strings(texts) => csv.text(&self.joined(texts)),
            Cell::Texts(texts) if self.lists.style == ListStyle::Json => {
                csv.text(&serde_json::json!(texts).to_string());
            }
            Cell::Texts(texts) => csv.text(&self.joined(texts.iter())),
            Cell::Values(texts) => csv.json_values(texts),
        }
    }

    fn number(&self, number: f64) -> String {
        let text = match self.decimals.places {
            Some(places) => format!("{number:.*}", usize::from(places)),
            None => number.to_string(),
        };
        self.with_point(&text)
    }

    fn with_point(&self, number: &str) -> String {
        number.replace('.', &self.decimals.point)
    }

    fn joined(&self, texts: impl Iterator<Item = impl AsRef<str>>) -> String {
        let mut joined = String::new();
        for (index, text) in texts.enumerate() {
            if index > 0 {
                joined.push_str(&self.lists.separator);
            }
            joined.push_str(text.as_ref());
        }
        joined
    }
}

/// A value as JSON: a column that is declared so holds nothing else.
fn write_json(csv: &mut Writer<'_>, cell: Cell<'_>) {
    match cell {
        Cell::Absent | Cell::Moment(None) => csv.null(),
        Cell::Text(text) => csv.text(&serde_json::json!(text).to_string()),
        Cell::Json(json) => csv.text(&json),
        Cell::Digits(digits) => csv.formatted(digits),
        Cell::Number(number) => csv.formatted(&number.to_string()),
        Cell::Boolean(truth) => csv.boolean(truth),
        Cell::Moment(Some(moment)) => {
            csv.text(&serde_json::json!(moment.to_string()).to_string());
        }
        Cell::Strings(texts) => csv.json_strings(texts),
        Cell::Texts(texts) => csv.text(&serde_json::json!(texts).to_string()),
        Cell::Values(texts) => csv.json_values(texts),
    }
}
