//! What installed rules want of their team and tenant, for changes that they must be able to live with.

use std::sync::Arc;

use domain::rule::Plan;

use crate::App;
use crate::blocking::Panicked;
use crate::caller::Caller;
use crate::prepared_rule::{AskPlanError, PrepareInstallError, prepare_installed};
use engine::lane::{Change, LaneError};
use tenant::{Definitions, Mode, RuleInstall};

/// How often a change is tried while rules are being installed beside it.
const ATTEMPTS: usize = 5;

/// Which installed rules, with installs that are to take effect once their windows are whole.
#[derive(Clone, Debug)]
pub enum Installed {
    /// Those of a team that are evaluated.
    EvaluatedFor(String),
    /// All of all teams.
    All,
}

/// An installed rule and what it wants.
pub struct InstalledPlan {
    /// The install.
    pub install: Arc<RuleInstall>,
    /// What it wants.
    pub plan: Plan,
}

impl Installed {
    fn of(&self, definitions: &Definitions) -> Vec<Arc<RuleInstall>> {
        match self {
            Self::EvaluatedFor(team) => {
                let mut installs = definitions.wanted_installs_of(team);
                installs.retain(|install| install.mode != Mode::Off);
                installs
            }
            Self::All => {
                let teams = definitions.teams.iter();
                teams
                    .flat_map(|team| definitions.wanted_installs_of(&team.name))
                    .collect()
            }
        }
    }
}

/// Why it is not known what installed rules want.
#[derive(Debug, thiserror::Error)]
pub enum PlansError {
    /// A rule does not say.
    #[error(
        "rule '{rule}' of team '{team}' cannot be asked what it needs: {reason}; install it anew or delete it first"
    )]
    Unknown {
        /// The rule's name.
        rule: String,
        /// The team's name.
        team: String,
        /// Why it does not.
        reason: String,
    },
    /// Rules are installed again and again.
    #[error("rules are being installed at this moment; try again")]
    Changing,
    /// Asking a rule panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Why a change was not made with the plans that were read for it.
enum Attempt<E> {
    /// Rules were installed since.
    Outdated,
    Refused(E),
}

impl<E: From<LaneError>> From<LaneError> for Attempt<E> {
    fn from(error: LaneError) -> Self {
        Self::Refused(error.into())
    }
}

/// Makes a change in the tenant's lane that knows the plans of the installed rules as they are then.
///
/// Plugins are asked for their plans before, because that takes long; where
/// rules are installed meanwhile, all is done again.
///
/// # Errors
/// As the change; and where a rule's plan cannot be had, or rules are installed again and again.
pub async fn change_knowing_plans<T, E, F>(
    app: &App,
    caller: &Caller,
    installed: Installed,
    change: F,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<PlansError> + From<LaneError> + Send + 'static,
    F: Fn(&mut Change<'_>, &[InstalledPlan]) -> Result<T, E> + Clone + Send + 'static,
{
    for _ in 0..ATTEMPTS {
        let plans = plans(app, caller, &installed).await?;
        let (change, installed) = (change.clone(), installed.clone());
        let attempt = move |lane: &mut Change<'_>| {
            let current = installed.of(lane.definitions());
            let known = plans.iter().map(|plan| &plan.install);
            if !known.eq(current.iter()) {
                return Err(Attempt::Outdated);
            }
            change(lane, &plans).map_err(Attempt::Refused)
        };
        match caller.change(attempt).await {
            Ok(made) => return Ok(made),
            Err(Attempt::Outdated) => {}
            Err(Attempt::Refused(error)) => return Err(error),
        }
    }
    Err(PlansError::Changing.into())
}

/// What installed rules want as they are now.
///
/// # Errors
/// Where a rule's plan cannot be had.
pub async fn plans(
    app: &App,
    caller: &Caller,
    installed: &Installed,
) -> Result<Vec<InstalledPlan>, PlansError> {
    let definitions = caller.definitions();
    let mut plans = Vec::new();
    for install in installed.of(&definitions) {
        let prepared = prepare_installed(&app.services, caller.tenant, &definitions, &install);
        let plan = match prepared.await {
            Ok(prepared) => prepared.plan,
            Err(PrepareInstallError::AskPlan(AskPlanError::Panicked(error))) => {
                return Err(error.into());
            }
            Err(error) => {
                return Err(PlansError::Unknown {
                    rule: install.rule.clone(),
                    team: install.team.clone(),
                    reason: error.to_string(),
                });
            }
        };
        plans.push(InstalledPlan { install, plan });
    }
    Ok(plans)
}
