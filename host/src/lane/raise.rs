//! The third stage: findings become alerts, in sequence order.

use std::sync::Arc;

use domain::alert::{Alert, Raised, Workflow, is_transaction_type};
use domain::payload::{FieldRef, Sensitivity};
use domain::rule::{Finding, Level, Plan, Source};
use domain::window::InputBatch;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::LaneError;
use super::audit::Actor;
use super::change::Change;
use super::evaluate::Judged;
use super::failure_alert::FailureAlerts;
use super::outcome::{AlertBrief, Outcome, RuleOutcome, Said};
use super::rule::{Judge, LiveRule};
use super::sequence::Row;
use super::team::TeamState;
use crate::alert::{EvidenceItem, FindingRecord, SaidRecord, with_transactions};
use crate::ingest::{Sensitive, render};
use crate::plugin::rule::RowOutcome;
use crate::store::StoreError;
use crate::store::key::Record;
use crate::tenant::OnFailure;

/// Makes the alerts of a turn; answers what came of each row.
pub(super) fn raise(
    change: &mut Change<'_>,
    team: &TeamState,
    workflow: &Workflow,
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
    let mut outcomes = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let is_clear = judged
            .iter()
            .all(|judged| matches!(judged[index], RowOutcome::Clear));
        if is_clear {
            outcomes.push(clear.clone());
            continue;
        }
        let mut outcome = Outcome::default();
        let mut plan = 0;
        for (rule, judged) in team.rules.iter().zip(judged) {
            outcome.rules.push(match &judged[index] {
                RowOutcome::Clear => said(rule, Said::Clear),
                RowOutcome::Findings { findings, fuel } => {
                    if !rule.is_shadow() {
                        let raising = Raising {
                            team,
                            rule,
                            plan,
                            row,
                            index,
                            batch,
                            workflow,
                            fuel: *fuel,
                        };
                        let count = findings.len();
                        for (place, finding) in findings.iter().enumerate() {
                            let said = keep(finding, place, count);
                            if let Some(brief) = raising.alert(change, finding, said)? {
                                note(&mut outcome.alerts, brief);
                            }
                        }
                    }
                    said(rule, Said::Alert { fuel: *fuel })
                }
                RowOutcome::Failed(failure) => {
                    if !rule.is_shadow() && rule.install.on_failure == OnFailure::Alert {
                        failures.note(&rule.install.rule, failure, row);
                    }
                    let reason = failure.to_string();
                    said(rule, Said::Failed { reason })
                }
            });
            plan += usize::from(rule.judge.bound().is_some());
        }
        outcomes.push(Arc::new(outcome));
    }
    failures.raise(change, &team.team.name, workflow)?;
    Ok(outcomes)
}

/// Findings of one transaction may join the same alert, which is told once, as it is at last.
fn note(alerts: &mut Vec<AlertBrief>, brief: AlertBrief) {
    match alerts.iter_mut().find(|known| known.id == brief.id) {
        Some(known) => *known = brief,
        None => alerts.push(brief),
    }
}

fn said(rule: &LiveRule, said: Said) -> RuleOutcome {
    RuleOutcome {
        rule: rule.install.rule.clone(),
        version: rule.install.version.clone(),
        said,
        shadow: rule.is_shadow(),
    }
}

/// What is kept of a finding beside title and score, so that it can be replayed.
fn keep(finding: &Finding, place: usize, of: usize) -> SaidRecord {
    let level = |level: Option<Level>| level.map(|level| level.as_str().to_owned());
    let labels = finding.labels.iter();
    SaidRecord {
        place: place as u32,
        of: of as u32,
        severity: level(finding.severity),
        priority: level(finding.priority),
        labels: labels.map(|label| label.as_str().to_owned()).collect(),
        info: finding.info.clone(),
    }
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
    workflow: &'r Workflow,
    fuel: u64,
}

impl Raising<'_> {
    /// Makes the alert of a finding. None where there is no plugin, which then found nothing.
    fn alert(
        &self,
        change: &mut Change<'_>,
        finding: &Finding,
        said: SaidRecord,
    ) -> Result<Option<AlertBrief>, StoreError> {
        let Judge::Plugin { plugin, plan, .. } = &self.rule.judge else {
            return Ok(None);
        };
        let manifest = plugin.manifest();
        let install = &self.rule.install;
        let incident_type = install.alert_type.as_deref();
        let incident_type = incident_type.unwrap_or(manifest.alert_type.as_str());
        let transaction = &self.row.transaction;
        let raised = Raised {
            id: Uuid::now_v7(),
            team: &install.team,
            customer_id: transaction.customer_id.as_str(),
            txn_id: transaction.txn_id.as_str(),
            rule: &install.rule,
            incident_type,
            of_type: change
                .definitions()
                .type_defaults(incident_type, change.at()),
            install_severity: self.rule.install_severity(),
            install_priority: self.rule.install_priority(),
            manifest_severity: manifest.severity,
            manifest_priority: manifest.priority,
            at: change.at(),
        };
        let mut alert = Alert::raise(raised, finding, self.workflow);
        self.check_info(change, &mut alert);
        if is_transaction_type(&alert.incident_type) {
            let payload = render(transaction, Sensitive::Masked);
            alert.info = with_transactions(&alert.info, &[payload]);
        }
        let record = FindingRecord {
            rule: install.rule.clone(),
            install: install.number,
            plugin: install.plugin.clone(),
            version: install.version.clone(),
            digest: install.digest.clone(),
            title: finding.title.clone(),
            score: finding.score,
            fuel: self.fuel,
            txn_id: transaction.txn_id.as_str().to_owned(),
            sequence: self.row.sequence,
            found_at: change.at().as_micros(),
            evidence: self.evidence(change, plan),
            said: Some(said),
            made_by: Some(self.rule.made_by.clone()),
        };
        let value = serde_json::to_vec(&record).expect("a finding has only string keys");
        let finding = Record::Finding {
            alert: alert.id.into_bytes(),
            number: 0,
        };
        change.put_record(&finding, value);
        let actor = Actor::Rule {
            team: install.team.clone(),
            rule: install.rule.clone(),
        };
        let seen = change.create_alert(alert, &actor)?;
        Ok(Some(AlertBrief {
            id: seen.id,
            title: seen.title,
            incident_type: seen.incident_type,
            severity: Level::as_str(seen.severity).to_owned(),
            priority: Level::as_str(seen.priority).to_owned(),
            rule: install.rule.clone(),
        }))
    }

    /// Keeps an info that the type's schema refuses apart, with what is wrong with it: the rule failed, but
    /// nobody must miss the alert for that.
    fn check_info(&self, change: &Change<'_>, alert: &mut Alert) {
        let definitions = change.definitions();
        if definitions.alert_types.get(&alert.incident_type).is_none() {
            return;
        }
        let info: Value = serde_json::from_str(&alert.info).unwrap_or_default();
        let faults = definitions.info_faults(&alert.incident_type, &info);
        let Some(first) = faults.first() else {
            return;
        };
        self.rule.count_refused_info(&format!(
            "its info is not what the schema of alert type '{}' asks for: at '{}', {}",
            alert.incident_type, first.pointer, first.message
        ));
        let faults = faults
            .iter()
            .map(|fault| json!({ "pointer": fault.pointer, "message": fault.message }));
        let faults: Vec<Value> = faults.collect();
        alert.info = json!({ "unvalidated": info, "faults": faults }).to_string();
    }

    /// Name and value of every input, as the rule was given them.
    fn evidence(&self, change: &Change<'_>, plan: &Plan) -> Vec<EvidenceItem> {
        let columns = self.team.inputs.columns_of(self.plan);
        let inputs = plan.inputs.iter().zip(columns);
        let items = inputs.map(|(input, &column)| EvidenceItem {
            name: input.name.clone(),
            value: self.batch.columns[column].evidence(self.index).into(),
            sensitive: self.is_sensitive(&input.source),
            list: match &input.source {
                Source::Membership(membership) => {
                    let list = change.definitions().lists.get(&membership.list_name);
                    list.map(|list| (list.name.clone(), list.version))
                }
                _ => None,
            },
        });
        items.collect()
    }

    /// Whether the input shows a masked field's own value.
    fn is_sensitive(&self, source: &Source) -> bool {
        let schema = &self.row.transaction.schema;
        let is_masked = |name: &str| match schema.find(name) {
            Some((FieldRef::Value(index), _)) => {
                schema.fields()[index].sensitivity == Sensitivity::Mask
            }
            _ => false,
        };
        match source {
            Source::Field(field) => is_masked(&field.name),
            Source::Aggregate(aggregate) => is_masked(&aggregate.field),
            Source::Recent(recent) => recent.fields.iter().any(|field| is_masked(&field.name)),
            Source::Membership(membership) => is_masked(&membership.field),
        }
    }
}
