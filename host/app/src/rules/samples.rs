//! Samples of a comparison: what two rules said of the same transactions, as a reader may see it.

use domain::alert::AlertId;
use domain::time::Timestamp;

use crate::alerts::seen::Finding;
use engine::alert::{Disclosure, FindingRecord, Origin};
use engine::judgement::{Comparison, JudgedRow, Judgement, Kept, Kind, read_kept};
use json::JsonValue;
use store::key::TenantId;
use store::{Store, StoreError};

/// What both said of a transaction.
#[derive(Clone, Debug)]
pub struct ComparedTransaction {
    /// How what they said differs.
    pub kind: Kind,
    /// The transaction's id.
    pub txn_id: String,
    /// The transaction's place in its team.
    pub sequence: u64,
    /// When it happened.
    pub date_time: Timestamp,
    /// What the one said.
    pub one: RuleOutcome,
    /// What the other said.
    pub other: RuleOutcome,
}

/// What a rule said of a transaction; no finding and no failure if it was clear.
#[derive(Clone, Debug, Default)]
pub struct RuleOutcome {
    /// What it found.
    pub findings: Vec<ComparedFinding>,
    /// Why it could not judge.
    pub failure: Option<String>,
}

/// A finding, with its evidence.
#[derive(Clone, Debug)]
pub struct ComparedFinding {
    /// That its alert has, or would have.
    pub severity: String,
    /// The alert that was made of it, if one was.
    pub alert: Option<AlertId>,
    /// The finding.
    pub finding: Finding,
}

/// Returns the configuration under which a finding was made, if it is known.
pub type ConfigOf<'c> = dyn Fn(&FindingRecord) -> Option<JsonValue> + 'c;

/// Reads the findings of samples from the store, as a reader may see them.
pub struct Samples<'s> {
    /// Where the findings are kept.
    pub store: &'s Store,
    /// The tenant.
    pub tenant: TenantId,
    /// The configurations under which findings of the one, and of the other, were made.
    pub configs: [&'s ConfigOf<'s>; 2],
    /// The rules that said it.
    pub rules: [&'s str; 2],
    /// The team's name.
    pub team: &'s str,
    /// What is shown of them.
    pub disclosure: &'s Disclosure,
}

impl Samples<'_> {
    /// Takes all samples out of a comparison, which has only its counts then. Blocks.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn take(&self, compared: &mut Comparison) -> Result<Vec<ComparedTransaction>, StoreError> {
        let mut samples = Vec::new();
        for (kind, pairs) in std::mem::take(&mut compared.samples) {
            for pair in pairs {
                let Some(row) = pair.one.as_ref().or(pair.other.as_ref()) else {
                    continue;
                };
                samples.push(ComparedTransaction {
                    kind,
                    txn_id: row.txn_id.clone(),
                    sequence: row.sequence,
                    date_time: Timestamp::from_micros(row.date_time),
                    one: self.outcome(pair.one.as_ref(), self.rules[0], self.configs[0])?,
                    other: self.outcome(pair.other.as_ref(), self.rules[1], self.configs[1])?,
                });
            }
        }
        Ok(samples)
    }

    fn outcome(
        &self,
        row: Option<&JudgedRow>,
        rule: &str,
        config: &ConfigOf<'_>,
    ) -> Result<RuleOutcome, StoreError> {
        let mut outcome = RuleOutcome::default();
        let Some(row) = row else {
            return Ok(outcome);
        };
        match &row.said {
            Judgement::Failed { reason, .. } => {
                let origin = Origin {
                    team: self.team,
                    rule,
                    install: None,
                    at: row.judged_at,
                };
                outcome.failure = Some(self.disclosure.reason(reason, &origin));
            }
            Judgement::Found(findings) => {
                for finding in findings {
                    let Some(record) = read_kept(self.store, self.tenant, &finding.kept)? else {
                        continue;
                    };
                    let config = config(&record);
                    outcome.findings.push(ComparedFinding {
                        severity: finding.severity.clone(),
                        alert: match &finding.kept {
                            Kept::Alert(alert) => Some(*alert),
                            Kept::Here(_) => None,
                        },
                        finding: Finding::of(record, self.team, config, self.disclosure),
                    });
                }
            }
        }
        Ok(outcome)
    }
}
