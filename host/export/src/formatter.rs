//! The formatter that writes a file, and what it is told.

use std::sync::Arc;

use engine::lane::{Lane, Services};
use runtime::formatter::{Context, FormatterPlugin};
use store::key::TenantId;
use tenant::FormatterChoice;

/// Why there is no formatter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("formatter {plugin} {version} cannot be loaded: {cause}")]
#[allow(missing_docs)]
pub struct LoadFormatterError {
    pub plugin: String,
    pub version: String,
    pub cause: String,
}

/// A formatter, ready to run, and the digest of its component.
pub(super) struct LoadedFormatter {
    pub(super) plugin: FormatterPlugin,
    pub(super) digest: String,
}

/// Loads a published formatter.
///
/// # Errors
/// Where it is not published, or does not load.
pub(super) async fn load_formatter(
    services: &Arc<Services>,
    lane: &Arc<Lane>,
    tenant: TenantId,
    choice: &FormatterChoice,
) -> Result<LoadedFormatter, LoadFormatterError> {
    let failed = |cause: String| LoadFormatterError {
        plugin: choice.plugin.clone(),
        version: choice.version.clone(),
        cause,
    };
    let definitions = lane.definitions();
    let published = definitions
        .plugins
        .get(&format!("{}/{}", choice.plugin, choice.version))
        .ok_or_else(|| failed("it is not published".to_owned()))?;
    let plugin = services
        .load_formatter(tenant, published)
        .await
        .map_err(|error| failed(error.to_string()))?;
    Ok(LoadedFormatter {
        plugin,
        digest: published.digest.clone(),
    })
}

/// What a formatter is told of a tenant's snapshot.
pub(super) fn context(lane: &Lane, snapshot_at: i64) -> Context {
    let definitions = lane.definitions();
    let tenant = definitions.tenant();
    let text = |of: fn(&tenant::Tenant) -> &String| {
        tenant.map(|tenant| of(tenant).clone()).unwrap_or_default()
    };
    Context {
        tenant: text(|tenant| &tenant.name),
        timezone: text(|tenant| &tenant.timezone),
        snapshot_at: domain::time::Timestamp::from_micros(snapshot_at),
    }
}
