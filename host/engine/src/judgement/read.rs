//! What a rule said of a team's transactions, read from the store.

use std::ops::Range;

use super::{JudgedRow, Judgements, Kept};
use crate::alert::{FindingRecord, read_finding};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TeamId, TenantId};
use store::{Store, StoreError};

/// What a rule said of the transactions whose sequence is in a range, in sequence order, each with the
/// number of the install that said it. Reads as it goes on: memory does not grow with their number.
pub fn judgements_of<'s>(
    store: &'s Store,
    tenant: TenantId,
    team: TeamId,
    rule: &'s str,
    sequences: Range<u64>,
) -> impl Iterator<Item = Result<(u64, JudgedRow), StoreError>> + 's {
    let records = records_of(store, tenant, team, rule, sequences.clone());
    let rows = records.flat_map(|record| match record {
        Ok((_, Judgements { install, rows })) => {
            let rows = rows.into_iter().map(|row| Ok((install, row)));
            rows.collect::<Vec<_>>()
        }
        Err(error) => vec![Err(error)],
    });
    rows.filter(move |row| match row {
        Ok((_, row)) => sequences.contains(&row.sequence),
        Err(_) => true,
    })
}

/// The records that may tell of transactions whose sequence is in a range, in order, each under the
/// first transaction that it tells of.
pub fn records_of<'s>(
    store: &'s Store,
    tenant: TenantId,
    team: TeamId,
    rule: &'s str,
    sequences: Range<u64>,
) -> impl Iterator<Item = Result<(u64, Judgements), StoreError>> + 's {
    // The record before the range may tell of transactions within it.
    let before = KeyRange::judgements_between(tenant, team, rule, 0..sequences.start);
    let reach = store.range(before, Direction::Reverse).next();
    let within = KeyRange::judgements_between(tenant, team, rule, sequences);
    let records = reach
        .into_iter()
        .chain(store.range(within, Direction::Forward));
    records.filter_map(move |entry| {
        let read = entry.and_then(|(key, value)| {
            let Some((_, Record::Judgements { first, .. })) = Key::parse(&key) else {
                return Ok(None);
            };
            Ok(Some((first, read(rule, &value)?)))
        });
        read.transpose()
    })
}

/// What a rule said of transactions up to one of them, newest first, each with the number of the install that said it.
/// Reads as it goes on.
pub fn newest_judgements<'s>(
    store: &'s Store,
    tenant: TenantId,
    team: TeamId,
    rule: &'s str,
    last: u64,
) -> impl Iterator<Item = Result<(u64, JudgedRow), StoreError>> + 's {
    let records = KeyRange::judgements_between(tenant, team, rule, 0..last.saturating_add(1));
    let records = store.range(records, Direction::Reverse);
    records.flat_map(
        move |entry| match entry.and_then(|(_, value)| read(rule, &value)) {
            Ok(judgements) => {
                let install = judgements.install;
                let rows = judgements.rows.into_iter().rev();
                rows.map(|row| Ok((install, row))).collect::<Vec<_>>()
            }
            Err(error) => vec![Err(error)],
        },
    )
}

fn read(rule: &str, value: &[u8]) -> Result<Judgements, StoreError> {
    Judgements::read(value)
        .map_err(|error| StoreError::damaged(format!("what rule '{rule}' said"), error.to_string()))
}

/// A finding, from where it is kept; none if its alert has none, which would be damage.
///
/// # Errors
/// Where the store cannot be read.
pub fn read_kept(
    store: &Store,
    tenant: TenantId,
    kept: &Kept,
) -> Result<Option<FindingRecord>, StoreError> {
    match kept {
        Kept::Here(record) => Ok(Some(FindingRecord::clone(record))),
        Kept::Alert(alert) => read_finding(store, tenant, *alert, 0),
    }
}
