//! Rules whose inputs cost more than a new install may.

use super::{Grandfathered, Stored};
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
        services, tenant, ..
    } = stored;
    let published = stored
        .definitions
        .plugin(&install.plugin, &install.version)?;
    let plugin = services.load_rule(*tenant, published).await.ok()?;
    let memory_bytes = plugin.row_limits().memory_bytes.unwrap_or_default();
    let room = services.plugins.setup_share(memory_bytes).await;
    let config = install.config.to_string();
    let prepared = tokio::task::spawn_blocking(move || {
        let plan = plugin.prepare(&config);
        drop(room);
        plan
    });
    let plan = prepared.await.ok()?.ok()?;
    let priced = plan.check_price(services.limits.max_plan_price);
    priced.err().map(|expensive| expensive.to_string())
}
