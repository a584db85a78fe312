//! The second stage: every rule judges the turn's rows.

use std::collections::HashMap;
use std::time::Instant;

use domain::window::InputBatch;
use rayon::prelude::*;

use super::info::FindingsSchema;
use super::rule::{Judge, LiveRule};
use super::sequence::Sequenced;
use super::stats::BatchCount;
use super::team::TeamState;
use runtime::rule::{Batch, Failure, FailureKind, RowOutcome};
use tenant::{Definitions, RefusedInfo};

/// From so many rows on, rules are evaluated on all cores.
const PARALLEL_FROM: usize = 64;

/// What one rule says of the turn's rows.
pub(super) struct Judged {
    /// In their order.
    pub(super) outcomes: Vec<RowOutcome>,
    /// By row, what the alert type's schema refuses of its findings; only rows of which it refuses something.
    refused_infos: HashMap<usize, Vec<Option<RefusedInfo>>>,
}

impl Judged {
    /// What the alert type's schema refuses of a row's findings; empty where it refuses nothing.
    pub(super) fn refused_infos(&self, row: usize) -> &[Option<RefusedInfo>] {
        self.refused_infos.get(&row).map_or(&[], Vec::as_slice)
    }
}

/// What every rule of the team says, in the order of the team's rules.
pub(super) fn evaluate(
    team: &TeamState,
    definitions: &Definitions,
    sequenced: &Sequenced,
) -> Vec<Judged> {
    let sequences: Vec<u64> = sequenced.rows.iter().map(|row| row.sequence).collect();
    let mut plans = 0;
    let numbered: Vec<(&LiveRule, usize)> = team
        .rules
        .iter()
        .map(|rule| {
            let plan = plans;
            plans += usize::from(rule.judge.bound().is_some());
            (rule, plan)
        })
        .collect();
    let judge = |&(rule, plan): &(&LiveRule, usize)| {
        let outcomes = judge(team, rule, plan, &sequenced.batch, &sequences);
        Judged {
            refused_infos: refused_infos(definitions, rule, &outcomes),
            outcomes,
        }
    };
    if sequences.len() < PARALLEL_FROM || numbered.len() < 2 {
        return numbered.iter().map(judge).collect();
    }
    // All tenants share the threads of the cores: what takes long stays on this lane's own.
    let small = numbered
        .par_iter()
        .map(|one| (!one.0.is_large()).then(|| judge(one)));
    let small: Vec<Option<Judged>> = small.collect();
    let all = numbered.iter().zip(small);
    all.map(|(one, judged)| judged.unwrap_or_else(|| judge(one)))
        .collect()
}

fn judge(
    team: &TeamState,
    rule: &LiveRule,
    plan_index: usize,
    batch: &InputBatch,
    sequences: &[u64],
) -> Vec<RowOutcome> {
    let rows = sequences.len();
    let begun = Instant::now();
    let judged = match &rule.judge {
        _ if rows == 0 => Vec::new(),
        _ if rule.is_suspended() => failed(rows, "the rule is suspended: its calls took too long"),
        Judge::Unavailable { reason, .. } => failed(rows, reason),
        Judge::Plugin { plugin, plan, .. } => {
            let inputs = batch.select(team.inputs.columns_of(plan_index));
            plugin.evaluate(&Batch {
                prepared: &plan.prepared,
                inputs: &inputs,
                sequences,
                limits: rule.install.row_limits(),
            })
        }
    };
    count(rule, &judged, begun);
    judged
}

/// Validates the infos of all findings of a rule.
fn refused_infos(
    definitions: &Definitions,
    rule: &LiveRule,
    outcomes: &[RowOutcome],
) -> HashMap<usize, Vec<Option<RefusedInfo>>> {
    let Judge::Plugin { plugin, .. } = &rule.judge else {
        return HashMap::new();
    };
    let schema = FindingsSchema::of(definitions, &rule.install, plugin.manifest());
    let found = outcomes.iter().enumerate();
    let found = found.filter_map(|(row, outcome)| match outcome {
        RowOutcome::Findings { findings, .. } => Some((row, schema.check(findings))),
        _ => None,
    });
    found.filter(|(_, refused)| !refused.is_empty()).collect()
}

fn failed(rows: usize, reason: &str) -> Vec<RowOutcome> {
    let failed = RowOutcome::Failed(Failure {
        kind: FailureKind::Reported,
        reason: reason.to_owned(),
    });
    vec![failed; rows]
}

fn count(rule: &LiveRule, judged: &[RowOutcome], begun: Instant) {
    let mut batch = BatchCount {
        rows: judged.len() as u64,
        failures: 0,
        finding_fuel: Vec::new(),
        took: begun.elapsed(),
    };
    let mut machine_failed = false;
    for outcome in judged {
        match outcome {
            RowOutcome::Clear => {}
            RowOutcome::Findings { fuel, .. } => batch.finding_fuel.push(*fuel),
            RowOutcome::Failed(failure) => {
                batch.failures += 1;
                if failure.kind == FailureKind::Machine {
                    machine_failed = true;
                    rule.count_machine_failure(true);
                }
            }
        }
    }
    if !judged.is_empty() && !machine_failed && !rule.is_suspended() {
        rule.count_machine_failure(false);
    }
    rule.meters.count(&batch);
    rule.stats.count(rule.install.number, &batch);
}
