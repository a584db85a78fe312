//! Exports: files of alerts in the tenant's own format.
//!
//! - [`define`], [`change`], [`delete`]: the definition of an export; [`read`]: how it is read;
//! - [`formatter`]: what writes its files;
//! - [`runs`]: one file made for an export, from the request to its bytes; [`load`]: how files are loaded elsewhere;
//! - [`places`]: where files go; [`deliveries`]: how far they are on their way;
//! - [`webhook_secret`]: with what webhooks are signed.

pub mod change;
pub mod define;
pub mod delete;
pub mod deliveries;
pub mod formatter;
pub mod load;
pub mod places;
pub mod read;
pub mod runs;
pub mod webhook_secret;

use std::sync::Arc;

use crate::caller::{Caller, Forbidden};
use tenant::{Definitions, Export, Permission, SensitiveOutput};

/// The tenant has no export of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no export '{0}'")]
pub struct NoSuchExport(pub String);

/// The export of this name.
fn find(definitions: &Definitions, name: &str) -> Result<Arc<Export>, NoSuchExport> {
    let export = definitions.exports.get(name).cloned();
    export.ok_or_else(|| NoSuchExport(name.to_owned()))
}

/// The tenant's time zone, which is that of a schedule that names none.
fn timezone(definitions: &Definitions) -> &str {
    definitions
        .tenant()
        .map_or("UTC", |tenant| &tenant.timezone)
}

/// Refuses to show what rules computed from masked fields on behalf of somebody who may not see it.
fn require_for(caller: &Caller, sensitive: Option<SensitiveOutput>) -> Result<(), Forbidden> {
    match sensitive {
        Some(SensitiveOutput::Show) => caller.require(Permission::TransactionSensitive),
        Some(SensitiveOutput::Mask) | None => Ok(()),
    }
}
