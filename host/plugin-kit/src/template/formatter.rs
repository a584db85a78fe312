//! The formatter `PLUGIN_NAME`.

use vervet_sdk::csv::{Dialect, Options, Writer};
use vervet_sdk::export_formatter;
use vervet_sdk::formatter::{
    Alerts, Column, ColumnType, Context, Formatter, FormatterManifest, Layout,
};

/// Only append to them, and raise the layout's version when you do.
const COLUMNS: [(&str, ColumnType); 4] = [
    ("alert", ColumnType::Text),
    ("customer", ColumnType::Text),
    ("title", ColumnType::Text),
    ("raised_at", ColumnType::Timestamp),
];

/// The formatter, with a file open.
pub struct File {
    dialect: Dialect,
}

impl Formatter for File {
    type Config = Options;

    const MANIFEST: FormatterManifest = FormatterManifest {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        title: "PLUGIN_NAME",
        description: "The alerts in our own columns.",
        media_type: "text/csv; charset=utf-8",
        file_extension: "csv",
    };

    fn layout(config: &Options) -> Result<Layout, String> {
        config.dialect()?;
        let columns = COLUMNS.map(|(name, column_type)| Column::new(name, column_type));
        Ok(Layout { version: 1, columns: columns.into() })
    }

    fn open(config: Options, _: Context, out: &mut Vec<u8>) -> Result<Self, String> {
        let dialect = config.begin(COLUMNS.map(|(name, _)| name), out)?;
        Ok(Self { dialect })
    }

    fn write(&mut self, alerts: &Alerts, out: &mut Vec<u8>) -> Result<(), String> {
        let mut csv = Writer::new(self.dialect, out);
        for alert in alerts.iter() {
            csv.text(alert.id());
            csv.text_or_null(alert.dprofile_id());
            csv.text(alert.title());
            csv.timestamp(Some(alert.created_at()));
            csv.end_row();
        }
        Ok(())
    }
}

export_formatter!(File);

#[cfg(test)]
mod tests {
    use vervet_sdk::testing::{AlertsBuilder, format};

    use super::*;

    #[test]
    fn an_alert_is_a_row() {
        let alerts = AlertsBuilder::new()
            .alert(|alert| {
                alert.id = "a1".into();
                alert.title = "Cash, much of it".into();
            })
            .build();
        let file = format::<File>("{}", &[alerts]).expect("the configuration is good");
        assert_eq!(
            file,
            "alert,customer,title,raised_at\n\
             a1,,\"Cash, much of it\",1970-01-01T00:00:00.000000Z\n"
        );
    }
}
