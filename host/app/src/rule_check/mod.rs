//! Everything that installing a rule checks about its plan: the same for a team's install, and on an
//! author's machine.

mod samples;

use std::sync::Arc;

use domain::payload::PayloadSchema;
use domain::rule::Plan;
use domain::window::{BoundPlan, Lists, PlanFault, PlanTooExpensive};

pub use samples::Samples;

use runtime::limits::RowLimits;
use runtime::rule::{Impurity, PrepareError, RulePlugin};

/// Why a rule cannot be installed so.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RuleFault {
    /// The plugin gives no plan for it.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The plan breaks a limit, or does not fit the payload schema.
    #[error("it {}", plan_faults(.0))]
    Plan(Vec<PlanFault>),
    /// The inputs of the plan cost too much.
    #[error("it {0}")]
    Price(#[from] PlanTooExpensive),
    /// What it says of a transaction depends on others, or that could not be told.
    #[error(transparent)]
    Impure(#[from] Impurity),
}

fn plan_faults(faults: &[PlanFault]) -> String {
    let mut faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    // Several inputs may need the same field.
    faults.dedup();
    faults.join("; it ")
}

/// A rule and a configuration to install.
pub struct RuleCheck<'c> {
    /// The rule.
    pub plugin: &'c RulePlugin,
    /// Its configuration, a JSON text.
    pub config: &'c str,
    /// What its inputs may cost; none for what was installed before and goes on.
    pub max_price: Option<u64>,
}

/// A plan that fits a payload schema.
pub struct FittingPlan {
    /// As the plugin said it.
    pub plan: Plan,
    /// Bound to the schema.
    pub bound: Arc<BoundPlan>,
}

impl RuleCheck<'_> {
    /// Asks for the plan, and checks all of it that no payload schema is needed for.
    ///
    /// # Errors
    /// Where there is no plan, or it exceeds a limit.
    pub fn plan(&self) -> Result<Plan, RuleFault> {
        let plan = self.plugin.prepare(self.config)?;
        let faults = BoundPlan::limit_faults(&plan);
        if !faults.is_empty() {
            return Err(RuleFault::Plan(faults));
        }
        self.check_price(&plan)?;
        Ok(plan)
    }

    /// Asks for the plan, and checks it against a payload schema.
    ///
    /// # Errors
    /// Where there is no plan, it exceeds a limit, or it does not fit.
    pub fn fitting_plan(&self, schema: &PayloadSchema) -> Result<FittingPlan, RuleFault> {
        let plan = self.plugin.prepare(self.config)?;
        let bound = BoundPlan::bind(&plan, schema).map_err(RuleFault::Plan)?;
        self.check_price(&plan)?;
        let bound = Arc::new(bound);
        Ok(FittingPlan { plan, bound })
    }

    fn check_price(&self, plan: &Plan) -> Result<(), PlanTooExpensive> {
        self.max_price.map_or(Ok(()), |most| plan.check_price(most))
    }
}

impl FittingPlan {
    /// Shows the rule samples one by one, all at once and shuffled.
    ///
    /// # Errors
    /// Where its answers differ, or could not be had.
    pub fn check_purity(
        &self,
        plugin: &RulePlugin,
        samples: &Samples,
        lists: &dyn Lists,
        limits: RowLimits,
    ) -> Result<(), Impurity> {
        samples.check_purity(plugin, &self.plan, self.bound.clone(), lists, limits)
    }
}
