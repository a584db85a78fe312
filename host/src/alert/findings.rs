//! Reading the findings of an alert.

use domain::alert::Alert;

use super::FindingRecord;
use crate::store::backend::{Direction, KeyRange};
use crate::store::key::TenantId;
use crate::store::{Store, StoreError};

/// The findings that an alert holds, so many at most, in the order in which they were made.
///
/// # Errors
/// Where the store cannot be read.
pub fn read_findings(
    store: &Store,
    tenant: TenantId,
    alert: &Alert,
    limit: usize,
) -> Result<Vec<FindingRecord>, StoreError> {
    let range = KeyRange::findings(tenant, alert.id.into_bytes());
    let findings = store.range(range, Direction::Forward);
    let read = |finding: Result<(Vec<u8>, Vec<u8>), StoreError>| {
        let (_, value) = finding?;
        serde_json::from_slice(&value).map_err(|error| {
            StoreError::damaged(
                format!("a finding of alert {}", alert.id),
                error.to_string(),
            )
        })
    };
    findings
        .take((alert.findings as usize).min(limit))
        .map(read)
        .collect()
}
