//! What writes a file: a published formatter and its configuration.

use std::sync::Arc;

use crate::App;
use crate::blocking::{Panicked, blocking};
use crate::caller::Caller;
use crate::plugin_config::{ConfigError, check_config};
use crate::published::{NotPublished, find_published};
use export::check_declared;
use runtime::publish::PluginKind;
use tenant::{FormatterChoice, PublishedPlugin};

/// Whether a file is kept for others to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptFile {
    /// It is, and must load as the formatter declares.
    Yes,
    /// Only the person who asked sees it.
    No,
}

/// Why a formatter cannot write a file.
#[derive(Debug, thiserror::Error)]
pub enum FormatterError {
    /// It is not published.
    #[error(transparent)]
    NotPublished(#[from] NotPublished),
    /// It cannot be loaded.
    #[error("{0}")]
    NotLoaded(String),
    /// Its configuration is not taken.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It says that it cannot, or its files would not load as it declares.
    #[error("formatter {plugin} {version}: {reason}")]
    Refused {
        /// The plugin's name.
        plugin: String,
        /// The plugin's version.
        version: String,
        /// Why.
        reason: String,
    },
    /// Asking it panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Checks that the formatter is published and takes its configuration, and that files which are kept load as
/// its layout declares. Returns the formatter.
///
/// # Errors
/// Where any of that does not hold.
pub async fn check_formatter(
    app: &App,
    caller: &Caller,
    choice: &FormatterChoice,
    kept: KeptFile,
) -> Result<Arc<PublishedPlugin>, FormatterError> {
    let definitions = caller.definitions();
    let (name, version) = (&choice.plugin, &choice.version);
    let published = find_published(&definitions, PluginKind::Formatter, name, version)?;
    let formatter = app.services.load_formatter(caller.tenant, published).await;
    let formatter = formatter.map_err(|error| FormatterError::NotLoaded(error.to_string()))?;
    let schema = formatter.manifest().common.config_schema.clone();
    let config = choice.config.clone();
    check_config(app, caller, "formatter.config", schema, &config).await?;
    let memory_bytes = app.services.plugins.limits().memory_bytes;
    let room = app.services.plugins.setup_share(memory_bytes).await;
    let checked = blocking(move || {
        let _room = room;
        match kept {
            KeptFile::No => {
                let layout = formatter.layout(&config.to_string());
                layout.map(drop).map_err(|error| error.to_string())
            }
            KeptFile::Yes => check_declared(&formatter, &config).map_err(|error| error.to_string()),
        }
    });
    match checked.await? {
        Ok(()) => Ok(published.clone()),
        Err(reason) => Err(FormatterError::Refused {
            plugin: name.clone(),
            version: version.clone(),
            reason,
        }),
    }
}
