//! How a rule of a team is installed.

use std::sync::Arc;

use domain::window::RowLayout;

use super::change::Change;
use tenant::{Definition, PreparingInstall, RuleInstall};

/// How many stored transactions an index may lack when the lane takes it up. The lane adds them itself, which keeps the
/// tenant's transactions waiting for some hundredths of a second.
const MAX_ADDED_ROWS: u64 = 10_000;

impl Change<'_> {
    /// Makes an install the one in force of its rule: the team's next transaction is the first that meets
    /// it. Its number, when it was made, by whom and from where on are filled in. An install of the rule that was being
    /// prepared is withdrawn.
    pub fn put_install(&mut self, install: RuleInstall, by: &str) -> Arc<RuleInstall> {
        let (team, rule) = (install.team.clone(), install.rule.clone());
        let number = self.definitions.last_install_number(&team, &rule) + 1;
        if let Some(preparing) = self.definitions.preparing_rule(&team, &rule).cloned() {
            self.remove::<PreparingInstall>(&preparing.key());
        }
        self.put_in_force(RuleInstall {
            number,
            installed_by: by.to_owned(),
            ..install
        })
    }

    /// Accepts an install that takes effect later, by [`take_effect`](Self::take_effect). The install in force stays so.
    /// `rows` is how many stored transactions the indexes of its windows lack. It replaces an install of the rule that was
    /// being prepared.
    pub fn put_preparing(
        &mut self,
        install: RuleInstall,
        rows: u64,
        by: &str,
    ) -> Arc<PreparingInstall> {
        let number = self
            .definitions
            .last_install_number(&install.team, &install.rule);
        let install = RuleInstall {
            number: number + 1,
            from_sequence: 0,
            installed_at: self.at.as_micros(),
            installed_by: by.to_owned(),
            ..install
        };
        self.put(PreparingInstall { install, rows })
    }

    /// Makes an install that was prepared the one in force of its rule, from the team's next transaction on. Returns
    /// `None`, and changes nothing, if it is no longer being prepared.
    pub fn take_effect(&mut self, team: &str, rule: &str, number: u64) -> Option<Arc<RuleInstall>> {
        let preparing = self.definitions.preparing_rule(team, rule)?.clone();
        if preparing.install.number != number {
            return None;
        }
        self.remove::<PreparingInstall>(&preparing.key());
        Some(self.put_in_force(preparing.install.clone()))
    }

    fn put_in_force(&mut self, install: RuleInstall) -> Arc<RuleInstall> {
        let earlier = format!("{}/{}/", install.team, install.rule);
        let earlier = self.definitions.rules.under(&earlier).last();
        let before = earlier.filter(|earlier| !earlier.removed).cloned();
        let team = self.definitions.teams.get(&install.team);
        let from_sequence = team.map_or(0, |team| self.next_sequence(team.id));
        let install = RuleInstall {
            from_sequence,
            installed_at: self.at.as_micros(),
            ..install
        };
        self.put_over(before, install)
    }

    /// Whether the lane can compute windows of these layouts, beside those of the rules in force, without reading more
    /// than a little of the team's history.
    pub fn can_take_up(&self, team: u32, layouts: &[RowLayout]) -> bool {
        let team = self.teams.get(&team);
        // A team that the lane does not hold yet has no history.
        team.is_none_or(|team| team.view.lacking_rows(layouts) <= MAX_ADDED_ROWS)
    }
}
