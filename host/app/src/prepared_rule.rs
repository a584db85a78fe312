//! Installed rules, asked for what they want.

use domain::rule::Plan;

use crate::blocking::{Panicked, blocking};
use engine::lane::{LoadPluginError, Services};
use runtime::rule::{PrepareError, RulePlugin};
use store::key::TenantId;
use tenant::{Definitions, RuleInstall};

/// The plugin of an installed rule, with its plan for the rule's configuration.
pub(crate) struct PreparedRule {
    /// The plugin.
    pub(crate) plugin: RulePlugin,
    /// What it wants.
    pub(crate) plan: Plan,
}

/// Why an installed rule has no plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrepareInstallError {
    /// The plugin is not published any more.
    #[error("plugin {plugin} {version} is not published")]
    NotPublished {
        /// The plugin's name.
        plugin: String,
        /// The plugin's version.
        version: String,
    },
    /// The plugin cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadPluginError),
    /// The plugin gives no plan for the configuration.
    #[error(transparent)]
    Refused(#[from] PrepareError),
    /// Asking the plugin panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Loads the plugin of an installed rule and asks it for its plan, when there is memory for one more instance.
///
/// # Errors
/// Where the plugin is not published, cannot be loaded or refuses the configuration.
pub(crate) async fn prepare_installed(
    services: &Services,
    tenant: TenantId,
    definitions: &Definitions,
    install: &RuleInstall,
) -> Result<PreparedRule, PrepareInstallError> {
    let published = definitions.plugin(&install.plugin, &install.version);
    let published = published.ok_or_else(|| PrepareInstallError::NotPublished {
        plugin: install.plugin.clone(),
        version: install.version.clone(),
    })?;
    let plugin = services.load_rule(tenant, published).await?;
    let config = install.config.to_string();
    let memory_bytes = plugin.row_limits().memory_bytes.unwrap_or_default();
    let room = services.plugins.setup_share(memory_bytes).await;
    let prepare = move || {
        let plan = plugin.prepare(&config);
        drop(room);
        plan.map(|plan| PreparedRule { plugin, plan })
    };
    Ok(blocking(prepare).await??)
}
