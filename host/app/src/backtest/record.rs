//! What is kept of a backtest. Times are microseconds since the epoch.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::course::Wanted;
use super::tally::Tally;
use engine::alert::MadeBy;
use engine::lane::{Actor, Change};
use jobs::JobRecord;
use json::JsonValue;
use runtime::StandIns;
use runtime::limits::RowLimits;
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};
use tenant::{Mode, OnFailure, PermissionSet, RuleInstall};

/// Which lists transactions meet.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ListsMode {
    /// As they were when the transaction came.
    #[default]
    Then,
    /// As they were when the backtest was asked for.
    Now,
}

/// What the rule of a backtest is compared with.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CompareOver {
    /// With what the other rule said when the transactions came: of those that it judged live or in shadow.
    #[default]
    Live,
    /// With what the other rule, as it is installed now, says of the same history: a second backtest runs it.
    History,
}

/// How a backtest ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// All was judged.
    Done,
    /// It cannot go on.
    Failed {
        /// A sentence.
        reason: String,
    },
    /// Somebody did not want it any more.
    Cancelled {
        /// Who.
        by: Actor,
    },
}

/// What was found when the rule was shown the first transactions one by one, all at once and shuffled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purity {
    /// It said the same.
    Pure,
    /// It did not.
    Impure {
        /// A sentence.
        reason: String,
    },
}

/// What is tried, on what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The team's name.
    pub team: String,
    /// Its number.
    pub team_id: u32,
    /// The version of its payload schema that the plan is checked against.
    pub schema: u32,
    /// The plugin's name.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its component, in hex.
    pub digest: String,
    /// Which stand-ins meet its imports of WASI, where it has any.
    pub stand_ins: Option<StandIns>,
    /// The configuration.
    pub config: JsonValue,
    /// Fuel for one transaction.
    pub row_fuel: u64,
    /// Memory for one instance in bytes; none if an earlier release began it.
    #[serde(default)]
    pub memory_bytes: Option<usize>,
    /// Transactions that happened then or later.
    pub from: Option<i64>,
    /// Transactions that happened before.
    pub to: Option<i64>,
    /// Which lists they meet.
    pub lists: ListsMode,
    /// The rule of the team with which it is compared.
    pub compare_with: Option<String>,
    /// The backtest that runs that rule over the same history, where it is compared so.
    #[serde(default)]
    pub compared_backtest: Option<Uuid>,
    /// Overrides the plugin's alert type, as that rule does.
    pub alert_type: Option<String>,
    /// Overrides the severity of findings, as that rule does: `low`, `medium`, `high`.
    pub severity: Option<String>,
    /// What the alert type sets where a finding says nothing: `low`, `medium`, `high`.
    pub type_severity: Option<String>,
}

/// Which transactions that are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// The lowest sequence.
    pub first: u64,
    /// The highest sequence.
    pub last: u64,
    /// How many.
    pub rows: u64,
}

/// A rule over stored history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BacktestRecord {
    /// UUIDv7.
    pub id: Uuid,
    /// Who asked for it.
    pub actor: Actor,
    /// What the caller was admitted for; checked again at each turn.
    #[serde(default)]
    pub needs: PermissionSet,
    /// What is tried.
    pub trial: Trial,
    /// On which transactions; none if there are none.
    pub extent: Option<Extent>,
    /// What ran the rule.
    pub made_by: MadeBy,
    /// Whether the rule is pure; none before it was looked at.
    pub purity: Option<Purity>,
    /// What came of it, as far as it is kept.
    pub tally: Tally,
    /// When it was asked for.
    pub asked_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// How; none while it goes on.
    pub end: Option<End>,
}

impl Trial {
    /// Which transactions are judged.
    pub(super) fn wanted(&self) -> Wanted {
        let time = |micros: Option<i64>| micros.map(domain::time::Timestamp::from_micros);
        Wanted::Between {
            from: time(self.from),
            to: time(self.to),
        }
    }

    /// What one transaction may take.
    pub(super) fn row_limits(&self) -> RowLimits {
        RowLimits {
            fuel: self.row_fuel,
            memory_bytes: self.memory_bytes,
        }
    }

    /// The install that it would be, under the name of the rule that it is compared with.
    pub fn install(&self) -> RuleInstall {
        RuleInstall {
            team: self.team.clone(),
            rule: self.compare_with.as_ref().unwrap_or(&self.plugin).clone(),
            number: 0,
            plugin: self.plugin.clone(),
            version: self.version.clone(),
            digest: self.digest.clone(),
            config: self.config.clone(),
            mode: Mode::Off,
            alert_type: self.alert_type.clone(),
            severity: self.severity.clone(),
            priority: None,
            on_failure: OnFailure::Skip,
            reads: None,
            row_fuel: self.row_fuel,
            memory_bytes: self.memory_bytes,
            stand_ins: self.stand_ins,
            from_sequence: 0,
            installed_at: 0,
            installed_by: String::new(),
            removed: false,
        }
    }
}

impl BacktestRecord {
    /// Takes one that has ended away, with all that its rule said.
    pub(super) fn delete(
        store: &Store,
        change: &mut Change<'_>,
        id: Uuid,
        by: &Actor,
    ) -> Result<(), StoreError> {
        let said = KeyRange::backtest_judgements(change.tenant(), id.into_bytes());
        for entry in store.range(said, Direction::Forward) {
            if let Some((_, record)) = Key::parse(&entry?.0) {
                change.delete_record(&record);
            }
        }
        change.drop_record(&Self::place(&id));
        change.audit(by, "backtest.delete", id.to_string());
        Ok(())
    }

    /// All of a tenant, oldest first. Reads as it goes on.
    pub fn all(store: &Store, tenant: TenantId) -> impl Iterator<Item = Result<Self, StoreError>> {
        let all = Self::range(store, Self::places(tenant), Direction::Forward);
        all.map(|entry| Ok(entry?.1))
    }

    /// The backtests of a team, or of all, that were asked for before this one, newest first; so many at most.
    pub(super) fn list(
        store: &Store,
        tenant: TenantId,
        team: Option<&str>,
        before: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Self>, StoreError> {
        let range = match before {
            Some(before) => KeyRange::backtests_before(tenant, before.into_bytes()),
            None => KeyRange::backtests(tenant),
        };
        let mut found = Vec::new();
        for entry in Self::range(store, range, Direction::Reverse) {
            let (_, record) = entry?;
            if team.is_none_or(|team| record.trial.team == team) {
                found.push(record);
                if found.len() >= limit {
                    break;
                }
            }
        }
        Ok(found)
    }
}

impl JobRecord for BacktestRecord {
    type Key = Uuid;
    const WHAT: &'static str = "a backtest";

    fn place(backtest: &Uuid) -> Record {
        let backtest = backtest.into_bytes();
        Record::Backtest { backtest }
    }

    fn key(place: Record) -> Option<Uuid> {
        match place {
            Record::Backtest { backtest } => Some(Uuid::from_bytes(backtest)),
            _ => None,
        }
    }

    fn places(tenant: TenantId) -> KeyRange {
        KeyRange::backtests(tenant)
    }

    fn has_ended(&self) -> bool {
        self.end.is_some()
    }
}
