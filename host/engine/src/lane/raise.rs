//! The third stage: findings become alerts, in sequence order, and what rules said is kept.

use std::sync::Arc;

use domain::alert::{Alert, Viewer};
use domain::rule::{Finding, Level};
use domain::window::InputBatch;

use super::answer::LaneError;
use super::change::Change;
use super::evaluate::Judged;
use super::failure_alert::FailureAlerts;
use super::finding::FoundInRow;
use super::outcome::{AlertBrief, Outcome, RuleOutcome, Said};
use super::rule::{Judge, LiveRule};
use super::sequence::Row;
use super::team::TeamState;
use crate::alert::RuleWords;
use crate::judgement::{JudgedRow, Judgement, Judgements, KeptFinding};
use runtime::rule::{Failure, RowOutcome};
use store::StoreError;
use store::key::{Record, TeamId};
use tenant::{OnFailure, RefusedInfo};

/// Makes the alerts of a turn; answers what came of each row.
pub(super) fn raise(
    change: &mut Change<'_>,
    team: &TeamState,
    rows: &[Row],
    batch: &InputBatch,
    judged: &[Judged],
) -> Result<Vec<Arc<Outcome>>, LaneError> {
    let clear = Arc::new(Outcome {
        alerts: Vec::new(),
        rules: team
            .rules
            .iter()
            .map(|rule| said(rule, Said::Clear))
            .collect(),
    });
    let mut failures = FailureAlerts::default();
    let mut kept: Vec<Vec<JudgedRow>> = vec![Vec::new(); team.rules.len()];
    let mut outcomes = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let is_clear = judged
            .iter()
            .all(|judged| matches!(judged.outcomes[index], RowOutcome::Clear));
        if is_clear {
            outcomes.push(clear.clone());
            continue;
        }
        let mut outcome = Outcome::default();
        let mut plan = 0;
        for ((rule, judged), kept) in team.rules.iter().zip(judged).zip(&mut kept) {
            outcome.rules.push(match &judged.outcomes[index] {
                RowOutcome::Clear => said(rule, Said::Clear),
                RowOutcome::Findings { findings, fuel } => {
                    let raising = Raising {
                        team,
                        rule,
                        plan,
                        row,
                        index,
                        batch,
                        refused_infos: judged.refused_infos(index),
                    };
                    let found = raising.raise(change, findings, *fuel, &mut outcome.alerts)?;
                    kept.push(judged_row(change, row, Judgement::Found(found)));
                    said(rule, Said::Alert { fuel: *fuel })
                }
                RowOutcome::Failed(failure) => {
                    if !rule.is_shadow() && rule.install.on_failure == OnFailure::Alert {
                        failures.note(rule, failure, row);
                    }
                    kept.push(judged_row(change, row, failed(rule, failure)));
                    let reason = failure.to_string();
                    said(rule, Said::Failed { reason })
                }
            });
            plan += usize::from(rule.judge.bound().is_some());
        }
        outcomes.push(Arc::new(outcome));
    }
    for (rule, said) in team.rules.iter().zip(kept) {
        if let Some(last) = rows.last() {
            rule.note_said(&said, rows.len() as u64, last.sequence);
        }
        keep(change, team, rule, said);
    }
    let workflow = change.workflow();
    failures.raise(change, &team.team.name, &workflow)?;
    Ok(outcomes)
}

fn judged_row(change: &Change<'_>, row: &Row, said: Judgement) -> JudgedRow {
    JudgedRow {
        sequence: row.sequence,
        txn_id: row.transaction.txn_id.as_str().to_owned(),
        date_time: row.transaction.date_time.as_micros(),
        judged_at: change.at().as_micros(),
        said,
    }
}

fn failed(rule: &LiveRule, failure: &Failure) -> Judgement {
    Judgement::Failed {
        kind: failure.kind.as_str().to_owned(),
        reason: RuleWords::new(failure.to_string(), rule.judge.masked().mark()),
        caught_up: None,
    }
}

/// Keeps what a rule said of the turn's rows, where it said anything.
fn keep(change: &mut Change<'_>, team: &TeamState, rule: &LiveRule, rows: Vec<JudgedRow>) {
    let Some(first) = rows.first() else { return };
    let record = Record::Judgements {
        team: TeamId(team.team.id),
        rule: rule.install.rule.clone(),
        first: first.sequence,
    };
    let judgements = Judgements {
        install: rule.install.number,
        rows,
    };
    change.put_record(&record, judgements.write());
}

/// Findings of one transaction may join the same alert, which is told once, as it is at last.
fn note(alerts: &mut Vec<AlertBrief>, brief: AlertBrief) {
    match alerts.iter_mut().find(|known| known.id == brief.id) {
        Some(known) => *known = brief,
        None => alerts.push(brief),
    }
}

/// An alert in few words, of a team that has masked fields or none.
fn brief(seen: &Alert, rule: &str, team_has_masked_fields: bool) -> AlertBrief {
    let title = seen.seen_by(Viewer::Full).title.clone();
    let mark = team_has_masked_fields.then_some(seen.withheld().title);
    AlertBrief {
        id: seen.id,
        title: RuleWords::new(title, mark),
        incident_type: seen.incident_type.clone(),
        severity: Level::as_str(seen.severity).to_owned(),
        priority: Level::as_str(seen.priority).to_owned(),
        rule: rule.to_owned(),
    }
}

fn said(rule: &LiveRule, said: Said) -> RuleOutcome {
    let reads_masked = match said {
        Said::Clear => None,
        Said::Alert { .. } | Said::Failed { .. } => rule.judge.masked().mark(),
    };
    let (name, version) = (rule.install.rule.clone(), rule.install.version.clone());
    RuleOutcome::new(name, version, said, rule.is_shadow(), reads_masked)
}

/// A row with findings of one rule.
struct Raising<'r> {
    team: &'r TeamState,
    rule: &'r LiveRule,
    /// Which of the team's plans the rule's is.
    plan: usize,
    row: &'r Row,
    /// Which row of the batch it is.
    index: usize,
    batch: &'r InputBatch,
    refused_infos: &'r [Option<RefusedInfo>],
}

impl Raising<'_> {
    /// Makes the alerts of a live rule, notes them, and answers what is kept of the findings. None
    /// where there is no plugin, which then found nothing.
    fn raise(
        &self,
        change: &mut Change<'_>,
        findings: &[Finding],
        fuel: u64,
        alerts: &mut Vec<AlertBrief>,
    ) -> Result<Vec<KeptFinding>, StoreError> {
        let Judge::Plugin {
            plugin,
            plan,
            masked,
            ..
        } = &self.rule.judge
        else {
            return Ok(Vec::new());
        };
        let install = &self.rule.install;
        let found = FoundInRow {
            install,
            manifest: plugin.manifest(),
            plan,
            masked,
            columns: self.team.inputs.columns_of(self.plan),
            made_by: &self.rule.made_by,
            sequence: self.row.sequence,
            transaction: &self.row.transaction,
            batch: self.batch,
            index: self.index,
            findings,
            refused_infos: self.refused_infos,
            fuel,
            late: false,
        };
        if self.rule.is_shadow() {
            return Ok(change.keep_findings(&found));
        }
        let mut kept = Vec::with_capacity(findings.len());
        for raised in change.raise(&found)? {
            if let Some(reason) = &raised.refused_info {
                self.rule.count_refused_info(reason);
            }
            kept.push(raised.kept);
            let has_masked = self.team.team.has_masked_fields();
            note(alerts, brief(&raised.seen, &install.rule, has_masked));
        }
        Ok(kept)
    }
}
