//! The installs that made findings, ready to run.

use std::collections::HashMap;
use std::sync::Arc;

use domain::rule::Plan;

use super::WhatIf;
use super::judge::Found;
use crate::prepared_rule::{ask_plan, load_kept};
use engine::lane::Services;
use json::JsonValue;
use runtime::limits::RowLimits;
use runtime::rule::RulePlugin;
use store::key::TenantId;
use tenant::{Definitions, RuleInstall};
use untrusted_input::json_schema::{self, Budget, Refusal};

/// Which install: team, rule and number.
type Which = (String, String, u64);

/// The installs that were asked for so far.
pub(super) struct Rules {
    services: Arc<Services>,
    tenant: TenantId,
    definitions: Arc<Definitions>,
    known: HashMap<Which, Result<Arc<Ready>, String>>,
}

/// An install, ready to run.
pub(super) struct Ready {
    pub(super) plugin: RulePlugin,
    /// The plan under which it found what it found.
    pub(super) then: Plan,
    /// The plan under which it is tried.
    pub(super) plan: Plan,
    pub(super) limits: RowLimits,
}

impl Rules {
    pub(super) fn new(
        services: Arc<Services>,
        tenant: TenantId,
        definitions: Arc<Definitions>,
    ) -> Self {
        Self {
            services,
            tenant,
            definitions,
            known: HashMap::new(),
        }
    }

    /// The install that made a finding; a sentence where it cannot be run. Blocks.
    pub(super) fn ready(&mut self, found: &Found, what_if: &WhatIf) -> Result<Arc<Ready>, String> {
        let record = &found.record;
        let which = (found.team.clone(), record.rule.clone(), record.install);
        if let Some(known) = self.known.get(&which) {
            return known.clone();
        }
        let ready = self.load(found, what_if).map(Arc::new);
        self.known.insert(which, ready.clone());
        ready
    }

    fn load(&self, found: &Found, what_if: &WhatIf) -> Result<Ready, String> {
        let install = self.install(found)?;
        let (services, digest) = (&self.services, &found.record.digest);
        let plugin = (&*install.plugin, &*install.version);
        let loading = load_kept(services, self.tenant, &self.definitions, plugin, digest);
        let plugin = services.runtime.block_on(loading);
        let plugin = plugin.map_err(|error| error.to_string())?;
        let plan = |config: &JsonValue| {
            let asking = ask_plan(services, plugin.clone(), config);
            let prepared = services.runtime.block_on(asking);
            let plan = prepared.map(|prepared| prepared.plan);
            plan.map_err(|error| error.to_string())
        };
        let then = plan(&install.config)?;
        let tried = what_if.config(&install.config);
        let schema = &plugin.manifest().common.config_schema;
        if what_if.config.is_some()
            && let Err(refusal) =
                json_schema::check(schema, &tried.to_value(), &mut Budget::VALUE.clone())
        {
            return Err(match refusal {
                Refusal::Faults(faults) => format!(
                    "the configuration is not what the plugin's config_schema asks for: at '{}', it {}",
                    faults[0].pointer, faults[0].message
                ),
                Refusal::Exhausted(exhausted) => format!(
                    "validating the configuration against the plugin's config_schema {exhausted}"
                ),
            });
        }
        Ok(Ready {
            plan: plan(&tried)?,
            then,
            plugin,
            limits: install.row_limits(),
        })
    }

    fn install(&self, found: &Found) -> Result<Arc<RuleInstall>, String> {
        let record = &found.record;
        let install = self
            .definitions
            .install(&found.team, &record.rule, record.install);
        install
            .filter(|install| install.digest == record.digest)
            .cloned()
            .ok_or_else(|| {
                format!(
                    "install {} of rule '{}' is not kept",
                    record.install, record.rule
                )
            })
    }
}
