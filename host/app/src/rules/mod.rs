//! Rules: plugins that are installed for a team.
//!
//! - [`install`], [`remove`], [`roll_back`], [`promote`]: what changes a rule; [`inspect`] and [`fit`] are what is
//!   checked first, [`gate`] what a shadow rule must show before it goes live;
//! - [`set_mode`]: switches a rule off and on;
//! - [`read`]: rules and their installs, as [`view`] shows them; [`inputs`]: what a rule reads;
//! - [`compare`]: what two installs said of the same transactions; [`compared`] and [`samples`] are what comparisons of
//!   backtests need, too;
//! - [`stats`]: what a rule has done, and how right it was;
//! - [`failures`], [`catch_up`]: transactions that a rule could not judge.

pub mod catch_up;
pub mod compare;
pub mod compared;
pub mod failures;
pub mod fit;
mod gate;
pub mod inputs;
mod inspect;
pub mod install;
mod new_rule;
pub mod promote;
pub mod read;
pub mod remove;
pub mod roll_back;
pub mod samples;
pub mod set_mode;
pub mod stats;
pub mod view;

use std::sync::Arc;

use crate::teams::{NoSuchTeam, find_team};
use domain::name::Name;
use engine::alert::Origin;
use tenant::{Definitions, RuleInstall, Team};
use view::InstallStatus;

/// The name of a rule, and of the team that it is installed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleName {
    /// The team's name.
    pub team: Name,
    /// The rule's name within the team.
    pub rule: Name,
}

/// There is no such rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchRule {
    /// There is not even the team.
    #[error(transparent)]
    Team(#[from] NoSuchTeam),
    /// The team has no rule, or no install of a rule, of this name.
    #[error("there is no rule '{0}'")]
    Rule(String),
    /// The first install of the rule has not taken effect yet.
    #[error("there is no install in force of rule '{0}', which is being prepared")]
    NotInForce(String),
}

impl RuleName {
    fn team(&self) -> &str {
        self.team.as_str()
    }

    fn rule(&self) -> &str {
        self.rule.as_str()
    }

    /// As the audit names the rule.
    fn subject(&self) -> String {
        format!("{}/{}", self.team, self.rule)
    }

    /// The origin of what an install of the rule wrote.
    fn origin(&self, install: u64, at: i64) -> Origin<'_> {
        Origin {
            team: self.team(),
            rule: self.rule(),
            install: Some(install),
            at,
        }
    }

    fn find_team(&self, definitions: &Definitions) -> Result<Arc<Team>, NoSuchRule> {
        Ok(find_team(definitions, self.team())?)
    }

    /// The install that is in force.
    fn in_force(&self, definitions: &Definitions) -> Result<Arc<RuleInstall>, NoSuchRule> {
        self.find_team(definitions)?;
        let install = definitions.rule_of(self.team(), self.rule());
        install.ok_or_else(|| {
            let rule = self.rule.to_string();
            match definitions.preparing_rule(self.team(), self.rule()) {
                None => NoSuchRule::Rule(rule),
                Some(_) => NoSuchRule::NotInForce(rule),
            }
        })
    }

    /// The newest install: the one that is being prepared, else the one in force.
    fn newest(&self, definitions: &Definitions) -> Result<InstallStatus, NoSuchRule> {
        self.find_team(definitions)?;
        let newest = InstallStatus::newest(definitions, self);
        newest.ok_or_else(|| NoSuchRule::Rule(self.rule.to_string()))
    }

    /// All installs that took effect and the one that is being prepared, oldest first, with those that removed the rule.
    fn installs(&self, definitions: &Definitions) -> Vec<Arc<RuleInstall>> {
        let prefix = format!("{}/{}/", self.team, self.rule);
        let mut installs: Vec<Arc<RuleInstall>> =
            definitions.rules.under(&prefix).cloned().collect();
        let preparing = definitions.preparing_rule(self.team(), self.rule());
        installs.extend(preparing.map(|preparing| Arc::new(preparing.install.clone())));
        installs
    }
}
