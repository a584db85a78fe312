//! Rules whose inputs cost more than a new install may.

use super::{Grandfathered, Stored};
use crate::prepared_rule::prepare_installed;
use tenant::{Mode, RuleInstall};

/// The rules in force that are too expensive.
pub(super) async fn find(stored: &Stored<'_>) -> Vec<Grandfathered> {
    let mut found = Vec::new();
    for team in stored.definitions.teams.iter() {
        for install in stored.definitions.rules_of(&team.name) {
            if install.mode == Mode::Off {
                continue;
            }
            if let Some(reason) = reason(stored, &install).await {
                found.push(Grandfathered {
                    kind: "plan_price",
                    name: format!("{}/{}", install.team, install.rule),
                    reason,
                });
            }
        }
    }
    found
}

/// Why a new install like this one is refused. One whose plan cannot be had is no matter of its price.
async fn reason(stored: &Stored<'_>, install: &RuleInstall) -> Option<String> {
    let Stored {
        services,
        tenant,
        definitions,
        ..
    } = stored;
    let prepared = prepare_installed(services, *tenant, definitions, install).await;
    let plan = prepared.ok()?.plan;
    let priced = plan.check_price(services.limits.max_plan_price);
    priced.err().map(|expensive| expensive.to_string())
}
