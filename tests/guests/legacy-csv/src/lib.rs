//! CSV as an older system takes it: in UTF-16, with semicolons, and without a first row of names, as its media type
//! declares. A configuration can ask for others, by the members that the host reads.

use vervet_sdk::export_formatter;
use vervet_sdk::formatter::{
    Alerts, Column, ColumnType, Context, Formatter, FormatterManifest, Layout,
};

/// What a tenant configures.
#[vervet_sdk::config]
pub struct Config {
    /// Between fields; `;` unless set.
    #[serde(default)]
    pub delimiter: Option<String>,
    /// Around texts; `"` unless set.
    #[serde(default)]
    pub quote: Option<String>,
    /// `utf-16le`, `utf-8` or `windows-1252`; the first unless set.
    #[serde(default)]
    pub encoding: Option<String>,
    /// Whether the first row holds the names; it does not unless set.
    #[serde(default)]
    pub header: Option<bool>,
}

const COLUMNS: [(&str, ColumnType); 4] = [
    ("id", ColumnType::Text),
    ("title", ColumnType::Text),
    ("score", ColumnType::Decimal),
    ("severity", ColumnType::Text),
];

/// The formatter, with a file open.
pub struct LegacyCsv {
    config: Config,
}

impl Formatter for LegacyCsv {
    type Config = Config;

    const MANIFEST: FormatterManifest = FormatterManifest {
        name: "legacy-csv",
        version: env!("CARGO_PKG_VERSION"),
        title: "Legacy CSV",
        description: "CSV as an older system takes it.",
        media_type: "text/csv; charset=utf-16le; header=absent; delimiter=\";\"",
        file_extension: "csv",
    };

    fn layout(_: &Config) -> Result<Layout, String> {
        let column = |(name, column_type): (&str, ColumnType)| Column::new(name, column_type);
        let columns = COLUMNS.map(column).into_iter().collect();
        Ok(Layout {
            version: 1,
            columns,
        })
    }

    fn open(config: Config, _: Context, out: &mut Vec<u8>) -> Result<Self, String> {
        let opened = Self { config };
        if opened.config.header == Some(true) {
            opened.row(COLUMNS.map(|(name, _)| name.to_owned()), out);
        }
        Ok(opened)
    }

    fn write(&mut self, alerts: &Alerts, out: &mut Vec<u8>) -> Result<(), String> {
        for alert in alerts.iter() {
            let fields = [
                self.quoted(alert.id()),
                self.quoted(alert.title()),
                alert
                    .score()
                    .map_or_else(String::new, |score| score.to_string()),
                self.quoted(alert.severity().as_str()),
            ];
            self.row(fields, out);
        }
        Ok(())
    }
}

export_formatter!(LegacyCsv);

impl LegacyCsv {
    fn quoted(&self, text: &str) -> String {
        let quote = self.config.quote.as_deref().unwrap_or("\"");
        let doubled = text.replace(quote, &quote.repeat(2));
        format!("{quote}{doubled}{quote}")
    }

    fn row(&self, fields: [String; 4], out: &mut Vec<u8>) {
        let delimiter = self.config.delimiter.as_deref().unwrap_or(";");
        let line = fields.join(delimiter) + "\n";
        match self.config.encoding.as_deref().unwrap_or("utf-16le") {
            "utf-8" => out.extend(line.as_bytes()),
            "windows-1252" => out.extend(line.chars().map(windows_1252)),
            _ => out.extend(line.encode_utf16().flat_map(u16::to_le_bytes)),
        }
    }
}

fn windows_1252(letter: char) -> u8 {
    match letter {
        '€' => 0x80,
        '\u{80}'..='\u{9f}' => b'?',
        letter => u8::try_from(letter).unwrap_or(b'?'),
    }
}
