//! Every property of an alert, one column each: what the Export button gives.
//!
//! A property that an alert lacks is an empty field; times are in UTC; lists are JSON
//! arrays; findings and comments are JSON arrays of objects. New columns are only ever
//! appended, with a new layout version.

use vervet_sdk::csv::{Dialect, Options, Writer};
use vervet_sdk::export_formatter;
use vervet_sdk::formatter::{
    Alert, Alerts, Column, ColumnType, Context, Formatter, FormatterManifest, Layout, Texts,
};

const COLUMNS: [(&str, ColumnType); 23] = [
    ("id", ColumnType::Text),
    ("team", ColumnType::Text),
    ("dprofile_id", ColumnType::Text),
    ("user_id", ColumnType::Text),
    ("title", ColumnType::Text),
    ("incident_type", ColumnType::Text),
    ("state", ColumnType::Text),
    ("severity", ColumnType::Text),
    ("priority", ColumnType::Text),
    ("due_date", ColumnType::Timestamp),
    ("labels", ColumnType::Json),
    ("rule", ColumnType::Text),
    ("score", ColumnType::Decimal),
    ("txn_ids", ColumnType::Json),
    ("info", ColumnType::Json),
    ("findings", ColumnType::Json),
    ("comments", ColumnType::Json),
    ("created_at", ColumnType::Timestamp),
    ("updated_at", ColumnType::Timestamp),
    ("closed_at", ColumnType::Timestamp),
    ("version", ColumnType::Integer),
    ("merged_from", ColumnType::Json),
    ("outcome", ColumnType::Text),
];

/// The formatter, with a file open.
pub struct StandardCsv {
    dialect: Dialect,
}

impl Formatter for StandardCsv {
    type Config = Options;

    const MANIFEST: FormatterManifest = FormatterManifest {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        title: "Standard CSV",
        description: "Every property of an alert, one column each.",
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

    fn open(config: Options, _: Context, out: &mut Vec<u8>) -> Result<Self, String> {
        let dialect = config.begin(COLUMNS.map(|(name, _)| name), out)?;
        Ok(Self { dialect })
    }

    fn write(&mut self, alerts: &Alerts, out: &mut Vec<u8>) -> Result<(), String> {
        let plain = Plain::of(self.dialect, alerts);
        let mut csv = Writer::new(self.dialect, out);
        for alert in alerts.iter() {
            plain.write(&mut csv, alert);
        }
        Ok(())
    }
}

export_formatter!(StandardCsv);

/// Which columns of a batch hold no text that needs a second look.
struct Plain {
    id: bool,
    team: bool,
    dprofile_id: bool,
    user_id: bool,
    title: bool,
    incident_type: bool,
    state: bool,
    rule: bool,
}

impl Plain {
    fn of(dialect: Dialect, alerts: &Alerts) -> Self {
        let plain = |texts: &Texts| dialect.is_plain(texts);
        Self {
            id: plain(&alerts.id),
            team: plain(&alerts.team),
            dprofile_id: plain(&alerts.dprofile_id),
            user_id: plain(&alerts.user_id),
            title: plain(&alerts.title),
            incident_type: plain(&alerts.incident_type),
            state: plain(&alerts.state),
            rule: plain(&alerts.rule),
        }
    }

    fn write(&self, csv: &mut Writer<'_>, alert: Alert<'_>) {
        text(csv, self.id, alert.id());
        text(csv, self.team, alert.team());
        id(csv, self.dprofile_id, alert.dprofile_id());
        id(csv, self.user_id, alert.user_id());
        text(csv, self.title, alert.title());
        text(csv, self.incident_type, alert.incident_type());
        text(csv, self.state, alert.state());
        csv.word(alert.severity().as_str());
        csv.word(alert.priority().as_str());
        csv.timestamp(alert.due_date());
        csv.json_strings(alert.labels());
        id(csv, self.rule, alert.rule());
        csv.number(alert.score().unwrap_or(f64::NAN));
        csv.json_strings(alert.txn_ids());
        csv.text(alert.info());
        csv.json_values(alert.findings());
        csv.json_values(alert.comments());
        csv.timestamp(Some(alert.created_at()));
        csv.timestamp(Some(alert.updated_at()));
        csv.timestamp(alert.closed_at());
        more(csv, alert, "version");
        more(csv, alert, "merged_from");
        match alert.more_text("outcome") {
            None => csv.null(),
            Some(outcome) => csv.text(&outcome),
        }
        csv.end_row();
    }
}

fn text(csv: &mut Writer<'_>, plain: bool, text: &str) {
    if plain {
        csv.plain(text);
    } else {
        csv.text(text);
    }
}

/// An id, which is absent where it is "".
fn id(csv: &mut Writer<'_>, plain: bool, id: &str) {
    if id.is_empty() {
        csv.null();
    } else {
        text(csv, plain, id);
    }
}

/// What only later hosts tell, as JSON; absent where this one does not.
fn more(csv: &mut Writer<'_>, alert: Alert<'_>, name: &str) {
    match alert.more(name) {
        None | Some("" | "null") => csv.null(),
        Some(json) => csv.text(json),
    }
}

#[cfg(test)]
mod tests {
    use vervet_sdk::testing::{format, hostile_alerts};

    use super::*;

    #[test]
    fn hostile_texts_stay_in_their_fields() {
        let file = format::<StandardCsv>("{}", &[hostile_alerts()]).expect("a file");
        // A snapshot does not tell carriage returns from line feeds.
        insta::assert_snapshot!(file.replace('\r', "␍"));
    }

    #[test]
    fn a_configuration_changes_the_dialect() {
        let config = r#"{"delimiter": ";", "quoting": "all", "line_end": "crlf", "bom": true, "defuse_formulas": true}"#;
        let file = format::<StandardCsv>(config, &[hostile_alerts()]).expect("a file");
        // A snapshot does not tell carriage returns from line feeds.
        insta::assert_snapshot!(file.replace('\r', "␍"));
    }

    #[test]
    fn batches_make_no_difference() {
        let whole = format::<StandardCsv>("{}", &[hostile_alerts()]);
        let empty = Alerts::default();
        assert_eq!(
            format::<StandardCsv>("{}", &[empty.clone(), hostile_alerts(), empty]),
            whole
        );
    }

    #[test]
    fn a_wrong_delimiter_is_refused() {
        let config = vervet_sdk::read_config(r#"{"delimiter": "||"}"#).expect("reads");
        assert_eq!(
            StandardCsv::layout(&config),
            Err("the delimiter is one ASCII character that no value is made of, such as ',' or ';'; \"||\" is not".into())
        );
    }
}
