//! Whether what a formatter writes is what it declares.

use std::sync::Arc;

use super::formatter::load_formatter;
use super::load::{FileForm, FormError, LoadFault, check_loads};
use engine::lane::{Lane, Services};
use json::JsonValue;
use runtime::formatter::{FormatterPlugin, LayoutOfError};
use store::key::TenantId;
use tenant::FormatterChoice;

/// Why no export may be defined with a formatter under a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeclaredError {
    /// The formatter does not take the configuration.
    #[error(transparent)]
    Layout(#[from] LayoutOfError),
    /// Its files would not load as declared.
    #[error(transparent)]
    Load(#[from] LoadFault),
}

/// Checks that a formatter takes a configuration and that its files load as its layout declares. Files of a media type
/// for which there are no load scripts are loaded in ways of their own. Blocks.
///
/// # Errors
/// Why no export may be defined so.
pub fn check_declared(
    formatter: &FormatterPlugin,
    config: &JsonValue,
) -> Result<(), DeclaredError> {
    let layout = formatter.layout(&config.to_string())?;
    let form = match FileForm::of(formatter, config) {
        Ok(form) => form,
        Err(FormError::MediaType(_)) => return Ok(()),
        Err(error) => return Err(LoadFault::from(error).into()),
    };
    Ok(check_loads(formatter, &layout, &form, config)?)
}

/// Why an export with this formatter would be refused today; none if it would not, or where the formatter cannot be
/// loaded, which its runs tell.
pub async fn refusal(
    services: &Arc<Services>,
    lane: &Arc<Lane>,
    tenant: TenantId,
    choice: &FormatterChoice,
) -> Option<String> {
    let loaded = load_formatter(services, lane, tenant, choice).await.ok()?;
    let config = choice.config.clone();
    let memory_bytes = services.plugins.limits().memory_bytes;
    let room = services.plugins.setup_share(memory_bytes).await;
    let check = move || {
        let _room = room;
        check_declared(&loaded.plugin, &config)
    };
    let checked = tokio::task::spawn_blocking(check).await.ok()?;
    checked.err().map(|error| error.to_string())
}
