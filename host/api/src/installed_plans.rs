//! What installed rules want of their team and tenant, for changes that they must be able to live with.

use std::sync::Arc;

use domain::rule::Plan;

use super::blocking::blocking;
use super::caller::UserCaller;
use crate::http::Problem;
use app::App;
use engine::lane::{Change, ChangeError};
use tenant::{Definitions, Mode, RuleInstall};

/// How often a change is tried while rules are being installed beside it.
const ATTEMPTS: usize = 5;

/// Which installed rules, with installs that are to take effect once their windows are whole.
#[derive(Clone, Debug)]
pub(super) enum Installed {
    /// Those of a team that are evaluated.
    EvaluatedFor(String),
    /// All of all teams.
    All,
}

/// An installed rule and what it wants.
pub(super) struct InstalledPlan {
    pub(super) install: Arc<RuleInstall>,
    pub(super) plan: Plan,
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

enum Refusal {
    /// Rules were installed since their plans were read.
    Outdated,
    Problem(Problem),
}

/// Makes a change in the tenant's lane that knows the plans of the installed rules as they are then.
///
/// Plugins are asked for their plans before, because that takes long; where
/// rules are installed meanwhile, all is done again.
///
/// # Errors
/// As the change; 409 where a rule's plan cannot be had, or rules are installed again and again.
pub(super) async fn change_knowing_plans<T, F>(
    app: &Arc<App>,
    caller: &UserCaller,
    installed: Installed,
    change: F,
) -> Result<T, Problem>
where
    T: Send + 'static,
    F: Fn(&mut Change<'_>, &[InstalledPlan]) -> Result<T, Problem> + Clone + Send + 'static,
{
    for _ in 0..ATTEMPTS {
        let plans = plans(app, caller, &installed).await?;
        let (change, installed) = (change.clone(), installed.clone());
        let attempt = move |lane: &mut Change<'_>| {
            let current = installed.of(lane.definitions());
            let known = plans.iter().map(|plan| &plan.install);
            if !known.eq(current.iter()) {
                return Err(Refusal::Outdated);
            }
            change(lane, &plans).map_err(Refusal::Problem)
        };
        match caller.change(attempt).await {
            Ok(made) => return Ok(made),
            Err(ChangeError::Refused(Refusal::Outdated)) => {}
            Err(ChangeError::Refused(Refusal::Problem(problem))) => return Err(problem),
            Err(ChangeError::Lane(error)) => return Err(error.into()),
        }
    }
    Err(Problem::conflict(
        "rules are being installed at this moment; try again",
    ))
}

async fn plans(
    app: &Arc<App>,
    caller: &UserCaller,
    installed: &Installed,
) -> Result<Vec<InstalledPlan>, Problem> {
    let definitions = caller.definitions();
    let mut plans = Vec::new();
    for install in installed.of(&definitions) {
        let plan = plan(app, caller, &definitions, &install).await?;
        let plan = plan.map_err(|reason| {
            Problem::conflict(format!(
                "rule '{}' of team '{}' cannot be asked what it needs: {reason}; install it anew or delete it first",
                install.rule, install.team
            ))
        })?;
        plans.push(InstalledPlan { install, plan });
    }
    Ok(plans)
}

/// The inner error says why there is no plan.
async fn plan(
    app: &Arc<App>,
    caller: &UserCaller,
    definitions: &Definitions,
    install: &Arc<RuleInstall>,
) -> Result<Result<Plan, String>, Problem> {
    let published = format!("{}/{}", install.plugin, install.version);
    let Some(published) = definitions.plugins.get(&published) else {
        return Ok(Err(format!("plugin {published} is not published")));
    };
    let plugin = match app.services.load_rule(caller.tenant, published).await {
        Ok(plugin) => plugin,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let config = install.config.to_string();
    let memory_bytes = plugin.row_limits().memory_bytes.unwrap_or_default();
    let room = app.services.plugins.setup_share(memory_bytes).await;
    let prepared = move || {
        let plan = plugin.prepare(&config);
        drop(room);
        plan
    };
    let plan = blocking(prepared).await?;
    Ok(plan.map_err(|error| error.to_string()))
}
