//! A transaction, and what came of it, as its reader sees them.

use std::sync::Arc;

use uuid::Uuid;

use crate::caller::Caller;
use domain::alert::Viewer;
use domain::payload::Sensitivity;
use domain::time::Timestamp;
use engine::alert::{Disclosure, Origin};
use engine::lane::{AlertBrief, Outcome, RuleOutcome, SeenSaid, StoredTransaction};
use ingest::{Sensitive, render};
use json::{JsonObject, JsonValue};
use tenant::{Answer, Definitions, Team};

/// Who reads.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    /// With a team's key: not told of shadow rules, nor of alerts where the team keeps them secret.
    is_of_team: bool,
    disclosure: Disclosure,
}

/// What came of a transaction, as its reader sees it.
#[derive(Clone, Copy, Debug)]
pub struct SeenOutcome<'o> {
    team: &'o Team,
    outcome: &'o Outcome,
    at: Timestamp,
    reader: &'o Reader,
}

/// An alert in few words.
#[derive(Clone, Debug)]
pub struct SeenAlert<'o> {
    /// The alert's id.
    pub id: Uuid,
    /// A neutral one where the rule reads masked fields and the reader may not see those.
    pub title: String,
    /// The alert type.
    pub incident_type: &'o str,
    /// `low`, `medium`, `high`.
    pub severity: &'o str,
    /// `low`, `medium`, `high`.
    pub priority: &'o str,
    /// The rule that found it.
    pub rule: &'o str,
}

/// What one rule said.
#[derive(Clone, Debug)]
pub struct SeenRule<'o> {
    /// The rule's name.
    pub rule: &'o str,
    /// The plugin's version.
    pub version: &'o str,
    /// What it said.
    pub said: SeenSaid,
    /// Whether it is in shadow: whoever posts transactions is not told.
    pub shadow: bool,
}

/// A transaction as its reader sees it.
#[derive(Clone, Debug)]
pub struct SeenTransaction {
    team: Arc<Team>,
    stored: StoredTransaction,
    reader: Reader,
}

/// The fields that every transaction has, which come first.
const EVERY: [&str; 3] = ["txn_id", "customer_id", "date_time"];

/// A field of a transaction as its reader sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenField {
    /// The field's name.
    pub name: String,
    /// Its value as it was posted, or what stands in its place.
    pub value: JsonValue,
    /// Whether the value is kept from the reader.
    pub is_masked: bool,
}

impl SeenField {
    /// Whether it is a number.
    pub fn is_number(&self) -> bool {
        matches!(self.value, JsonValue::Number(_))
    }

    /// The value as people read it: a text without quotes, anything else as JSON.
    pub fn text(&self) -> String {
        match self.value.as_str() {
            Some(text) => text.to_owned(),
            None => self.value.to_string(),
        }
    }
}

impl Reader {
    /// Whoever posts a transaction, and so knows what is in it.
    pub(super) fn poster() -> Self {
        Self {
            is_of_team: true,
            disclosure: Disclosure::full(),
        }
    }

    /// Whoever reads transactions with a team's key, which has no permission to see masked fields.
    pub(super) fn team(definitions: Arc<Definitions>) -> Self {
        Self {
            is_of_team: true,
            disclosure: Disclosure::new(Viewer::Masked, definitions),
        }
    }

    /// A user, who may see masked fields or not.
    pub(super) fn user(caller: &Caller) -> Self {
        Self {
            is_of_team: false,
            disclosure: caller.disclosure(),
        }
    }

    /// What the reader sees of the outcome of a transaction that came at this time.
    pub(super) fn outcome<'o>(
        &'o self,
        team: &'o Team,
        outcome: &'o Outcome,
        at: Timestamp,
    ) -> SeenOutcome<'o> {
        SeenOutcome {
            team,
            outcome,
            at,
            reader: self,
        }
    }

    fn sensitive(&self) -> Sensitive {
        match self.disclosure.viewer() {
            Viewer::Full => Sensitive::Shown,
            Viewer::Masked => Sensitive::Masked,
        }
    }

    fn is_told_of_alerts(&self, team: &Team) -> bool {
        !self.is_of_team || team.answer == Answer::Full
    }
}

impl<'o> SeenOutcome<'o> {
    /// The alerts that the transaction led to; none if the team keeps them from the reader.
    pub fn alerts(self) -> Option<impl Iterator<Item = SeenAlert<'o>>> {
        let is_told = self.reader.is_told_of_alerts(self.team);
        let alerts = self.outcome.alerts.iter();
        is_told.then(|| alerts.map(move |brief| self.alert(brief)))
    }

    /// What each rule said; none if the team keeps it from the reader.
    pub fn rules(self) -> Option<impl Iterator<Item = SeenRule<'o>>> {
        let is_told = self.reader.is_told_of_alerts(self.team);
        let is_seen = move |rule: &&RuleOutcome| !self.reader.is_of_team || !rule.shadow;
        let rules = self.outcome.rules.iter().filter(is_seen);
        is_told.then(|| rules.map(move |outcome| self.rule(outcome)))
    }

    fn alert(self, brief: &'o AlertBrief) -> SeenAlert<'o> {
        let origin = Origin {
            team: &self.team.name,
            rule: &brief.rule,
            install: None,
            at: self.at.as_micros(),
        };
        SeenAlert {
            id: brief.id,
            title: self.reader.disclosure.title(&brief.title, &origin),
            incident_type: &brief.incident_type,
            severity: &brief.severity,
            priority: &brief.priority,
            rule: &brief.rule,
        }
    }

    fn rule(self, outcome: &'o RuleOutcome) -> SeenRule<'o> {
        let disclosure = &self.reader.disclosure;
        SeenRule {
            rule: &outcome.rule,
            version: &outcome.version,
            said: outcome.seen_by(disclosure, &self.team.name, self.at.as_micros()),
            shadow: outcome.shadow,
        }
    }
}

impl SeenTransaction {
    pub(super) fn new(team: Arc<Team>, stored: StoredTransaction, reader: Reader) -> Self {
        Self {
            team,
            stored,
            reader,
        }
    }

    /// The transaction's id.
    pub fn txn_id(&self) -> &str {
        self.stored.transaction.txn_id.as_str()
    }

    /// The customer's id.
    pub fn customer_id(&self) -> &str {
        self.stored.transaction.customer_id.as_str()
    }

    /// When it happened.
    pub fn date_time(&self) -> Timestamp {
        Timestamp::from_micros(self.stored.transaction.date_time.as_micros())
    }

    /// The team's name.
    pub fn team(&self) -> &str {
        &self.team.name
    }

    /// Its place among the team's transactions, from 1.
    pub fn sequence(&self) -> u64 {
        self.stored.sequence
    }

    /// When it came.
    pub fn received_at(&self) -> Timestamp {
        self.stored.received_at
    }

    /// The version of the payload schema that accepted it.
    pub fn payload_schema_version(&self) -> u32 {
        self.stored.transaction.schema.version()
    }

    /// The JSON object that was posted; fields that the reader may not see are `"***"`.
    pub fn payload(&self) -> String {
        render(&self.stored.transaction, self.reader.sensitive())
    }

    /// Its fields in the order in which they are kept, without those that every transaction has.
    pub fn fields(&self) -> Vec<SeenField> {
        let payload = JsonObject::read_stored(&self.payload()).unwrap_or_default();
        let schema = &self.stored.transaction.schema;
        let is_masked = |name: &str| {
            let field = schema.fields().iter().find(|field| field.name == name);
            self.reader.sensitive() == Sensitive::Masked
                && field.is_some_and(|field| field.sensitivity == Sensitivity::Mask)
        };
        let own = payload.iter().skip(EVERY.len());
        own.map(|(name, value)| SeenField {
            name: name.to_owned(),
            value: value.clone(),
            is_masked: is_masked(name),
        })
        .collect()
    }

    /// What came of it.
    pub fn outcome(&self) -> SeenOutcome<'_> {
        let outcome = &self.stored.outcome;
        self.reader
            .outcome(&self.team, outcome, self.stored.received_at)
    }
}
