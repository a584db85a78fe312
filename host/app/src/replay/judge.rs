//! Findings, judged again, many of the same install at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::alert::{Alert, AlertId};
use domain::column::{Evidence, Values};
use domain::rule::Finding;

use super::columns::Shape;
use super::compare::{Verdict, compare};
use super::rules::{Ready, Rules};
use super::what_if::WhatIf;
use engine::alert::{FindingRecord, MadeBy, WholeAlert, read_findings};
use engine::lane::Services;
use runtime::rule::{Batch, RowOutcome};
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::Definitions;

/// So many findings of an install are judged at once, as many as are live.
const BATCH: usize = 256;

/// A finding, and where it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The alert that it made.
    pub alert: AlertId,
    /// The alert's team.
    pub team: String,
    /// The finding itself.
    pub record: FindingRecord,
}

/// A finding that was judged again.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// As it is kept.
    pub found: Found,
    /// How it is now.
    pub verdict: Verdict,
    /// All that the rule says now of the transaction.
    pub now: Vec<Finding>,
    /// What judging it took; none if it could not be judged, or is clear.
    pub fuel: Option<u64>,
    /// Whether fuel must be as it was.
    pub fuel_counts: bool,
}

/// The findings of an alert alone, without those of what is merged into it; so many at most.
///
/// # Errors
/// Where the store cannot be read, or a finding is damaged.
pub fn find(
    store: &Store,
    tenant: TenantId,
    alert: &Alert,
    limit: usize,
) -> Result<Vec<Found>, StoreError> {
    let (id, team) = (alert.id, alert.team.clone());
    let alone = WholeAlert::of(alert.clone(), Vec::new());
    let records = read_findings(store, tenant, &alone, limit)?.into_iter();
    let found = records.map(|record| Found {
        alert: id,
        team: team.clone(),
        record,
    });
    Ok(found.collect())
}

/// Judges findings again. What it once loaded it keeps.
pub struct Replayer {
    rules: Rules,
    what_if: WhatIf,
    made_by: MadeBy,
}

impl Replayer {
    /// Judges findings of a tenant as they were, or as they would be.
    pub fn new(
        services: Arc<Services>,
        tenant: TenantId,
        definitions: Arc<Definitions>,
        what_if: WhatIf,
    ) -> Self {
        Self {
            made_by: services.made_by(),
            rules: Rules::new(services, tenant, definitions),
            what_if,
        }
    }

    /// What runs rules now.
    pub fn made_by(&self) -> &MadeBy {
        &self.made_by
    }

    /// Judges findings again; one answer for each, in their order. Blocks while rules run, and not on a
    /// thread of the runtime.
    pub fn replay(&mut self, found: Vec<Found>) -> Vec<Replayed> {
        let mut by_install: BTreeMap<(&str, &str, u64), Vec<usize>> = BTreeMap::new();
        for (at, found) in found.iter().enumerate() {
            let which = (&*found.team, &*found.record.rule, found.record.install);
            by_install.entry(which).or_default().push(at);
        }
        let mut outcomes: Vec<Option<Result<RowOutcome, String>>> = vec![None; found.len()];
        for places in by_install.into_values() {
            match self.rules.ready(&found[places[0]], &self.what_if) {
                Ok(ready) => {
                    for places in places.chunks(BATCH) {
                        self.judge(&ready, &found, places, &mut outcomes);
                    }
                }
                Err(reason) => {
                    for place in places {
                        outcomes[place] = Some(Err(reason.clone()));
                    }
                }
            }
        }
        let replayed = found.into_iter().zip(outcomes);
        let replayed = replayed.map(|(found, outcome)| {
            let outcome = outcome.unwrap_or_else(|| Err("it was not judged".to_owned()));
            self.replayed(found, outcome)
        });
        replayed.collect()
    }

    /// Judges some of the findings, which are of one install.
    fn judge(
        &self,
        ready: &Ready,
        found: &[Found],
        places: &[usize],
        outcomes: &mut [Option<Result<RowOutcome, String>>],
    ) {
        let mut rows: Vec<Vec<Evidence>> = Vec::with_capacity(places.len());
        let mut judged = Vec::with_capacity(places.len());
        for &place in places {
            let record = &found[place].record;
            match self.what_if.row(record, &ready.then, &ready.plan) {
                Ok(row) => {
                    rows.push(row);
                    judged.push(place);
                }
                Err(reason) => outcomes[place] = Some(Err(reason)),
            }
        }
        if judged.is_empty() {
            return;
        }
        let inputs = ready.plan.inputs.iter().enumerate().map(|(index, input)| {
            let values = rows.iter().map(|row| &row[index]);
            Shape::of(&input.source).gather(values)
        });
        let inputs: Vec<Values> = inputs.collect();
        let sequences: Vec<u64> = judged
            .iter()
            .map(|&place| found[place].record.sequence)
            .collect();
        let batch = Batch {
            prepared: &ready.plan.prepared,
            inputs: &inputs.iter().collect::<Vec<_>>(),
            sequences: &sequences,
            limits: ready.limits,
        };
        for (place, outcome) in judged.into_iter().zip(ready.plugin.evaluate(&batch)) {
            outcomes[place] = Some(Ok(outcome));
        }
    }

    fn replayed(&self, found: Found, outcome: Result<RowOutcome, String>) -> Replayed {
        let made_by = found.record.made_by.as_ref();
        let is_same_engine = made_by.is_some_and(|made_by| made_by.has_fuel_of(&self.made_by));
        let fuel_counts = is_same_engine && self.what_if.is_nothing();
        let verdict = match &outcome {
            Ok(outcome) => compare(&found.record, outcome, fuel_counts),
            Err(reason) => Verdict::Failed(reason.clone()),
        };
        let (now, fuel) = match outcome {
            Ok(RowOutcome::Findings { findings, fuel }) => (findings, Some(fuel)),
            _ => (Vec::new(), None),
        };
        Replayed {
            found,
            verdict,
            now,
            fuel,
            fuel_counts,
        }
    }
}
