//! What became of reported transactions, as the calls write it.

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use sessions::{PageRecord, RefusedTransaction, Unlisted};

/// The most transactions of each list, and the most alerts, that a session's details list.
const MAX_LISTED: usize = 1_000;

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
#[derive(Debug, Default, Serialize, JsonSchema)]
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

impl MonitoringBody {
    /// Of pages; none where none of them was monitored.
    pub(super) fn of(pages: &[PageRecord], shows_alerts: bool) -> Option<Self> {
        let mut monitored = pages.iter().filter_map(|page| page.monitoring.as_ref());
        let first = monitored.next()?;
        let mut body = Self {
            alerts: shows_alerts.then(Vec::new),
            ..Self::default()
        };
        for page in std::iter::once(first).chain(monitored) {
            body.accepted += u64::from(page.accepted);
            body.duplicates += u64::from(page.duplicates);
            body.refused += page.refused.len() as u64;
            let room = MAX_LISTED - body.refusals.len();
            let refusals = page.refused.iter().take(room).map(RefusalBody::of);
            body.refusals.extend(refusals);
            if let Some(alerts) = &mut body.alerts {
                let room = MAX_LISTED - alerts.len();
                alerts.extend(page.alerts.iter().take(room));
            }
        }
        Some(body)
    }
}

impl RefusalBody {
    fn of(refused: &RefusedTransaction) -> Self {
        Self {
            account_id: refused.account.clone(),
            transaction_id: refused.transaction.clone(),
            errors: refused.faults.iter().map(FaultBody::of).collect(),
        }
    }
}

impl UnlistedBody {
    /// How many there are in pages.
    pub(super) fn count(pages: &[PageRecord]) -> u64 {
        pages
            .iter()
            .map(|page| u64::from(page.unlisted_count))
            .sum()
    }

    /// The first thousand.
    pub(super) fn of_pages(pages: &[PageRecord], differing: &[Unlisted]) -> Vec<Self> {
        let all = pages.iter().flat_map(|page| &page.unlisted);
        let first = all.chain(differing).take(MAX_LISTED);
        let listed = first.map(|unlisted| Self {
            account_id: unlisted.account.clone(),
            page: unlisted.page,
            index: unlisted.index,
            transaction_id: unlisted.transaction.clone(),
            errors: unlisted.faults.iter().map(FaultBody::of).collect(),
        });
        listed.collect()
    }
}

impl FaultBody {
    fn of((field, reason, detail): &(String, String, String)) -> Self {
        Self {
            field: field.clone(),
            reason: reason.clone(),
            detail: detail.clone(),
        }
    }
}
