//! Deleting a plugin that was never used.

use std::sync::Arc;

use super::uses::{self, PluginUse};
use super::{NoSuchPlugin, find, version as version_of};
use crate::App;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use crate::request::{Expected, Stale};
use domain::name::Name;
use engine::lane::{Change, LaneError};
use store::key::Record;
use tenant::{Permission, PublishedPlugin};

/// Why a plugin was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeletePluginError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such plugin.
    #[error(transparent)]
    NoSuchPlugin(#[from] NoSuchPlugin),
    /// It has not the bytes that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// Something uses it, or has used it.
    #[error(
        "plugin {name} {version} is or was in use: {}; it cannot be deleted, because its results must stay reproducible",
        uses::listed(uses)
    )]
    Used {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// What uses it, or has used it.
        uses: Vec<PluginUse>,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Deletes a plugin that no rule install, export, run of an export or backtest uses, or has used.
///
/// # Errors
/// Where the caller may not, there is no such plugin, or it was used.
pub async fn delete(
    app: &Arc<App>,
    caller: &Caller,
    name: Name,
    version: String,
    expected: Expected,
) -> Result<(), DeletePluginError> {
    caller.require(Permission::PluginWrite)?;
    let name = name.as_str().to_owned();
    find(&caller.definitions(), &name, &version)?;
    let recorded = {
        let (tenant, name, version) = (caller.tenant, name.clone(), version.clone());
        on_disk(app, move |app| {
            uses::recorded(&app.services.store, tenant, &name, &version)
        })
    };
    let recorded = recorded.await?;
    let actor = caller.actor();
    let delete = move |change: &mut Change<'_>| {
        let plugin = find(change.definitions(), &name, &version)?;
        expected.check(Some(version_of(&plugin)))?;
        let mut uses = uses::defined(change.definitions(), &name, &version);
        uses.extend(recorded);
        if !uses.is_empty() {
            return Err(DeletePluginError::Used {
                name,
                version,
                uses,
            });
        }
        let key = format!("{name}/{version}");
        change.remove::<PublishedPlugin>(&key);
        change.delete_record(&Record::PluginComponent {
            plugin: name,
            version,
        });
        change.audit(&actor, "plugin.delete", key);
        Ok(())
    };
    caller.change(delete).await?;
    app.services.plugins.sweep().await;
    Ok(())
}
