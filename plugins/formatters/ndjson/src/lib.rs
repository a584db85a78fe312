//! One JSON object a line for each alert, with every property.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;
use vervet_sdk::formatter::{
    Alert, Alerts, Column, ColumnType, Context, Formatter, FormatterManifest, Layout, TextList,
};
use vervet_sdk::{NoConfig, Timestamp, export_formatter};

/// The formatter, with a file open.
pub struct Ndjson;

impl Formatter for Ndjson {
    type Config = NoConfig;

    const MANIFEST: FormatterManifest = FormatterManifest {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        title: "NDJSON",
        description: "One JSON object a line for each alert, with every property.",
        media_type: "application/x-ndjson",
        file_extension: "ndjson",
    };

    fn layout(_: &NoConfig) -> Result<Layout, String> {
        Ok(Layout {
            version: 1,
            columns: vec![Column::new("alert", ColumnType::Json)],
        })
    }

    fn open(_: NoConfig, _: Context, _: &mut Vec<u8>) -> Result<Self, String> {
        Ok(Self)
    }

    fn write(&mut self, alerts: &Alerts, out: &mut Vec<u8>) -> Result<(), String> {
        for (index, alert) in alerts.iter().enumerate() {
            let line = Line { alerts, alert };
            serde_json::to_writer(&mut *out, &line)
                .map_err(|error| format!("alert {} of the batch: {error}", index + 1))?;
            out.push(b'\n');
        }
        Ok(())
    }
}

export_formatter!(Ndjson);

/// One alert, and the batch that knows what else there is of it.
struct Line<'a> {
    alerts: &'a Alerts,
    alert: Alert<'a>,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let alert = self.alert;
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("id", alert.id())?;
        line.serialize_entry("team", alert.team())?;
        line.serialize_entry("dprofile_id", &or_null(alert.dprofile_id()))?;
        line.serialize_entry("user_id", &or_null(alert.user_id()))?;
        line.serialize_entry("title", alert.title())?;
        line.serialize_entry("incident_type", alert.incident_type())?;
        line.serialize_entry("state", alert.state())?;
        line.serialize_entry("severity", alert.severity().as_str())?;
        line.serialize_entry("priority", alert.priority().as_str())?;
        line.serialize_entry("due_date", &moment(alert.due_date()))?;
        line.serialize_entry("labels", &alert.labels().collect::<Vec<_>>())?;
        line.serialize_entry("rule", &or_null(alert.rule()))?;
        line.serialize_entry("score", &alert.score())?;
        line.serialize_entry("txn_ids", &alert.txn_ids().collect::<Vec<_>>())?;
        line.serialize_entry("info", &raw::<S>(alert.info())?)?;
        line.serialize_entry("findings", &raws::<S>(alert.findings())?)?;
        line.serialize_entry("comments", &raws::<S>(alert.comments())?)?;
        line.serialize_entry("created_at", &moment(Some(alert.created_at())))?;
        line.serialize_entry("updated_at", &moment(Some(alert.updated_at())))?;
        line.serialize_entry("closed_at", &moment(alert.closed_at()))?;
        for (name, _) in &self.alerts.more {
            if let Some(json) = alert.more(name) {
                line.serialize_entry(name, &raw::<S>(json)?)?;
            }
        }
        line.end()
    }
}

fn or_null(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn moment(moment: Option<Timestamp>) -> Option<String> {
    moment.map(|moment| moment.to_string())
}

/// JSON as the host sent it, on one line: a line end can only stand between its parts.
fn raw<S: Serializer>(json: &str) -> Result<Box<RawValue>, S::Error> {
    RawValue::from_string(json.replace(['\n', '\r'], " ")).map_err(serde::ser::Error::custom)
}

fn raws<S: Serializer>(list: TextList<'_>) -> Result<Vec<Box<RawValue>>, S::Error> {
    list.map(raw::<S>).collect()
}

#[cfg(test)]
mod tests {
    use vervet_sdk::testing::{AlertsBuilder, format, hostile_alerts};

    use super::*;

    #[test]
    fn json_of_many_lines_is_one_line() {
        let alerts = AlertsBuilder::new()
            .alert(|alert| alert.info = "{\n  \"limit\": 1.50\r\n}".into())
            .build();
        let file = format::<Ndjson>("{}", &[alerts]).expect("a file");
        assert_eq!(file.lines().count(), 1);
        assert!(file.contains("\"limit\": 1.50"), "{file}");
    }

    #[test]
    fn hostile_texts_stay_in_their_lines() {
        let file = format::<Ndjson>("{}", &[hostile_alerts()]).expect("a file");
        for line in file.lines() {
            serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON");
        }
        insta::assert_snapshot!(file);
    }
}
