//! A transaction, and what came of it, as the API writes them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::http::WireTime;
use app::transactions::post::PostedTransaction;
use app::transactions::seen::{SeenAlert, SeenOutcome, SeenRule, SeenTransaction};
use engine::lane::SeenSaid;

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

impl From<SeenAlert<'_>> for BriefBody {
    fn from(alert: SeenAlert<'_>) -> Self {
        Self {
            id: alert.id.to_string(),
            title: alert.title,
            incident_type: alert.incident_type.to_owned(),
            severity: alert.severity.to_owned(),
            priority: alert.priority.to_owned(),
            rule: alert.rule.to_owned(),
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

impl From<SeenRule<'_>> for RuleBody {
    fn from(seen: SeenRule<'_>) -> Self {
        let (outcome, fuel, reason) = match seen.said {
            SeenSaid::Clear => ("clear", None, None),
            SeenSaid::Alert { fuel } => ("alert", fuel, None),
            SeenSaid::Failed { reason } => ("failed", None, Some(reason)),
        };
        Self {
            rule: seen.rule.to_owned(),
            version: seen.version.to_owned(),
            outcome,
            fuel,
            reason,
            shadow: seen.shadow,
        }
    }
}

impl From<SeenOutcome<'_>> for OutcomeBody {
    fn from(outcome: SeenOutcome<'_>) -> Self {
        let rules = outcome.rules();
        Self {
            alerts: alerts(outcome),
            rules: rules.map(|rules| rules.map(RuleBody::from).collect()),
        }
    }
}

/// The alerts of an outcome; none if its reader is not told.
pub(super) fn alerts(outcome: SeenOutcome<'_>) -> Option<Vec<BriefBody>> {
    let alerts = outcome.alerts();
    alerts.map(|alerts| alerts.map(BriefBody::from).collect())
}

impl From<&PostedTransaction> for ReceiptBody {
    fn from(posted: &PostedTransaction) -> Self {
        Self {
            txn_id: posted.txn_id.clone(),
            team: posted.team.name.clone(),
            sequence: posted.accepted.sequence(),
            received_at: WireTime(posted.accepted.received_at()),
            outcome: posted.outcome().into(),
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

impl From<SeenTransaction> for TransactionBody {
    fn from(seen: SeenTransaction) -> Self {
        Self {
            txn_id: seen.txn_id().to_owned(),
            customer_id: seen.customer_id().to_owned(),
            date_time: WireTime(seen.date_time()),
            team: seen.team().to_owned(),
            sequence: seen.sequence(),
            received_at: WireTime(seen.received_at()),
            payload_schema_version: seen.payload_schema_version(),
            payload: RawValue::from_string(seen.payload())
                .expect("a payload is rendered as it was read, from JSON"),
            outcome: seen.outcome().into(),
        }
    }
}
