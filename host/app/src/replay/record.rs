//! What is kept of a replay of many alerts.

use domain::alert::AlertId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::compare::{Difference, Verdict};
use super::judge::Replayed;
use super::run::MAX_ODD;
use engine::alert::{Disclosure, MadeBy, Origin, WITHHELD};
use engine::lane::Actor;
use jobs::JobRecord;
use store::backend::KeyRange;
use store::key::{Record, TenantId};
use tenant::PermissionSet;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ReplayState {
    Running,
    Done,
    /// It ended before its end, because whoever asked for it may not do it any more, or the host cannot go on.
    Stopped,
}

/// Which findings; what is none asks for nothing. Times are microseconds since the epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Of alerts that were created then or later.
    pub from: Option<i64>,
    /// Of alerts that were created before.
    pub to: Option<i64>,
    /// Of this team.
    pub team: Option<String>,
    /// Of this rule.
    pub rule: Option<String>,
}

/// A replay of many alerts. Times are microseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplayRecord {
    /// UUIDv7.
    pub id: Uuid,
    /// How far it is.
    pub state: ReplayState,
    /// Who asked for it.
    pub actor: Actor,
    /// What the caller was admitted for; checked again at each turn.
    #[serde(default)]
    pub needs: PermissionSet,
    /// Why it ended before its end.
    #[serde(default)]
    pub stopped: Option<String>,
    /// Which findings.
    pub period: Period,
    /// The place in the tenant's order whose alerts are replayed.
    pub position: u64,
    /// The last alert that was looked at when the record was kept.
    pub after: Option<AlertId>,
    /// What came of those.
    pub counts: Counts,
    /// The first findings that are not as they were.
    pub odd: Vec<Odd>,
    /// What runs the rules.
    pub made_by: MadeBy,
    /// When it was asked for.
    pub asked_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
}

/// How many findings came to what.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Counts {
    /// Alerts of the period, those that were merged into others too.
    pub alerts: u64,
    /// Their findings that were judged again.
    pub findings: u64,
    /// As they were.
    pub same: u64,
    /// Not as they were.
    pub different: u64,
    /// Could not be judged again.
    pub failed: u64,
    /// Among `same`, those whose fuel is not compared, because another engine judged them then.
    pub other_engine: u64,
}

/// A finding that is not as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Odd {
    /// The alert that has it.
    pub alert: AlertId,
    /// The alert's team.
    pub team: String,
    /// The rule that found it.
    pub rule: String,
    /// The transaction's id.
    pub transaction: String,
    differences: Vec<Difference>,
    failure: Option<String>,
    /// Which of the rule's installs, and when; none if an earlier release kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    found: Option<(u64, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reads_masked: Option<bool>,
}

impl Odd {
    /// What is shown of what differs, and of why it could not be judged again.
    pub fn seen_by(&self, disclosure: &Disclosure) -> (Vec<Difference>, Option<String>) {
        let origin = Origin {
            team: &self.team,
            rule: &self.rule,
            install: self.found.map(|(install, _)| install),
            at: self.found.map_or(i64::MAX, |(_, at)| at),
        };
        let (differences, failure) = (self.differences.clone(), self.failure.clone());
        if disclosure.shows(self.reads_masked, &origin) {
            return (differences, failure);
        }
        let differences = differences.into_iter().map(Difference::withheld);
        (differences.collect(), failure.map(|_| WITHHELD.to_owned()))
    }
}

impl ReplayRecord {
    /// Counts findings that were judged again.
    pub(super) fn count(&mut self, replayed: Vec<Replayed>) {
        for replayed in replayed {
            self.counts.findings += 1;
            let (differences, failure) = match replayed.verdict {
                Verdict::Same => {
                    self.counts.same += 1;
                    self.counts.other_engine += u64::from(!replayed.fuel_counts);
                    continue;
                }
                Verdict::Different(differences) => {
                    self.counts.different += 1;
                    (differences, None)
                }
                Verdict::Failed(reason) => {
                    self.counts.failed += 1;
                    (Vec::new(), Some(reason))
                }
            };
            if self.odd.len() < MAX_ODD {
                let record = &replayed.found.record;
                self.odd.push(Odd {
                    found: Some((record.install, record.found_at)),
                    reads_masked: record.reads_masked(),
                    alert: replayed.found.alert,
                    team: replayed.found.team,
                    rule: replayed.found.record.rule,
                    transaction: replayed.found.record.txn_id,
                    differences,
                    failure,
                });
            }
        }
    }
}

impl JobRecord for ReplayRecord {
    type Key = Uuid;
    const WHAT: &'static str = "a replay";

    fn place(replay: &Uuid) -> Record {
        let replay = replay.into_bytes();
        Record::Replay { replay }
    }

    fn key(place: Record) -> Option<Uuid> {
        match place {
            Record::Replay { replay } => Some(Uuid::from_bytes(replay)),
            _ => None,
        }
    }

    fn places(tenant: TenantId) -> KeyRange {
        KeyRange::replays(tenant)
    }

    fn has_ended(&self) -> bool {
        self.state != ReplayState::Running
    }
}
