//! What all lanes share.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::window::InputLimits;

use super::alert_indexer::AlertIndexer;
use super::index_bell::IndexBell;
use super::indexer::Indexer;
use super::outbox_bell::OutboxBell;
use super::preparing_bell::PreparingBell;
use super::window_budget::WindowBudget;
use super::window_rows::WindowRows;
use crate::alert::MadeBy;
use base::clock::Clock;
use runtime::formatter::FormatterPlugin;
use runtime::publish::PublishError;
use runtime::registry::{Plugin, Registry};
use runtime::rule::RulePlugin;
use runtime::{Digest, DigestError, release};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};
use tenant::PublishedPlugin;
use tenant::directory::Directory;

/// What all lanes share.
pub struct Services {
    /// Where everything is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// Loaded plugins.
    pub plugins: Registry,
    /// Who may call.
    pub directory: Arc<Directory>,
    /// What was made to be delivered.
    pub outbox_bell: OutboxBell,
    /// Tells whose rules are to be prepared.
    pub preparing_bell: PreparingBell,
    /// Writes the indexes of transactions behind.
    pub indexer: Indexer,
    /// Wakes lanes that are too far ahead of their indexes.
    pub index_bell: Arc<IndexBell>,
    /// Keeps the indexes of alerts.
    pub alert_indexer: AlertIndexer,
    /// From which windows are computed.
    pub window_rows: WindowRows,
    /// How much memory windows may take.
    pub window_budget: Arc<WindowBudget>,
    /// How much a lane may hold.
    pub limits: LaneLimits,
    /// On which a lane's thread waits for what is asynchronous.
    pub runtime: tokio::runtime::Handle,
}

/// How much a lane may hold.
#[derive(Clone, Copy, Debug)]
pub struct LaneLimits {
    /// Lateness and memory of a team's windows.
    pub inputs: InputLimits,
    /// What the inputs of a new install may cost, in units of [`Plan::price`](domain::rule::Plan::price).
    pub max_plan_price: u64,
    /// How long the inputs of one turn's transactions may be computed.
    pub input_stage: Duration,
}

/// Why a published plugin cannot be had.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum LoadPluginError {
    #[error("plugin {name} {version} is not published")]
    NotPublished { name: String, version: String },
    #[error("plugin {name} {version} is a {kind}, not a {wanted}")]
    OtherKind {
        name: String,
        version: String,
        kind: &'static str,
        wanted: &'static str,
    },
    #[error("the digest of the plugin is damaged: {0}")]
    Digest(#[from] DigestError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl Services {
    /// What runs rules now, as findings keep it.
    pub fn made_by(&self) -> MadeBy {
        MadeBy {
            host: env!("CARGO_PKG_VERSION").to_owned(),
            wasmtime: release::WASMTIME.to_owned(),
            fuel_costs: release::FUEL_COSTS,
            engine: self.plugins.runtime(),
        }
    }

    /// A published rule, loaded.
    ///
    /// # Errors
    /// Where it is none, or cannot be loaded.
    pub async fn load_rule(
        &self,
        tenant: TenantId,
        published: &PublishedPlugin,
    ) -> Result<RulePlugin, LoadPluginError> {
        match self.load(tenant, published).await? {
            Plugin::Rule(rule) => Ok(rule.of_tenant(tenant.0)),
            Plugin::Formatter(_) => Err(other_kind(published, "formatter", "rule")),
        }
    }

    /// A published formatter, loaded.
    ///
    /// # Errors
    /// Where it is none, or cannot be loaded.
    pub async fn load_formatter(
        &self,
        tenant: TenantId,
        published: &PublishedPlugin,
    ) -> Result<FormatterPlugin, LoadPluginError> {
        match self.load(tenant, published).await? {
            Plugin::Formatter(formatter) => Ok(formatter.of_tenant(tenant.0)),
            Plugin::Rule(_) => Err(other_kind(published, "rule", "formatter")),
        }
    }

    async fn load(
        &self,
        tenant: TenantId,
        published: &PublishedPlugin,
    ) -> Result<Plugin, LoadPluginError> {
        let digest: Digest = published.digest.parse()?;
        if let Some(plugin) = self.plugins.cached(&digest) {
            return Ok(plugin);
        }
        let component = self.component(tenant, published)?;
        let component = component.ok_or_else(|| LoadPluginError::NotPublished {
            name: published.name.clone(),
            version: published.version.clone(),
        })?;
        Ok(self.plugins.load(digest, component).await?)
    }

    /// The bytes of a published component.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn component(
        &self,
        tenant: TenantId,
        published: &PublishedPlugin,
    ) -> Result<Option<Bytes>, StoreError> {
        let component = Record::PluginComponent {
            plugin: published.name.clone(),
            version: published.version.clone(),
        };
        let component = self.store.get(&Key::new(tenant, &component))?;
        Ok(component.map(Bytes::from))
    }
}

fn other_kind(
    published: &PublishedPlugin,
    kind: &'static str,
    wanted: &'static str,
) -> LoadPluginError {
    LoadPluginError::OtherKind {
        name: published.name.clone(),
        version: published.version.clone(),
        kind,
        wanted,
    }
}
