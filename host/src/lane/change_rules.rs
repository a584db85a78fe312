//! How a rule of a team is installed.

use std::sync::Arc;

use super::change::Change;
use crate::tenant::RuleInstall;

impl Change<'_> {
    /// Makes an install the one in force of its rule: the team's next transaction is the first that meets
    /// it. Its number, when it was made, by whom and from where on are filled in.
    pub fn put_install(&mut self, install: RuleInstall, by: &str) -> Arc<RuleInstall> {
        let earlier = format!("{}/{}/", install.team, install.rule);
        let earlier = self.definitions.rules.under(&earlier).last();
        let earlier = earlier.cloned();
        let number = earlier.as_ref().map_or(0, |earlier| earlier.number) + 1;
        let team = self.definitions.teams.get(&install.team);
        let from_sequence = team.map_or(0, |team| self.next_sequence(team.id));
        let before = earlier.filter(|earlier| !earlier.removed);
        let install = RuleInstall {
            number,
            from_sequence,
            installed_at: self.at.as_micros(),
            installed_by: by.to_owned(),
            ..install
        };
        self.put_over(before, install)
    }
}
