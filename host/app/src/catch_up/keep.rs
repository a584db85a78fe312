//! What comes of transactions that a rule judged after all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::judge::CatchUpFault;
use super::record::CatchUp;
use super::waiting::Waiting;
use crate::backtest::{Judged, Tested};
use engine::alert::{MadeBy, RuleWords};
use engine::judgement::{CaughtUp, Judgement, Judgements, KeptFinding};
use engine::lane::{Change, FindingsSchema, FoundInRow, MaskedReads};
use jobs::WorkError;
use runtime::rule::RowOutcome;
use store::StoreError;
use store::key::{Record, TeamId};
use tenant::{Mode, RefusedInfo, RuleInstall};

/// A batch that is kept in one commit.
#[derive(Clone)]
pub(super) struct Keeping {
    pub(super) team: TeamId,
    pub(super) install: Arc<RuleInstall>,
    pub(super) rule: Tested,
    /// Which masked fields the rule reads.
    pub(super) masked: MaskedReads,
    pub(super) made_by: MadeBy,
    pub(super) waiting: Arc<Waiting>,
    pub(super) judged: Arc<Judged>,
    /// By which schema the infos of the findings were validated.
    pub(super) schema: FindingsSchema,
    /// What it refuses of each row's findings, in the order of the rows.
    pub(super) refused_infos: Arc<Vec<Vec<Option<RefusedInfo>>>>,
}

impl Keeping {
    /// Makes the alerts, marks the transactions, and notes how far the rule is then.
    pub(super) fn keep(
        &self,
        change: &mut Change<'_>,
        kept: &mut CatchUp,
    ) -> Result<(), WorkError<CatchUpFault>> {
        let install = &self.install;
        let in_force = change.definitions().rule_of(&install.team, &install.rule);
        if in_force.is_none_or(|in_force| in_force.number != install.number) {
            return Err(CatchUpFault::Outdated.into());
        }
        let manifest = self.rule.plugin.manifest();
        if FindingsSchema::of(change.definitions(), install, manifest) != self.schema {
            return Err(CatchUpFault::SchemaChanged.into());
        }
        let mut records: HashMap<u64, Judgements> = HashMap::new();
        let said = self.judged.said.first();
        let outcomes = said.map_or(&[][..], |said| &said.tried.outcomes);
        for (index, outcome) in outcomes.iter().enumerate() {
            let sequence = self.judged.rows[index].sequence;
            kept.judged += 1;
            kept.after = sequence;
            let found = match outcome {
                RowOutcome::Failed(failure) => {
                    kept.failed += 1;
                    let reason = RuleWords::new(failure.to_string(), self.masked.mark());
                    kept.last_failure = Some(reason);
                    continue;
                }
                RowOutcome::Clear => Vec::new(),
                RowOutcome::Findings { findings, fuel } => {
                    kept.found += 1;
                    self.raise(change, index, findings, *fuel, kept)?
                }
            };
            self.mark(change, &mut records, sequence, found)?;
        }
        for (first, judgements) in records {
            change.keep_record(&self.record(first), judgements.write());
        }
        Ok(())
    }

    /// Makes the alerts of a live rule; of a shadow the findings are kept.
    fn raise(
        &self,
        change: &mut Change<'_>,
        index: usize,
        findings: &[domain::rule::Finding],
        fuel: u64,
        kept: &mut CatchUp,
    ) -> Result<Vec<KeptFinding>, StoreError> {
        let install = &self.install;
        let placed = &self.judged.rows[index];
        let found = FoundInRow {
            install,
            manifest: self.rule.plugin.manifest(),
            plan: &self.rule.plan,
            masked: &self.masked,
            columns: &self.judged.columns[0],
            made_by: &self.made_by,
            sequence: placed.sequence,
            transaction: &placed.transaction,
            batch: &self.judged.inputs,
            index,
            findings,
            refused_infos: self.refused_infos.get(index).map_or(&[], Vec::as_slice),
            fuel,
            late: true,
        };
        let version = |name: &str| {
            let mut lists = self.judged.lists.iter();
            lists
                .find(|(list, _)| list == name)
                .map(|(_, version)| *version)
        };
        if install.mode == Mode::Shadow {
            let of_type = change
                .definitions()
                .type_defaults(found.alert_type(), change.at());
            return Ok(found.kept_here(change.at(), of_type.severity, &version));
        }
        let raised = change.raise_with(&found, &version)?;
        kept.alerts += raised.len() as u64;
        for raised in &raised {
            if let Some(reason) = &raised.refused_info {
                kept.last_failure = Some(reason.clone());
            }
        }
        Ok(raised.into_iter().map(|raised| raised.kept).collect())
    }

    /// Marks a transaction as caught up in the record that tells of it.
    fn mark(
        &self,
        change: &mut Change<'_>,
        records: &mut HashMap<u64, Judgements>,
        sequence: u64,
        found: Vec<KeptFinding>,
    ) -> Result<(), StoreError> {
        let Some(&first) = self.waiting.0.get(&sequence) else {
            return Ok(());
        };
        let judgements = match records.entry(first) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let Some(value) = change.record(&self.record(first))? else {
                    return Ok(());
                };
                let judgements = Judgements::read(&value).map_err(|error| {
                    let what = format!("what rule '{}' said", self.install.rule);
                    StoreError::damaged(what, error.to_string())
                })?;
                unknown.insert(judgements)
            }
        };
        let mut rows = judgements.rows.iter_mut();
        if let Some(row) = rows.find(|row| row.sequence == sequence)
            && let Judgement::Failed { caught_up, .. } = &mut row.said
        {
            *caught_up = Some(CaughtUp {
                at: change.at().as_micros(),
                install: self.install.number,
                found,
            });
        }
        Ok(())
    }

    fn record(&self, first: u64) -> Record {
        Record::Judgements {
            team: self.team,
            rule: self.install.rule.clone(),
            first,
        }
    }
}
