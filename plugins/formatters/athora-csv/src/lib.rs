//! The nightly snapshot of alerts for Athora Belgium, in Athora's own terms.
//!
//! It carries everything that the Export button gives but the details of transactions, which
//! Athora has: `info` comes without its `transactions`, and a finding without the rows of earlier
//! transactions in its evidence. The ids of the transactions stand in `transaction_ids`.
//!
//! Columns are only ever appended, with a new layout version; COPY maps them by position.

mod details;
mod json;

use vervet_sdk::csv::{Dialect, Options, Writer};
use vervet_sdk::export_formatter;
use vervet_sdk::formatter::{
    Alert, Alerts, Column, ColumnType, Context, Formatter, FormatterManifest, Layout,
};

use details::{without_rows, without_transactions};

const COLUMNS: [(&str, ColumnType); 25] = [
    ("alert_reference", ColumnType::Text),
    ("business_line", ColumnType::Text),
    ("customer_number", ColumnType::Text),
    ("handler", ColumnType::Text),
    ("alert_title", ColumnType::Text),
    ("alert_category", ColumnType::Text),
    ("alert_status", ColumnType::Text),
    ("risk_severity", ColumnType::Text),
    ("handling_priority", ColumnType::Text),
    ("due_on", ColumnType::Timestamp),
    ("labels", ColumnType::Json),
    ("scenario", ColumnType::Text),
    ("risk_score", ColumnType::Decimal),
    ("transaction_ids", ColumnType::Json),
    ("transaction_count", ColumnType::Integer),
    ("alert_details", ColumnType::Json),
    ("scenario_hits", ColumnType::Json),
    ("remarks", ColumnType::Json),
    ("raised_at", ColumnType::Timestamp),
    ("last_changed_at", ColumnType::Timestamp),
    ("closed_at", ColumnType::Timestamp),
    ("snapshot_at", ColumnType::Timestamp),
    ("alert_version", ColumnType::Integer),
    ("merged_references", ColumnType::Json),
    ("alert_outcome", ColumnType::Text),
];

/// The formatter, with a file open.
pub struct AthoraCsv {
    dialect: Dialect,
    context: Context,
}

impl Formatter for AthoraCsv {
    type Config = Options;

    const MANIFEST: FormatterManifest = FormatterManifest {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        title: "Athora CSV",
        description: "The nightly snapshot of alerts for Athora Belgium: transaction ids, but no transaction details.",
        media_type: "text/csv; charset=utf-8",
        file_extension: "csv",
    };

    fn layout(config: &Options) -> Result<Layout, String> {
        config.dialect()?;
        let columns = COLUMNS.map(|(name, column_type)| Column::new(name, column_type));
        Ok(Layout {
            version: 2,
            columns: columns.into(),
        })
    }

    fn open(config: Options, context: Context, out: &mut Vec<u8>) -> Result<Self, String> {
        let dialect = config.begin(COLUMNS.map(|(name, _)| name), out)?;
        Ok(Self { dialect, context })
    }

    fn write(&mut self, alerts: &Alerts, out: &mut Vec<u8>) -> Result<(), String> {
        let mut csv = Writer::new(self.dialect, out);
        for alert in alerts.iter() {
            self.row(&mut csv, alert)
                .map_err(|reason| format!("alert {}: {reason}", alert.id()))?;
        }
        Ok(())
    }
}

export_formatter!(AthoraCsv);

impl AthoraCsv {
    fn row(&self, csv: &mut Writer<'_>, alert: Alert<'_>) -> Result<(), String> {
        csv.text(alert.id());
        csv.text(alert.team());
        csv.text_or_null(alert.dprofile_id());
        csv.text_or_null(alert.user_id());
        csv.text(alert.title());
        csv.text(alert.incident_type());
        csv.text(alert.state());
        csv.word(alert.severity().as_str());
        csv.word(alert.priority().as_str());
        csv.timestamp(alert.due_date());
        csv.json_strings(alert.labels());
        csv.text_or_null(alert.rule());
        csv.number(alert.score().unwrap_or(f64::NAN));
        csv.json_strings(alert.txn_ids());
        csv.integer(alert.txn_ids().len() as i64);
        csv.text(&without_transactions(alert.info())?);
        match without_rows(alert.findings())? {
            None => csv.json_values(alert.findings()),
            Some(findings) => csv.text(&findings),
        }
        csv.json_values(alert.comments());
        csv.timestamp(Some(alert.created_at()));
        csv.timestamp(Some(alert.updated_at()));
        csv.timestamp(alert.closed_at());
        csv.timestamp(Some(self.context.snapshot_at));
        for name in ["version", "merged_from"] {
            match alert.more(name) {
                None | Some("" | "null") => csv.null(),
                Some(json) => csv.text(json),
            }
        }
        match alert.more_text("outcome") {
            None => csv.null(),
            Some(outcome) => csv.text(&outcome),
        }
        csv.end_row();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use vervet_sdk::testing::{AlertsBuilder, format, hostile_alerts};

    use super::*;

    #[test]
    fn hostile_texts_stay_in_their_fields() {
        let file = format::<AthoraCsv>("{}", &[hostile_alerts()]).expect("a file");
        // A snapshot does not tell carriage returns from line feeds.
        insta::assert_snapshot!(file.replace('\r', "␍"));
    }

    #[test]
    fn ids_of_transactions_stay_and_details_go() {
        let alerts = AlertsBuilder::new()
            .alert(|alert| {
                alert.txn_ids = vec!["t-17".into()];
                alert.info = r#"{"limit":5,"transactions":[{"iban":"BE71"}],"merged":[{"transactions":[{"iban":"BE72"}]}]}"#.into();
                alert.findings = vec![
                    r#"{"rule":"r","transaction":{"txn_id":"t-17","iban":"BE73"},"evidence":{"sum":7,"last":[["BE74"]]}}"#.into(),
                ];
            })
            .build();
        let file = format::<AthoraCsv>("{}", &[alerts]).expect("a file");
        assert!(file.contains(r#""[""t-17""]",1"#), "{file}");
        assert!(file.contains(r#"""sum"":7"#), "{file}");
        assert!(file.contains(r#"""limit"":5"#), "{file}");
        assert!(!file.contains("BE7"), "{file}");
    }
}
