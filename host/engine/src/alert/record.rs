//! One version of an alert.

use domain::alert::{
    Alert, AlertContent, AlertOutcome, Closed, GuardedContent, Marking, MergedInto, Own, Viewer,
    Withheld,
};
use domain::rule::{Label, Level};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// One version of an alert, as the store keeps it. Times are microseconds since the epoch.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AlertRecord {
    pub id: Uuid,
    pub team: String,
    pub dprofile_id: Option<String>,
    pub user_id: Option<String>,
    pub title: String,
    pub incident_type: String,
    pub state: String,
    pub severity: String,
    pub priority: String,
    pub due_date: Option<i64>,
    pub labels: Vec<String>,
    pub info: Box<RawValue>,
    pub txn_ids: Vec<String>,
    pub rule: Option<String>,
    /// Which of the rule's installs made its first finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<u64>,
    pub score: Option<f64>,
    pub findings: u32,
    pub created_at: i64,
    pub updated_at: i64,
    pub closed_at: Option<i64>,
    /// Of an alert that is closed; none if nobody said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    pub version: u64,
    /// How many alerts it holds besides itself.
    #[serde(default, skip_serializing_if = "is_none")]
    pub merged: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<MergedIntoRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Box<OwnRecord>>,
    /// None if the team has no masked field, or where an earlier release kept the alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<WithheldRecord>,
}

/// What rules computed from masked fields.
#[derive(Debug, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct WithheldRecord {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub title: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub details: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

fn is_none(count: &u32) -> bool {
    *count == 0
}

/// Where an alert went.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MergedIntoRecord {
    pub alert: Uuid,
    pub position: u64,
    pub by_hand: bool,
}

/// What an alert had before others joined it.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct OwnRecord {
    /// Its title, and the one that a merge gave it instead.
    pub title: Option<(String, String)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub title_withheld: bool,
    pub severity: String,
    pub priority: String,
    pub due_date: Option<i64>,
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld_labels: Vec<String>,
}

/// A stored alert that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("an alert cannot be read: {0}")]
pub struct ReadAlertError(String);

impl AlertRecord {
    /// The bytes of an alert. Where its team has masked fields, they say of every alert what of it is withheld, also that
    /// nothing is.
    pub fn write(alert: &Alert, team_has_masked_fields: bool) -> Vec<u8> {
        let full = alert.seen_by(Viewer::Full);
        let withheld = match alert.content.marking() {
            Marking::Decided(withheld) if team_has_masked_fields || !withheld.is_nothing() => {
                Some(WithheldRecord {
                    title: withheld.title,
                    details: withheld.details,
                    labels: texts(&withheld.labels),
                })
            }
            _ => None,
        };
        let record = Self {
            id: alert.id,
            team: alert.team.clone(),
            dprofile_id: alert.dprofile_id.clone(),
            user_id: alert.user_id.clone(),
            title: full.title.clone(),
            incident_type: alert.incident_type.clone(),
            state: alert.state.clone(),
            severity: alert.severity.as_str().to_owned(),
            priority: alert.priority.as_str().to_owned(),
            due_date: alert.due_date.map(Timestamp::as_micros),
            labels: texts(&full.labels),
            info: RawValue::from_string(full.info.clone()).expect("an alert's info is JSON"),
            txn_ids: alert.txn_ids.clone(),
            rule: alert.rule.clone(),
            install: alert.install,
            score: full.score,
            findings: alert.findings,
            created_at: alert.created_at.as_micros(),
            updated_at: alert.updated_at.as_micros(),
            closed_at: alert.closed_at().map(Timestamp::as_micros),
            outcome: alert.outcome().map(|outcome| outcome.as_str().to_owned()),
            version: alert.version,
            merged: alert.merged,
            merged_into: alert.merged_into.map(|into| MergedIntoRecord {
                alert: into.alert,
                position: into.position,
                by_hand: into.by_hand,
            }),
            own: alert.own.as_deref().map(|own| {
                Box::new(OwnRecord {
                    title: own.title.clone(),
                    title_withheld: own.title_withheld,
                    severity: own.severity.as_str().to_owned(),
                    priority: own.priority.as_str().to_owned(),
                    due_date: own.due_date.map(Timestamp::as_micros),
                    labels: texts(&own.labels),
                    withheld_labels: texts(&own.withheld_labels),
                })
            }),
            withheld,
        };
        serde_json::to_vec(&record).expect("an alert has only string keys")
    }

    /// Reads what [`write`](Self::write) wrote.
    pub fn read(bytes: &[u8]) -> Result<Alert, ReadAlertError> {
        let record: Self =
            serde_json::from_slice(bytes).map_err(|error| ReadAlertError(error.to_string()))?;
        if !record.info.get().starts_with('{') {
            return Err(ReadAlertError("its info is no JSON object".to_owned()));
        }
        let own = record.own.map(|own| own.read()).transpose()?;
        let outcome = record.outcome.as_deref().map(outcome).transpose()?;
        let content = AlertContent {
            title: record.title,
            labels: labels(&record.labels)?,
            info: Box::<str>::from(record.info).into(),
            score: record.score,
        };
        let marking = match record.withheld {
            None => Marking::Undecided,
            Some(withheld) => Marking::Decided(Withheld {
                title: withheld.title,
                details: withheld.details,
                labels: labels(&withheld.labels)?,
            }),
        };
        Ok(Alert {
            id: record.id,
            team: record.team,
            dprofile_id: record.dprofile_id,
            user_id: record.user_id,
            content: GuardedContent::new(content, marking),
            incident_type: record.incident_type,
            state: record.state,
            severity: level(&record.severity)?,
            priority: level(&record.priority)?,
            due_date: record.due_date.map(Timestamp::from_micros),
            txn_ids: record.txn_ids,
            rule: record.rule,
            install: record.install,
            findings: record.findings,
            created_at: Timestamp::from_micros(record.created_at),
            updated_at: Timestamp::from_micros(record.updated_at),
            closed: record.closed_at.map(|at| Closed {
                at: Timestamp::from_micros(at),
                outcome,
            }),
            version: record.version,
            merged: record.merged,
            merged_into: record.merged_into.map(|into| MergedInto {
                alert: into.alert,
                position: into.position,
                by_hand: into.by_hand,
            }),
            own: own.map(Box::new),
        })
    }
}

impl OwnRecord {
    fn read(self) -> Result<Own, ReadAlertError> {
        Ok(Own {
            title: self.title,
            title_withheld: self.title_withheld,
            severity: level(&self.severity)?,
            priority: level(&self.priority)?,
            due_date: self.due_date.map(Timestamp::from_micros),
            labels: labels(&self.labels)?,
            withheld_labels: labels(&self.withheld_labels)?,
        })
    }
}

fn texts(labels: &[Label]) -> Vec<String> {
    let texts = labels.iter().map(|label| label.as_str().to_owned());
    texts.collect()
}

fn level(text: &str) -> Result<Level, ReadAlertError> {
    Level::parse(text).ok_or_else(|| ReadAlertError(format!("no level: {text:?}")))
}

fn outcome(text: &str) -> Result<AlertOutcome, ReadAlertError> {
    AlertOutcome::parse(text).ok_or_else(|| ReadAlertError(format!("no outcome: {text:?}")))
}

fn labels(texts: &[String]) -> Result<Vec<Label>, ReadAlertError> {
    let labels = texts.iter().map(|label| {
        Label::new(label).map_err(|error| ReadAlertError(format!("{label:?}: {error}")))
    });
    labels.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An alert as the first release kept it.
    const OLD: &str = r#"{"id":"01890a5d-ac96-774b-bcce-b302099a8057","team":"aml","dprofile_id":"c-1",
        "user_id":null,"title":"Much","incident_type":"trx_aml_alert","state":"closed","severity":"high",
        "priority":"low","due_date":null,"labels":[],"info":{},"txn_ids":["t1"],"rule":"structuring",
        "score":null,"findings":1,"created_at":1,"updated_at":2,"closed_at":2,"version":2}"#;

    #[test]
    fn what_is_withheld_is_kept_with_the_alert() {
        let mut alert = AlertRecord::read(OLD.as_bytes()).expect("an alert");
        assert_eq!(*alert.content.marking(), Marking::Undecided);
        for (withheld, is_marked) in [
            (
                Withheld::all_of(&[Label::new("cash").expect("a label")]),
                false,
            ),
            (Withheld::default(), true),
        ] {
            alert.content.decide(withheld.clone());
            let again = AlertRecord::read(&AlertRecord::write(&alert, is_marked));
            let again = again.expect("an alert");
            assert_eq!(*again.content.marking(), Marking::Decided(withheld));
        }
    }

    #[test]
    fn an_alert_of_an_earlier_release_is_read() {
        let mut alert = AlertRecord::read(OLD.as_bytes()).expect("an alert");
        assert_eq!(alert.closed_at(), Some(Timestamp::from_micros(2)));
        assert_eq!(alert.outcome(), None);
        assert!(!String::from_utf8_lossy(&AlertRecord::write(&alert, false)).contains("outcome"));
        alert
            .conclude(Some(AlertOutcome::FalsePositive))
            .expect("it is closed");
        let again = AlertRecord::read(&AlertRecord::write(&alert, false)).expect("an alert");
        assert_eq!(again, alert);
    }
}
