//! What became of reported transactions, as the calls write it.

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use app::sessions::outcome::MonitoringView;
use sessions::{RefusedTransaction, Unlisted};

/// A reported transaction that is not in the account's history.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UnlistedTransaction")]
pub(super) struct UnlistedBody {
    account_id: String,
    /// The number of the page that reported it.
    page: u32,
    /// Its position within that page, from 0.
    index: u32,
    /// The bank's id of it; null where it cannot be read.
    transaction_id: Option<String>,
    /// The reason `differs` stands for a transaction that came before with other content; all others say what cannot be
    /// read.
    errors: Vec<FaultBody>,
}

/// What became of fetched transactions in monitoring.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SessionMonitoring")]
pub(super) struct MonitoringBody {
    /// New for the team.
    accepted: u64,
    /// There before, with the same content.
    duplicates: u64,
    /// Refused by the team's payload schema, or there with other content.
    refused: u64,
    /// The first thousand of those, with their faults.
    refusals: Vec<RefusalBody>,
    /// The first thousand alerts that came of those that are new; left out where the caller must not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts: Option<Vec<Uuid>>,
}

/// A fetched transaction that monitoring did not accept.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RefusedTransaction")]
pub(super) struct RefusalBody {
    account_id: String,
    transaction_id: String,
    errors: Vec<FaultBody>,
}

/// What is wrong with it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TransactionFault")]
pub(super) struct FaultBody {
    /// The member or field at fault; empty for the whole.
    field: String,
    reason: String,
    detail: String,
}

impl From<MonitoringView> for MonitoringBody {
    fn from(view: MonitoringView) -> Self {
        Self {
            accepted: view.accepted,
            duplicates: view.duplicates,
            refused: view.refused,
            refusals: view.refusals.into_iter().map(RefusalBody::from).collect(),
            alerts: view.alerts,
        }
    }
}

impl From<RefusedTransaction> for RefusalBody {
    fn from(refused: RefusedTransaction) -> Self {
        Self {
            account_id: refused.account,
            transaction_id: refused.transaction,
            errors: refused.faults.into_iter().map(FaultBody::from).collect(),
        }
    }
}

impl From<Unlisted> for UnlistedBody {
    fn from(unlisted: Unlisted) -> Self {
        Self {
            account_id: unlisted.account,
            page: unlisted.page,
            index: unlisted.index,
            transaction_id: unlisted.transaction,
            errors: unlisted.faults.into_iter().map(FaultBody::from).collect(),
        }
    }
}

impl From<(String, String, String)> for FaultBody {
    fn from((field, reason, detail): (String, String, String)) -> Self {
        Self {
            field,
            reason,
            detail,
        }
    }
}
