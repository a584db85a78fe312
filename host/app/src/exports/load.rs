//! How the files of an export are loaded elsewhere: scripts to paste.

use std::sync::Arc;

use super::{NoSuchExport, find};
use crate::App;
use crate::blocking::{Panicked, blocking};
use crate::caller::{Caller, Forbidden};
use export::{FileForm, LoadFile, LoadFormatterError, NoScriptError, check_loads};
use tenant::Permission;

/// Why there is no script for the files of an export.
#[derive(Debug, thiserror::Error)]
pub enum LoadScriptError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such export.
    #[error(transparent)]
    NoSuchExport(#[from] NoSuchExport),
    /// Its formatter cannot be asked how it writes, or contradicts itself.
    #[error(transparent)]
    Formatter(#[from] LoadFormatterError),
    /// The other side does not read such files.
    #[error(transparent)]
    NoScript(#[from] NoScriptError),
    /// Asking the formatter panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// How Redshift loads the files of an export: a CREATE TABLE and a COPY.
///
/// # Errors
/// Where the caller may not, there is no such export, or no script can load its files.
pub async fn redshift(
    app: &Arc<App>,
    caller: &Caller,
    export: &str,
) -> Result<String, LoadScriptError> {
    let file = load_file(app, caller, export).await?;
    Ok(export::redshift(&file)?)
}

/// How Power BI fetches the newest file of an export: a query for the advanced editor.
///
/// # Errors
/// Where the caller may not, there is no such export, or no script can load its files.
pub async fn power_bi(
    app: &Arc<App>,
    caller: &Caller,
    export: &str,
) -> Result<String, LoadScriptError> {
    let file = load_file(app, caller, export).await?;
    Ok(export::power_bi(&file, &app.config.url())?)
}

async fn load_file(
    app: &Arc<App>,
    caller: &Caller,
    export: &str,
) -> Result<LoadFile, LoadScriptError> {
    caller.require(Permission::ExportRead)?;
    let definitions = caller.definitions();
    let export = find(&definitions, export)?;
    let choice = &export.formatter;
    let refuse = |cause: String| LoadFormatterError {
        plugin: choice.plugin.clone(),
        version: choice.version.clone(),
        cause,
    };
    let published = definitions
        .plugin(&choice.plugin, &choice.version)
        .ok_or_else(|| refuse("it is not published".to_owned()))?;
    let loaded = app.services.load_formatter(caller.tenant, published).await;
    let formatter = loaded.map_err(|error| refuse(error.to_string()))?;
    let config = choice.config.clone();
    let memory_bytes = app.services.plugins.limits().memory_bytes;
    let room = app.services.plugins.setup_share(memory_bytes).await;
    let checked = blocking(move || {
        let _room = room;
        let layout = formatter
            .layout(&config.to_string())
            .map_err(|error| error.to_string())?;
        let form = FileForm::of(&formatter, &config).map_err(|error| error.to_string())?;
        // An export that an earlier release stored may contradict its layout.
        check_loads(&formatter, &layout, &form, &config).map_err(|error| error.to_string())?;
        Ok((layout, form))
    });
    let (layout, form) = checked.await?.map_err(refuse)?;
    Ok(LoadFile::of(&export, layout, form))
}
