//! What an install that is being prepared needs.

use std::sync::Arc;

use domain::payload::PayloadSchema;
use domain::window::BoundPlan;

use super::progress::PrepareError;
use base::background::BackgroundError;
use engine::lane::Services;
use store::key::TenantId;
use tenant::{Definitions, RuleInstall};

/// Asks an install's plugin for its plan, bound to the payload schema of its team.
pub(super) async fn plan_of(
    services: &Services,
    tenant: TenantId,
    definitions: &Definitions,
    install: &RuleInstall,
    schema: Arc<PayloadSchema>,
) -> Result<Arc<BoundPlan>, PrepareError> {
    let because = |reason: String| PrepareError::Plan {
        team: install.team.clone(),
        rule: install.rule.clone(),
        reason,
    };
    let (name, version) = (&install.plugin, &install.version);
    let published = definitions.plugin(name, version);
    let published =
        published.ok_or_else(|| because(format!("plugin {name} {version} is not published")))?;
    let plugin = services.load_rule(tenant, published).await;
    let plugin = plugin.map_err(|error| PrepareError::Plugin {
        team: install.team.clone(),
        rule: install.rule.clone(),
        error,
    })?;
    let config = install.config.to_string();
    let memory_bytes = plugin.row_limits().memory_bytes.unwrap_or_default();
    let room = services.plugins.setup_share(memory_bytes).await;
    let asked = move || {
        let plan = plugin.prepare(&config);
        drop(room);
        plan
    };
    let plan = tokio::task::spawn_blocking(asked).await;
    let plan = plan.map_err(|_| BackgroundError::Panicked)?;
    let plan = plan.map_err(|error| because(error.to_string()))?;
    let bound = BoundPlan::bind(&plan, &schema).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        because(faults.join("; "))
    })?;
    Ok(Arc::new(bound))
}
