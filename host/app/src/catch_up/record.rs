//! What is kept of a rule that catches up. Times are microseconds since the epoch.

use serde::{Deserialize, Serialize};

use engine::alert::RuleWords;
use engine::lane::{Actor, Change};
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TeamId, TenantId};
use store::{Store, StoreError};
use tenant::PermissionSet;

/// How far a rule is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum State {
    Running,
    Done,
    /// Why it ended before its end; whoever asks again goes on with what still waits.
    Failed(String),
    /// Somebody ended it; asking again goes on with what still waits.
    Cancelled {
        /// The login of the user who did.
        by: String,
    },
}

/// A rule that catches up, as far as it is; or that did, the last time that somebody asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatchUp {
    /// The team's name.
    pub team: String,
    /// The rule's name within the team.
    pub rule: String,
    /// How far it is.
    pub state: State,
    /// By which install.
    pub install: u64,
    /// Who asked for it.
    pub actor: Actor,
    /// What the caller was admitted for; checked again at each turn.
    #[serde(default)]
    pub needs: PermissionSet,
    /// When.
    pub asked_at: i64,
    /// Transactions up to this place are judged again, where they wait.
    pub last: u64,
    /// All of those up to this place were looked at.
    pub after: u64,
    /// How many transactions waited at the beginning.
    pub rows: u64,
    /// How many of them are judged by now.
    pub judged: u64,
    /// In how many of those something was found.
    pub found: u64,
    /// How many alerts were made.
    pub alerts: u64,
    /// How many could not be judged again, and wait on.
    pub failed: u64,
    /// Why the last of them could not.
    pub last_failure: Option<RuleWords>,
}

impl CatchUp {
    pub(super) fn put(&self, change: &mut Change<'_>, team: TeamId) {
        let value = serde_json::to_vec(self).expect("a record has only string keys");
        change.keep_record(&record(team, &self.rule), value);
    }

    pub(super) fn read(
        store: &Store,
        tenant: TenantId,
        team: TeamId,
        rule: &str,
    ) -> Result<Option<Self>, StoreError> {
        let value = store.get(&Key::new(tenant, &record(team, rule)))?;
        value.map(|value| parse(&value)).transpose()
    }

    /// As it is kept at the turn of a change.
    pub(super) fn in_change(
        change: &mut Change<'_>,
        team: TeamId,
        rule: &str,
    ) -> Result<Option<Self>, StoreError> {
        let value = change.record(&record(team, rule))?;
        value.map(|value| parse(&value)).transpose()
    }

    /// Those of a tenant that have not ended, with the team's number.
    pub(super) fn under_way(
        store: &Store,
        tenant: TenantId,
    ) -> Result<Vec<(TeamId, Self)>, StoreError> {
        let mut under_way = Vec::new();
        for entry in store.range(KeyRange::catch_ups(tenant), Direction::Forward) {
            let (key, value) = entry?;
            let Some((_, Record::CatchUp { team, .. })) = Key::parse(&key) else {
                continue;
            };
            let catch_up = parse(&value)?;
            if catch_up.state == State::Running {
                under_way.push((team, catch_up));
            }
        }
        Ok(under_way)
    }
}

fn record(team: TeamId, rule: &str) -> Record {
    Record::CatchUp {
        team,
        rule: rule.to_owned(),
    }
}

fn parse(value: &[u8]) -> Result<CatchUp, StoreError> {
    serde_json::from_slice(value)
        .map_err(|error| StoreError::damaged("a rule that catches up", error.to_string()))
}
