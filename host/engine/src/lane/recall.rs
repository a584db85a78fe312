//! Rules that failed before the host was stopped.

use std::sync::Arc;

use super::{Lane, Services};
use crate::judgement::newest_judgements;
use store::StoreError;
use store::key::{TeamId, TenantId};
use tenant::{Definitions, Mode};

/// Loads the lanes of tenants that have a rule in force of which the newest that is kept is a failure: a lane that is
/// loaded shows which of its rules are failing. The other lanes are loaded when they are needed.
pub async fn recall_failing_rules(services: Arc<Services>, lanes: Vec<(TenantId, Arc<Lane>)>) {
    for (tenant, lane) in lanes {
        let (services, definitions) = (services.clone(), lane.definitions());
        let look = move || may_fail(&services, tenant, &definitions);
        match tokio::task::spawn_blocking(look).await {
            Ok(Ok(false)) => {}
            Ok(Ok(true)) => {
                if let Err(error) = lane.load().await {
                    tracing::error!(tenant = tenant.0, %error, "a lane cannot be loaded, which has rules that failed");
                }
            }
            Ok(Err(error)) => {
                tracing::error!(tenant = tenant.0, %error, "what rules said cannot be read");
            }
            // The host stops.
            Err(_) => return,
        }
    }
}

fn may_fail(
    services: &Services,
    tenant: TenantId,
    definitions: &Definitions,
) -> Result<bool, StoreError> {
    for team in definitions.teams.iter() {
        let rules = definitions.rules_of(&team.name).into_iter();
        for install in rules.filter(|install| install.mode != Mode::Off) {
            let (team, rule) = (TeamId(team.id), &install.rule);
            let mut said = newest_judgements(&services.store, tenant, team, rule, u64::MAX);
            let newest = said.next().transpose()?;
            if newest.is_some_and(|(by, row)| by == install.number && row.is_failed()) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
