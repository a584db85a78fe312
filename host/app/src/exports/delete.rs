//! Deleting an export.

use super::webhook_secret::forget_secrets;
use super::{NoSuchExport, find};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::request::{Expected, Stale, Version};
use domain::name::Name;
use engine::lane::{Change, LaneError};
use export::forget_handled;
use tenant::{Export, Permission};

/// Why an export was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteExportError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such export.
    #[error(transparent)]
    NoSuchExport(#[from] NoSuchExport),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Deletes an export. The records of its runs stay; their files are removed.
///
/// # Errors
/// Where the caller may not, or there is no such export.
pub async fn delete(
    app: &App,
    caller: &Caller,
    name: Name,
    expected: Expected,
) -> Result<(), DeleteExportError> {
    caller.require(Permission::ExportWrite)?;
    let actor = caller.actor();
    let delete = move |change: &mut Change<'_>| {
        let name = name.as_str();
        let export = find(change.definitions(), name)?;
        expected.check(Some(Version::Number(export.version)))?;
        change.audit(&actor, "export.delete", name);
        forget_secrets(change, name);
        change.remove::<Export>(name);
        forget_handled(change, name);
        Ok::<_, DeleteExportError>(())
    };
    caller.change(delete).await?;
    app.forget_unused_code();
    app.runs.wake();
    app.deliveries.notice(caller.tenant, &caller.lane);
    Ok(())
}
