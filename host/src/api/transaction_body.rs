//! A transaction, and what came of it, as the API writes them.

use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::caller::UserCaller;
use crate::http::WireTime;
use crate::ingest::{Sensitive, render};
use crate::lane::{AlertBrief, Outcome, Receipt, RuleOutcome, Said, StoredTransaction};
use crate::tenant::{Answer, Permission, Team};

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// Whoever posts transactions: not told of shadow rules, nor of alerts where the team keeps them secret.
    Poster,
    /// A user, who sees sensitive fields or not.
    User(Sensitive),
}

impl Reader {
    pub(super) fn user(caller: &UserCaller) -> Self {
        Self::User(if caller.may(Permission::TransactionSensitive) {
            Sensitive::Shown
        } else {
            Sensitive::Masked
        })
    }

    fn sensitive(self) -> Sensitive {
        match self {
            Self::Poster => Sensitive::Masked,
            Self::User(sensitive) => sensitive,
        }
    }

    fn is_told_of_alerts(self, team: &Team) -> bool {
        self != Self::Poster || team.answer == Answer::Full
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

impl From<&AlertBrief> for BriefBody {
    fn from(brief: &AlertBrief) -> Self {
        Self {
            id: brief.id.to_string(),
            title: brief.title.clone(),
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
    /// Units of fuel, where there is a finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    fuel: Option<u64>,
    /// Why it could not judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// In shadow: whoever posts transactions is not told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    shadow: bool,
}

impl From<&RuleOutcome> for RuleBody {
    fn from(outcome: &RuleOutcome) -> Self {
        let (said, fuel, reason) = match &outcome.said {
            Said::Clear => ("clear", None, None),
            Said::Alert { fuel } => ("alert", Some(*fuel), None),
            Said::Failed { reason } => ("failed", None, Some(reason.clone())),
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
    fn new(team: &Team, outcome: &Outcome, reader: Reader) -> Self {
        if !reader.is_told_of_alerts(team) {
            return Self::default();
        }
        let is_told = |rule: &&RuleOutcome| reader != Reader::Poster || !rule.shadow;
        let rules = outcome.rules.iter().filter(is_told);
        Self {
            alerts: Some(alerts(outcome)),
            rules: Some(rules.map(RuleBody::from).collect()),
        }
    }
}

fn alerts(outcome: &Outcome) -> Vec<BriefBody> {
    outcome.alerts.iter().map(BriefBody::from).collect()
}

/// The alerts that whoever posts is told of; `None` where the team keeps them secret.
pub(super) fn told_alerts(team: &Team, outcome: &Outcome) -> Option<Vec<BriefBody>> {
    Reader::Poster
        .is_told_of_alerts(team)
        .then(|| alerts(outcome))
}

impl ReceiptBody {
    pub(super) fn new(txn_id: &str, team: &Team, receipt: &Receipt, reader: Reader) -> Self {
        Self {
            txn_id: txn_id.to_owned(),
            team: team.name.clone(),
            sequence: receipt.sequence,
            received_at: WireTime(receipt.received_at),
            outcome: OutcomeBody::new(team, &receipt.outcome, reader),
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
    pub(super) fn new(team: &Team, stored: &StoredTransaction, reader: Reader) -> Self {
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
            outcome: OutcomeBody::new(team, &stored.outcome, reader),
        }
    }
}
