//! A transaction, and what came of it, as the API writes them.

use std::sync::Arc;

use domain::alert::Viewer;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::caller::UserCaller;
use crate::http::WireTime;
use engine::alert::{Disclosure, Origin};
use engine::lane::{AlertBrief, Outcome, Receipt, RuleOutcome, SeenSaid, StoredTransaction};
use ingest::{Sensitive, render};
use tenant::{Answer, Definitions, Team};

/// Who reads.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    /// With a team's key: not told of shadow rules, nor of alerts where the team keeps them secret.
    is_of_team: bool,
    disclosure: Disclosure,
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
    pub(super) fn user(caller: &UserCaller) -> Self {
        Self {
            is_of_team: false,
            disclosure: caller.disclosure(),
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

/// What is answered to a posted transaction.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Receipt")]
pub(super) struct ReceiptBody {
    /// As it was posted.
    txn_id: String,
    /// The team's name.
    team: String,
    /// Its place among the team's transactions, from 1.
    sequence: u64,
    /// When it came.
    received_at: WireTime,
    #[serde(flatten)]
    outcome: OutcomeBody,
}

/// What came of a transaction; left out where the team keeps it from whoever posts.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "Outcome")]
pub(super) struct OutcomeBody {
    /// The alerts that it led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts: Option<Vec<BriefBody>>,
    /// What each rule said.
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<Vec<RuleBody>>,
}

/// An alert in few words.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertBrief")]
pub(super) struct BriefBody {
    /// The alert's id.
    id: String,
    /// A neutral one where the rule reads masked fields and the reader may not see those.
    title: String,
    /// The alert type.
    incident_type: String,
    /// `low`, `medium`, `high`.
    severity: String,
    /// `low`, `medium`, `high`.
    priority: String,
    /// The rule that found it.
    rule: String,
}

impl BriefBody {
    fn of(brief: &AlertBrief, team: &Team, at: Timestamp, reader: &Reader) -> Self {
        let origin = Origin {
            team: &team.name,
            rule: &brief.rule,
            install: None,
            at: at.as_micros(),
        };
        Self {
            id: brief.id.to_string(),
            title: reader.disclosure.title(&brief.title, &origin),
            incident_type: brief.incident_type.clone(),
            severity: brief.severity.clone(),
            priority: brief.priority.clone(),
            rule: brief.rule.clone(),
        }
    }
}

/// What one rule said.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleOutcome")]
struct RuleBody {
    /// The rule's name.
    rule: String,
    /// The plugin's version.
    version: String,
    /// `clear`, `alert` or `failed`.
    outcome: &'static str,
    /// Units of fuel, where there is a finding and the reader may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fuel: Option<u64>,
    /// Why it could not judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// In shadow: whoever posts transactions is not told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    shadow: bool,
}

impl RuleBody {
    fn of(outcome: &RuleOutcome, team: &Team, at: Timestamp, reader: &Reader) -> Self {
        let seen = outcome.seen_by(&reader.disclosure, &team.name, at.as_micros());
        let (said, fuel, reason) = match seen {
            SeenSaid::Clear => ("clear", None, None),
            SeenSaid::Alert { fuel } => ("alert", fuel, None),
            SeenSaid::Failed { reason } => ("failed", None, Some(reason)),
        };
        Self {
            rule: outcome.rule.clone(),
            version: outcome.version.clone(),
            outcome: said,
            fuel,
            reason,
            shadow: outcome.shadow,
        }
    }
}

impl OutcomeBody {
    fn new(team: &Team, outcome: &Outcome, at: Timestamp, reader: &Reader) -> Self {
        if !reader.is_told_of_alerts(team) {
            return Self::default();
        }
        let is_told = |rule: &&RuleOutcome| !reader.is_of_team || !rule.shadow;
        let rules = outcome.rules.iter().filter(is_told);
        Self {
            alerts: Some(alerts(team, outcome, at, reader)),
            rules: Some(
                rules
                    .map(|rule| RuleBody::of(rule, team, at, reader))
                    .collect(),
            ),
        }
    }
}

fn alerts(team: &Team, outcome: &Outcome, at: Timestamp, reader: &Reader) -> Vec<BriefBody> {
    let briefs = outcome.alerts.iter();
    let briefs = briefs.map(|brief| BriefBody::of(brief, team, at, reader));
    briefs.collect()
}

/// The alerts that whoever posts is told of; `None` where the team keeps them secret.
pub(super) fn told_alerts(team: &Team, receipt: &Receipt) -> Option<Vec<BriefBody>> {
    let poster = Reader::poster();
    let is_told = poster.is_told_of_alerts(team);
    is_told.then(|| alerts(team, &receipt.outcome, receipt.received_at, &poster))
}

impl ReceiptBody {
    pub(super) fn new(txn_id: &str, team: &Team, receipt: &Receipt, reader: &Reader) -> Self {
        Self {
            txn_id: txn_id.to_owned(),
            team: team.name.clone(),
            sequence: receipt.sequence,
            received_at: WireTime(receipt.received_at),
            outcome: OutcomeBody::new(team, &receipt.outcome, receipt.received_at, reader),
        }
    }
}

/// A transaction as it is kept.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Transaction")]
pub(super) struct TransactionBody {
    txn_id: String,
    customer_id: String,
    /// When it happened.
    date_time: WireTime,
    /// The team's name.
    team: String,
    /// Its place among the team's transactions, from 1.
    sequence: u64,
    /// When it came.
    received_at: WireTime,
    /// The version of the payload schema that accepted it.
    payload_schema_version: u32,
    /// As it was posted; fields that the reader may not see are `"***"`.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    payload: Box<RawValue>,
    #[serde(flatten)]
    outcome: OutcomeBody,
}

impl TransactionBody {
    pub(super) fn new(team: &Team, stored: &StoredTransaction, reader: &Reader) -> Self {
        let transaction = &stored.transaction;
        let payload = render(transaction, reader.sensitive());
        Self {
            txn_id: transaction.txn_id.as_str().to_owned(),
            customer_id: transaction.customer_id.as_str().to_owned(),
            date_time: WireTime(Timestamp::from_micros(transaction.date_time.as_micros())),
            team: team.name.clone(),
            sequence: stored.sequence,
            received_at: WireTime(stored.received_at),
            payload_schema_version: transaction.schema.version(),
            payload: RawValue::from_string(payload)
                .expect("a payload is rendered as it was read, from JSON"),
            outcome: OutcomeBody::new(team, &stored.outcome, stored.received_at, reader),
        }
    }
}
