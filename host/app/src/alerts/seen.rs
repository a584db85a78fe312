//! Alerts and findings as their reader sees them.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use super::meanings::InputMeanings;
use domain::alert::{Alert, AlertContent, AlertId, GuardedContent, Viewer};
use domain::time::Timestamp;
use engine::alert::{Disclosure, EvidenceItem, FindingRecord, WholeAlert};
use json::JsonValue;

/// An alert, whose content is what its reader may see of it.
#[derive(Clone, Debug)]
pub struct SeenAlert {
    alert: Alert,
    /// The newest of those that were merged into it, and into those, oldest first.
    pub originals: Vec<AlertId>,
    /// How many more of those there are.
    pub left_out: u32,
}

/// An alert with its findings, each as its reader sees it.
#[derive(Clone, Debug)]
pub struct FullAlert {
    /// The alert.
    pub alert: SeenAlert,
    /// In the order in which they were made: its own, and those of the alerts that were merged into it.
    pub findings: Vec<Finding>,
}

/// What a rule said of a transaction, and why, as its reader sees it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule's name.
    pub rule: String,
    /// Which of the rule's installs.
    pub install: u64,
    /// The plugin's name.
    pub plugin: String,
    /// The plugin's version.
    pub version: String,
    /// SHA-256 of the plugin's component, in hex.
    pub digest: String,
    /// As it was installed; none if the install is not known any more.
    pub configuration: Option<JsonValue>,
    /// A neutral one where the rule reads masked fields and the reader may not see those.
    pub title: String,
    /// None if the rule gave none, or the reader may not see it.
    pub score: Option<f64>,
    /// What judging the transaction alone, in a fresh instance, took; none if the reader may not see it.
    pub fuel: Option<u64>,
    /// The transaction's id.
    pub txn_id: String,
    /// When it was found.
    pub found_at: Timestamp,
    /// The transaction was accepted before, and judged later.
    pub late: bool,
    /// Name and value of every input, as the rule was given them; `***` in place of what the reader may not see.
    pub evidence: Vec<EvidenceItem>,
    /// What the values of the evidence mean; empty where that is not asked for, or the plugin is not there any more.
    pub meanings: Arc<InputMeanings>,
}

impl SeenAlert {
    /// What is shown of an alert.
    pub fn of(whole: WholeAlert, disclosure: &Disclosure) -> Self {
        let content = whole.content(disclosure).into_owned();
        Self::with(whole, content)
    }

    /// An alert whose content was disclosed.
    pub(super) fn with(whole: WholeAlert, content: AlertContent) -> Self {
        let left_out = whole.left_out();
        let originals = whole.originals.iter().map(|original| original.id);
        Self {
            originals: originals.collect(),
            left_out,
            alert: Alert {
                content: GuardedContent::open(content),
                ..whole.alert
            },
        }
    }

    /// What of its content its reader may see.
    pub fn content(&self) -> Cow<'_, AlertContent> {
        self.alert.seen_by(Viewer::Full)
    }
}

impl Deref for SeenAlert {
    type Target = Alert;

    fn deref(&self) -> &Alert {
        &self.alert
    }
}

impl Finding {
    /// What is shown of a finding of a team; `configuration` is that of the rule's install.
    pub fn of(
        record: FindingRecord,
        team: &str,
        configuration: Option<JsonValue>,
        disclosure: &Disclosure,
    ) -> Self {
        let seen = disclosure.finding(team, &record);
        Self {
            configuration,
            title: seen.title.into_owned(),
            score: seen.score,
            fuel: seen.fuel,
            evidence: seen.evidence.into_owned(),
            meanings: Arc::default(),
            install: record.install,
            found_at: Timestamp::from_micros(record.found_at),
            late: record.late,
            rule: record.rule,
            plugin: record.plugin,
            version: record.version,
            digest: record.digest,
            txn_id: record.txn_id,
        }
    }
}
