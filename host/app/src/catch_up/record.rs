//! What is kept of a rule that catches up. Times are microseconds since the epoch.

use serde::{Deserialize, Serialize};

use engine::alert::RuleWords;
use engine::lane::Actor;
use jobs::JobRecord;
use store::backend::KeyRange;
use store::key::{Record, TeamId, TenantId};
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

impl JobRecord for CatchUp {
    /// The team's number, and the rule's name within the team.
    type Key = (TeamId, String);
    const WHAT: &'static str = "a rule that catches up";

    fn place((team, rule): &Self::Key) -> Record {
        Record::CatchUp {
            team: *team,
            rule: rule.clone(),
        }
    }

    fn key(place: Record) -> Option<Self::Key> {
        match place {
            Record::CatchUp { team, rule } => Some((team, rule)),
            _ => None,
        }
    }

    fn places(tenant: TenantId) -> KeyRange {
        KeyRange::catch_ups(tenant)
    }

    fn has_ended(&self) -> bool {
        self.state != State::Running
    }
}
