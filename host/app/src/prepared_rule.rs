//! Rules, loaded and asked for what they want for a configuration.

use domain::rule::Plan;

use crate::blocking::{Panicked, blocking};
use engine::lane::{LoadPluginError, Services};
use json::JsonValue;
use runtime::rule::{PrepareError, RulePlugin};
use store::key::TenantId;
use tenant::{Definitions, RuleInstall};

/// A rule's plugin, with its plan for a configuration.
pub(crate) struct PreparedRule {
    /// The plugin.
    pub(crate) plugin: RulePlugin,
    /// What it wants.
    pub(crate) plan: Plan,
}

/// Why a rule that was once run cannot be run again.
#[derive(Debug, thiserror::Error)]
pub enum LoadKeptError {
    /// Another component has its name and version now, or none has.
    #[error("the component of plugin {plugin} {version} with digest {digest} is not kept")]
    NotKept {
        /// The plugin's name.
        plugin: String,
        /// The plugin's version.
        version: String,
        /// SHA-256 of the component, in hex.
        digest: String,
    },
    /// The plugin cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadPluginError),
}

/// Why a plugin gives no plan for a configuration.
#[derive(Debug, thiserror::Error)]
pub enum AskPlanError {
    /// It refuses the configuration.
    #[error(transparent)]
    Refused(#[from] PrepareError),
    /// Asking it panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Why an installed rule has no plan.
#[derive(Debug, thiserror::Error)]
pub enum PrepareInstallError {
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
    AskPlan(#[from] AskPlanError),
}

/// Loads the component that a rule was run by, even if the rule is not installed any more.
///
/// # Errors
/// Where the component is not kept, or cannot be loaded.
pub(crate) async fn load_kept(
    services: &Services,
    tenant: TenantId,
    definitions: &Definitions,
    (plugin, version): (&str, &str),
    digest: &str,
) -> Result<RulePlugin, LoadKeptError> {
    let published = definitions.plugin(plugin, version);
    let published = published.filter(|published| published.digest == digest);
    let published = published.ok_or_else(|| LoadKeptError::NotKept {
        plugin: plugin.to_owned(),
        version: version.to_owned(),
        digest: digest.to_owned(),
    })?;
    Ok(services.load_rule(tenant, published).await?)
}

/// Asks a plugin for its plan, when there is memory for one more instance.
///
/// # Errors
/// Where the plugin refuses the configuration.
pub(crate) async fn ask_plan(
    services: &Services,
    plugin: RulePlugin,
    config: &JsonValue,
) -> Result<PreparedRule, AskPlanError> {
    let config = config.to_string();
    let memory_bytes = plugin.row_limits().memory_bytes.unwrap_or_default();
    let room = services.plugins.setup_share(memory_bytes).await;
    let prepare = move || {
        let plan = plugin.prepare(&config);
        drop(room);
        plan.map(|plan| PreparedRule { plugin, plan })
    };
    Ok(blocking(prepare).await??)
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
    Ok(ask_plan(services, plugin, &install.config).await?)
}
