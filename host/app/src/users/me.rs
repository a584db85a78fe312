//! Who is calling.

use std::sync::Arc;

use crate::caller::Caller;
use engine::lane::Lane;
use tenant::{Permission, Tenant, User};

/// The caller.
#[derive(Clone, Debug)]
pub struct Me {
    /// The caller's user.
    pub user: Arc<User>,
    /// The caller's tenant.
    pub tenant: Arc<Tenant>,
    /// What the caller's scopes permit.
    pub permissions: Vec<Permission>,
}

/// The user or the tenant of a credential is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the credential is not valid any more")]
pub struct Gone;

/// Who is calling. Everybody may ask.
///
/// # Errors
/// Where the user or the tenant is not there any more.
pub fn read(caller: &Caller) -> Result<Me, Gone> {
    let definitions = caller.definitions();
    let user = definitions.users.get(&caller.id).cloned().ok_or(Gone)?;
    let permissions = Permission::ALL.iter().copied();
    Ok(Me {
        user,
        tenant: tenant_of(&caller.lane)?,
        permissions: permissions.filter(|one| caller.may(*one)).collect(),
    })
}

/// The tenant of a lane, as its own people see it.
///
/// # Errors
/// Where it is not there any more.
pub fn tenant_of(lane: &Lane) -> Result<Arc<Tenant>, Gone> {
    lane.definitions().tenant().cloned().ok_or(Gone)
}
