//! What a rule found in one transaction: the alerts that it leads to, and what is kept of it.

use domain::alert::{Alert, AlertId, Raised, Viewer, is_transaction_type};
use domain::payload::Transaction;
use domain::rule::{Finding, Level, Plan, Source};
use domain::time::Timestamp;
use domain::window::InputBatch;
use uuid::Uuid;

use super::audit::Actor;
use super::change::Change;
use super::masked::MaskedReads;
use crate::alert::{
    EvidenceItem, FindingOrigin, FindingRecord, MadeBy, Output, RuleWords, SaidRecord,
    with_transactions,
};
use crate::judgement::{Kept, KeptFinding, fingerprint};
use ingest::{Sensitive, render};
use runtime::manifest::RuleManifest;
use store::StoreError;
use store::key::Record;
use tenant::{RefusedInfo, RuleInstall};

/// What a rule found in one transaction.
#[derive(Clone, Copy)]
pub struct FoundInRow<'r> {
    /// Which install of the rule.
    pub install: &'r RuleInstall,
    /// What its plugin says of itself.
    pub manifest: &'r RuleManifest,
    /// What it asked for.
    pub plan: &'r Plan,
    /// Which of that is masked.
    pub masked: &'r MaskedReads,
    /// Which of the batch's columns are the plan's inputs, in its order.
    pub columns: &'r [usize],
    /// What ran it.
    pub made_by: &'r MadeBy,
    /// The transaction's place in its team.
    pub sequence: u64,
    /// The transaction.
    pub transaction: &'r Transaction,
    /// What was computed of it, and of others.
    pub batch: &'r InputBatch,
    /// Which row of the batch it is.
    pub index: usize,
    /// At least one.
    pub findings: &'r [Finding],
    /// What the alert type's schema refuses of each finding's info; empty where it refuses nothing.
    pub refused_infos: &'r [Option<RefusedInfo>],
    /// What judging the transaction alone took.
    pub fuel: u64,
    /// The transaction was accepted long before: the rule catches up.
    pub late: bool,
}

/// An alert that was made of a finding.
pub struct RaisedAlert {
    /// The alert that those at work see: the new one, or the one that it joined.
    pub seen: Alert,
    /// The finding, which is with the new alert.
    pub kept: KeptFinding,
    /// Why the alert type's schema refuses the finding's info, where it does: the rule failed, though
    /// its alert was made.
    pub refused_info: Option<RuleWords>,
}

impl FoundInRow<'_> {
    /// What is kept of each finding. `list_version` tells which version of a list the transaction met.
    pub fn records(
        &self,
        found_at: Timestamp,
        list_version: &dyn Fn(&str) -> Option<u64>,
    ) -> Vec<FindingRecord> {
        let evidence = self.evidence(list_version);
        let record = |(place, finding): (usize, &Finding)| {
            let origin = FindingOrigin {
                rule: self.install.rule.clone(),
                install: self.install.number,
                plugin: self.install.plugin.clone(),
                version: self.install.version.clone(),
                digest: self.install.digest.clone(),
                txn_id: self.transaction.txn_id.as_str().to_owned(),
                sequence: self.sequence,
                found_at: found_at.as_micros(),
                late: self.late,
                made_by: Some(self.made_by.clone()),
            };
            let output = Output {
                title: finding.title.clone(),
                score: finding.score,
                evidence: evidence.clone(),
                said: Some(self.said(finding, place)),
            };
            FindingRecord::new(origin, output, self.fuel, self.masked.mark())
        };
        self.findings.iter().enumerate().map(record).collect()
    }

    /// What is kept of findings that make no alert, where the alert type sets the severity `of_type`.
    pub fn kept_here(
        &self,
        found_at: Timestamp,
        of_type: Option<Level>,
        list_version: &dyn Fn(&str) -> Option<u64>,
    ) -> Vec<KeptFinding> {
        let records = self.records(found_at, list_version);
        let kept = self.findings.iter().zip(records);
        let kept = kept.map(|(finding, record)| KeptFinding {
            severity: self.severity(finding, of_type).as_str().to_owned(),
            fingerprint: fingerprint(finding),
            kept: Kept::Here(Box::new(record)),
        });
        kept.collect()
    }

    /// The severity that the alert of a finding has, or would have, where the alert type sets `of_type`.
    pub fn severity(&self, finding: &Finding, of_type: Option<Level>) -> Level {
        let install = self.install.severity.as_deref().and_then(Level::parse);
        let said = install.or(finding.severity).or(of_type);
        said.unwrap_or(self.manifest.severity)
    }

    /// The alert type of its alerts.
    pub fn alert_type(&self) -> &str {
        let install = self.install.alert_type.as_deref();
        install.unwrap_or(self.manifest.alert_type.as_str())
    }

    /// What is kept beside title and score, so that it can be replayed.
    fn said(&self, finding: &Finding, place: usize) -> SaidRecord {
        let level = |level: Option<Level>| level.map(|level| level.as_str().to_owned());
        let labels = finding.labels.iter();
        SaidRecord {
            place: place as u32,
            of: self.findings.len() as u32,
            severity: level(finding.severity),
            priority: level(finding.priority),
            labels: labels.map(|label| label.as_str().to_owned()).collect(),
            info: finding.info.clone(),
        }
    }

    /// Name and value of every input, as the rule was given them.
    fn evidence(&self, list_version: &dyn Fn(&str) -> Option<u64>) -> Vec<EvidenceItem> {
        let inputs = self.plan.inputs.iter().zip(self.columns);
        let items = inputs.map(|(input, &column)| EvidenceItem {
            name: input.name.clone(),
            value: self.batch.columns[column].evidence(self.index).into(),
            sensitive: self.masked.has_input(&input.name),
            list: match &input.source {
                Source::Membership(membership) => {
                    let name = &membership.list_name;
                    list_version(name).map(|version| (name.clone(), version))
                }
                _ => None,
            },
        });
        items.collect()
    }
}

impl Change<'_> {
    /// Makes the alerts of what a rule found, one for each finding, with the lists as they are now.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(super) fn raise(&mut self, found: &FoundInRow<'_>) -> Result<Vec<RaisedAlert>, StoreError> {
        let definitions = self.definitions.clone();
        let version = |list: &str| definitions.lists.get(list).map(|list| list.version);
        self.raise_with(found, &version)
    }

    /// Makes the alerts of what a rule found, one for each finding; `list_version` tells which version of a
    /// list the transaction met.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn raise_with(
        &mut self,
        found: &FoundInRow<'_>,
        list_version: &dyn Fn(&str) -> Option<u64>,
    ) -> Result<Vec<RaisedAlert>, StoreError> {
        let records = found.records(self.at, list_version);
        let made = found.findings.iter().zip(records).enumerate();
        made.map(|(index, (finding, record))| {
            let refused = found.refused_infos.get(index).and_then(Option::as_ref);
            self.raise_one(found, finding, refused, &record)
        })
        .collect()
    }

    /// What is kept of findings that make no alert.
    pub fn keep_findings(&self, found: &FoundInRow<'_>) -> Vec<KeptFinding> {
        let of_type = self.definitions.type_defaults(found.alert_type(), self.at);
        found.kept_here(self.at, of_type.severity, &|list| self.list_version(list))
    }

    fn list_version(&self, list: &str) -> Option<u64> {
        let list = self.definitions.lists.get(list);
        list.map(|list| list.version)
    }

    fn raise_one(
        &mut self,
        found: &FoundInRow<'_>,
        finding: &Finding,
        refused_info: Option<&RefusedInfo>,
        record: &FindingRecord,
    ) -> Result<RaisedAlert, StoreError> {
        let install = found.install;
        let level = |level: &Option<String>| level.as_deref().and_then(Level::parse);
        let raised = Raised {
            id: Uuid::now_v7(),
            team: &install.team,
            customer_id: found.transaction.customer_id.as_str(),
            txn_id: found.transaction.txn_id.as_str(),
            rule: &install.rule,
            install: install.number,
            incident_type: found.alert_type(),
            of_type: self.definitions.type_defaults(found.alert_type(), self.at),
            install_severity: level(&install.severity),
            install_priority: level(&install.priority),
            manifest_severity: found.manifest.severity,
            manifest_priority: found.manifest.priority,
            at: self.at,
            reads_masked: found.masked.mark() == Some(true),
        };
        let mut alert = Alert::raise(raised, finding, &self.workflow());
        if let Some(refused) = refused_info {
            // Nobody must miss the alert for that.
            alert.set_info(refused.set_apart(&finding.info).to_string());
        }
        if is_transaction_type(&alert.incident_type) {
            let payload = render(found.transaction, Sensitive::Masked);
            let info = with_transactions(&alert.seen_by(Viewer::Full).info, &[payload]);
            alert.set_info(info);
        }
        self.put_finding(alert.id, record);
        let kept = KeptFinding {
            severity: alert.severity.as_str().to_owned(),
            fingerprint: fingerprint(finding),
            kept: Kept::Alert(alert.id),
        };
        let actor = Actor::Rule {
            team: install.team.clone(),
            rule: install.rule.clone(),
        };
        Ok(RaisedAlert {
            seen: self.create_alert(alert, &actor)?,
            kept,
            refused_info: refused_info
                .map(|refused| RuleWords::new(refused.summary(), found.masked.mark())),
        })
    }

    fn put_finding(&mut self, alert: AlertId, record: &FindingRecord) {
        let value = serde_json::to_vec(record).expect("a finding has only string keys");
        let finding = Record::Finding {
            alert: alert.into_bytes(),
            number: 0,
        };
        self.put_record(&finding, value);
    }
}
