//! CSV with the columns of one's choice: each a header and a path into the alert.
//!
//! ```json
//! {"columns": [{"header": "Alert", "path": "id"},
//!              {"header": "First amount", "path": "info.transactions.0.amount", "type": "decimal"},
//!              {"header": "Raised", "path": "created_at", "dates": "DD/MM/YYYY"}],
//!  "csv": {"delimiter": ";", "bom": true},
//!  "decimals": {"places": 2}}
//! ```
//!
//! Columns are loaded into databases as what they are declared, so a type and a way of writing that contradict each
//! other are refused. With `"decimals": {"point": ","}`, for people who open the file in a spreadsheet, numbers are
//! declared `text`; so are dates in a form of one's own.
//!
//! In reading order: `config` is what a tenant writes, `path` finds a value in an alert, `json` in its
//! JSON, `pattern` writes dates, `cell` writes a value.

mod cell;
mod config;
mod json;
mod path;
mod pattern;

use vervet_sdk::csv::{Dialect, Writer};
use vervet_sdk::export_formatter;
use vervet_sdk::formatter::{Alerts, Context, Formatter, FormatterManifest, Layout};

use cell::Style;
use config::Config;
use path::Path;

/// The formatter, with a file open.
pub struct ColumnsCsv {
    dialect: Dialect,
    columns: Vec<(Path, Style)>,
}

impl Formatter for ColumnsCsv {
    type Config = Config;

    const MANIFEST: FormatterManifest = FormatterManifest {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        title: "Columns CSV",
        description: "CSV with the columns of one's choice, by configuration.",
        media_type: "text/csv; charset=utf-8",
        file_extension: "csv",
    };

    fn layout(config: &Config) -> Result<Layout, String> {
        config.csv.dialect()?;
        config.compile()?;
        config.layout()
    }

    fn open(config: Config, _: Context, out: &mut Vec<u8>) -> Result<Self, String> {
        let columns = config.compile()?;
        let headers = config.columns.iter().map(|column| column.header.as_str());
        let dialect = config.csv.begin(headers, out)?;
        Ok(Self { dialect, columns })
    }

    fn write(&mut self, alerts: &Alerts, out: &mut Vec<u8>) -> Result<(), String> {
        let mut csv = Writer::new(self.dialect, out);
        for alert in alerts.iter() {
            for (path, style) in &self.columns {
                style.write(&mut csv, path.find(alert));
            }
            csv.end_row();
        }
        Ok(())
    }
}

export_formatter!(ColumnsCsv);

#[cfg(test)]
mod tests;
