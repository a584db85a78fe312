//! What the rule of a backtest said, read from the store.

use uuid::Uuid;

use engine::judgement::{JudgedRow, Judgements};
use store::backend::{Direction, KeyRange};
use store::key::TenantId;
use store::{Store, StoreError};

/// What the rule of a backtest said of the transactions after a place, in sequence order. Reads as it goes on: memory
/// does not grow with their number.
pub fn said_in(
    store: &Store,
    tenant: TenantId,
    backtest: Uuid,
    after: u64,
) -> impl Iterator<Item = Result<JudgedRow, StoreError>> {
    let between = move |first: std::ops::Range<u64>| {
        KeyRange::backtest_judgements_between(tenant, backtest.into_bytes(), first)
    };
    // The record that begins at the place or before may hold transactions after it.
    let reach = store
        .range(between(0..after + 1), Direction::Reverse)
        .next();
    let behind = store.range(between(after + 1..u64::MAX), Direction::Forward);
    let rows = reach.into_iter().chain(behind).flat_map(move |entry| {
        let read = entry.and_then(|(_, value)| {
            Judgements::read(&value).map_err(|error| {
                StoreError::damaged(
                    format!("what the rule of backtest {backtest} said"),
                    error.to_string(),
                )
            })
        });
        match read {
            Ok(judgements) => judgements.rows.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        }
    });
    rows.filter(move |row| !matches!(row, Ok(row) if row.sequence <= after))
}
