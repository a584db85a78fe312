//! What is checked of a rule before the lane changes anything, on a thread that may block: the plugin runs, and the
//! store is read.

use std::sync::Arc;

use domain::payload::PayloadSchema;
use domain::window::RowLayout;

use super::fit::{check_lists, does_not_fit, too_expensive};
use super::install::InstallRuleError;
use crate::request::Invalid;
use crate::rule_check::{RuleCheck, RuleFault, Samples};
use engine::lane::TeamView;
use runtime::limits::RowLimits;
use runtime::rule::{Impurity, RulePlugin};
use tenant::{Definitions, Team};

/// A rule to inspect.
pub(super) struct Inspection {
    pub(super) rule: String,
    pub(super) team: Arc<Team>,
    pub(super) schema: Arc<PayloadSchema>,
    pub(super) definitions: Arc<Definitions>,
    pub(super) plugin: RulePlugin,
    pub(super) config: String,
    pub(super) limits: RowLimits,
    /// What the inputs may cost; none for what the team has had installed before, which goes on.
    pub(super) max_price: Option<u64>,
    pub(super) view: Arc<TeamView>,
}

/// What a rule reads.
pub(super) struct RuleInputs {
    /// Names of watchlists.
    pub(super) lists: Vec<String>,
    /// Names of fields of transactions.
    pub(super) fields: Vec<String>,
    /// What its windows are computed from.
    pub(super) layouts: Vec<RowLayout>,
}

impl Inspection {
    /// The memory that one instance of the plugin may use.
    pub(super) fn memory_bytes(&self) -> usize {
        self.limits.memory_bytes.unwrap_or_default()
    }

    /// Asks the plugin for its plan, and checks that the plan fits, that its watchlists exist and that the rule is pure.
    pub(super) fn run(&self) -> Result<RuleInputs, InstallRuleError> {
        let check = RuleCheck {
            plugin: &self.plugin,
            config: &self.config,
            max_price: self.max_price,
        };
        let fitting = check.fitting_plan(&self.schema);
        let fitting = fitting.map_err(|fault| self.refused(fault))?;
        let lists = fitting.bound.lists();
        let lists: Vec<String> = lists.into_iter().map(str::to_owned).collect();
        check_lists(&self.definitions, &self.rule, &lists)?;
        let fields = fitting.bound.fields();
        let fields = fields.into_iter().map(str::to_owned).collect();
        let samples = Samples::of_team(&self.view, &self.schema)?;
        fitting
            .check_purity(&self.plugin, &samples, &*self.definitions, self.limits)
            .map_err(|impurity| self.refused(impurity.into()))?;
        let layouts = fitting.bound.row_layouts();
        Ok(RuleInputs {
            lists,
            fields,
            layouts,
        })
    }

    fn refused(&self, fault: RuleFault) -> InstallRuleError {
        let rule = &self.rule;
        match fault {
            RuleFault::Plan(faults) => does_not_fit(rule, &self.team.name, &faults).into(),
            RuleFault::Price(expensive) => too_expensive(rule, &expensive).into(),
            RuleFault::Impure(impurity @ Impurity::Machine(_)) => {
                InstallRuleError::NotInspected(impurity)
            }
            RuleFault::Prepare(_) | RuleFault::Impure(_) => {
                Invalid::new(format!("rule '{rule}': {fault}")).into()
            }
        }
    }
}
