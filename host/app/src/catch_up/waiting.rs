//! The transactions that a rule could not judge.

use std::collections::BTreeMap;

use engine::judgement::{JudgedRow, Judgement, judgements_of, records_of};
use store::key::{TeamId, TenantId};
use store::{Store, StoreError};

/// A transaction that a rule could not judge at first.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// By which install.
    pub install: u64,
    /// What was kept of it.
    pub row: JudgedRow,
}

/// Transactions that wait, and under which record each is kept, by sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting(pub BTreeMap<u64, u64>);

/// The transactions after a place that a rule could not judge, in sequence order; so many at most, and
/// where `waiting` says so, only those that are not caught up.
///
/// # Errors
/// Where the store cannot be read.
pub fn failures(
    store: &Store,
    tenant: TenantId,
    team: TeamId,
    rule: &str,
    after: u64,
    limit: usize,
    waiting: bool,
) -> Result<Vec<Failed>, StoreError> {
    let said = judgements_of(store, tenant, team, rule, after + 1..u64::MAX);
    let failed = said.filter_map(|said| match said {
        Ok((install, row)) => {
            let is_asked = match &row.said {
                Judgement::Failed { caught_up, .. } => !waiting || caught_up.is_none(),
                Judgement::Found(_) => false,
            };
            is_asked.then_some(Ok(Failed { install, row }))
        }
        Err(error) => Some(Err(error)),
    });
    failed.take(limit).collect()
}

impl Waiting {
    /// Those after a place and up to another, so many at most.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(super) fn read(
        store: &Store,
        tenant: TenantId,
        team: TeamId,
        rule: &str,
        places: std::ops::RangeInclusive<u64>,
        limit: usize,
    ) -> Result<Self, StoreError> {
        let mut waiting = BTreeMap::new();
        let end = places.end().saturating_add(1);
        for record in records_of(store, tenant, team, rule, *places.start()..end) {
            let (first, judgements) = record?;
            let rows = judgements.rows.iter();
            let rows = rows.filter(|row| row.is_waiting() && places.contains(&row.sequence));
            for row in rows {
                if waiting.len() == limit {
                    return Ok(Self(waiting));
                }
                waiting.insert(row.sequence, first);
            }
        }
        Ok(Self(waiting))
    }

    /// How many there are up to a place.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn count(
        store: &Store,
        tenant: TenantId,
        team: TeamId,
        rule: &str,
        last: u64,
    ) -> Result<u64, StoreError> {
        let mut count = 0;
        for said in judgements_of(store, tenant, team, rule, 0..last.saturating_add(1)) {
            count += u64::from(said?.1.is_waiting());
        }
        Ok(count)
    }
}
