//! What an install that is being prepared needs.

use std::sync::Arc;

use domain::payload::PayloadSchema;
use domain::window::BoundPlan;

use super::progress::PrepareError;
use crate::prepared_rule::{AskPlanError, PrepareInstallError, prepare_installed};
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
    let prepared = prepare_installed(services, tenant, definitions, install).await;
    let plan = prepared.map(|prepared| prepared.plan);
    let plan = plan.map_err(|error| match error {
        PrepareInstallError::Load(error) => PrepareError::Plugin {
            team: install.team.clone(),
            rule: install.rule.clone(),
            error,
        },
        PrepareInstallError::AskPlan(AskPlanError::Panicked(_)) => BackgroundError::Panicked.into(),
        PrepareInstallError::NotPublished { .. }
        | PrepareInstallError::AskPlan(AskPlanError::Refused(_)) => because(error.to_string()),
    })?;
    let bound = BoundPlan::bind(&plan, &schema).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        because(faults.join("; "))
    })?;
    Ok(Arc::new(bound))
}
