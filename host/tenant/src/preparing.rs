//! Installs of rules that take effect once their windows are whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Definitions, RuleInstall};

/// An install that was accepted and is not in force yet, because the indexes of its windows are still being made.
///
/// A rule has at most one. Whatever is installed next for the rule, be it off or removed, replaces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreparingInstall {
    /// The install under its final number. `installed_at` is when it was accepted; `from_sequence` is not known yet.
    pub install: RuleInstall,
    /// How many stored transactions the indexes lacked when it was accepted.
    pub rows: u64,
}

/// Whether an install is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstallState {
    /// It takes effect once the indexes of its windows are whole. Until then the install before it stays in force.
    Preparing,
    /// It is in force.
    Active,
    /// It is no longer in force: the rule was installed again or removed.
    Ended,
}

impl PreparingInstall {
    /// The key of the definition for a rule.
    pub fn key_of(team: &str, rule: &str) -> String {
        format!("{team}/{rule}")
    }

    pub(super) fn definition_key(&self) -> String {
        Self::key_of(&self.install.team, &self.install.rule)
    }
}

impl Definitions {
    /// The install of a rule that is being prepared, if there is one.
    pub fn preparing_rule(&self, team: &str, rule: &str) -> Option<&Arc<PreparingInstall>> {
        let key = PreparingInstall::key_of(team, rule);
        self.preparing_rules.get(&key)
    }

    /// The installs of a team that are being prepared, by rule.
    pub fn preparing_rules_of(&self, team: &str) -> Vec<Arc<PreparingInstall>> {
        let prefix = format!("{team}/");
        self.preparing_rules.under(&prefix).cloned().collect()
    }

    /// The newest install of a rule that was not removed: the one being prepared, else the one in force.
    pub fn newest_install(&self, team: &str, rule: &str) -> Option<Arc<RuleInstall>> {
        match self.preparing_rule(team, rule) {
            Some(preparing) => Some(Arc::new(preparing.install.clone())),
            None => self.rule_of(team, rule),
        }
    }

    /// The newest install of each rule of a team, by rule.
    pub fn newest_installs_of(&self, team: &str) -> Vec<Arc<RuleInstall>> {
        let in_force = self.rules_of(team).into_iter();
        let mut newest: BTreeMap<String, Arc<RuleInstall>> = in_force
            .map(|install| (install.rule.clone(), install))
            .collect();
        for preparing in self.preparing_rules_of(team) {
            let install = preparing.install.clone();
            newest.insert(install.rule.clone(), Arc::new(install));
        }
        newest.into_values().collect()
    }

    /// The installs of a team that are in force, and those that are to be. What any of them needs must stay.
    pub fn wanted_installs_of(&self, team: &str) -> Vec<Arc<RuleInstall>> {
        let mut wanted = self.rules_of(team);
        let preparing = self.preparing_rules_of(team).into_iter();
        wanted.extend(preparing.map(|preparing| Arc::new(preparing.install.clone())));
        wanted
    }

    /// The highest number that an install of a rule has had; 0 if there was none.
    pub fn last_install_number(&self, team: &str, rule: &str) -> u64 {
        let prefix = format!("{team}/{rule}/");
        let newest = self.rules.under(&prefix).last();
        let newest = newest.map_or(0, |install| install.number);
        let preparing = self.preparing_rule(team, rule);
        newest.max(preparing.map_or(0, |preparing| preparing.install.number))
    }

    /// Whether an install of a rule is in force, is to be, or was.
    pub fn state_of(&self, install: &RuleInstall) -> InstallState {
        let (team, rule) = (&install.team, &install.rule);
        let preparing = self.preparing_rule(team, rule);
        if preparing.is_some_and(|preparing| preparing.install.number == install.number) {
            return InstallState::Preparing;
        }
        match self.rule_of(team, rule) {
            Some(in_force) if in_force.number == install.number => InstallState::Active,
            _ => InstallState::Ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Mode, OnFailure};

    fn install(rule: &str, number: u64, from_sequence: u64) -> RuleInstall {
        RuleInstall {
            team: "aml".into(),
            rule: rule.into(),
            number,
            plugin: "velocity".into(),
            version: "1.0.0".into(),
            digest: String::new(),
            config: json::JsonObject::default().into(),
            mode: Mode::Live,
            alert_type: None,
            severity: None,
            priority: None,
            on_failure: OnFailure::Alert,
            row_fuel: 1,
            memory_bytes: None,
            stand_ins: None,
            reads: None,
            from_sequence,
            installed_at: 0,
            installed_by: String::new(),
            removed: false,
        }
    }

    fn definitions(in_force: &[RuleInstall], preparing: &[RuleInstall]) -> Definitions {
        let mut definitions = Definitions::default();
        for install in in_force {
            definitions.rules.put(Arc::new(install.clone()));
        }
        for install in preparing {
            let install = install.clone();
            let preparing = PreparingInstall { install, rows: 7 };
            definitions.preparing_rules.put(Arc::new(preparing));
        }
        definitions
    }

    #[test]
    fn an_install_that_is_prepared_is_the_newest_and_not_in_force() {
        let (first, second) = (install("cash", 1, 1), install("cash", 2, 0));
        let definitions = definitions(
            std::slice::from_ref(&first),
            &[second.clone(), install("new", 1, 0)],
        );
        let in_force = definitions.rule_of("aml", "cash").expect("one in force");
        assert_eq!(in_force.number, 1);
        let newest = definitions.newest_install("aml", "cash").expect("a newest");
        assert_eq!(newest.number, 2);
        assert_eq!(definitions.state_of(&first), InstallState::Active);
        assert_eq!(definitions.state_of(&second), InstallState::Preparing);
        assert_eq!(definitions.last_install_number("aml", "cash"), 2);
        assert!(definitions.rule_of("aml", "new").is_none());
        let newest = definitions.newest_installs_of("aml");
        let numbers = newest.iter().map(|it| (&*it.rule, it.number));
        assert_eq!(numbers.collect::<Vec<_>>(), [("cash", 2), ("new", 1)]);
        assert_eq!(definitions.wanted_installs_of("aml").len(), 3);
        assert!(definitions.preparing_rules_of("am").is_empty());
    }

    #[test]
    fn an_install_judges_up_to_the_next_one_whatever_its_number() {
        let (first, third) = (install("cash", 1, 1), install("cash", 3, 40));
        let definitions = definitions(&[first.clone(), third.clone()], &[]);
        assert_eq!(definitions.sequences_of(&first), 1..40);
        assert_eq!(definitions.sequences_of(&third), 40..u64::MAX);
        assert_eq!(definitions.state_of(&first), InstallState::Ended);
    }
}
