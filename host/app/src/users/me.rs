//! Who is calling, and the team that the caller is working for.

use std::sync::Arc;

use super::{ChooseTeamError, choose_team};
use crate::caller::Caller;
use crate::request::{Edit, Invalid};
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

/// Why the caller's team was not chosen.
#[derive(Debug, thiserror::Error)]
pub enum ChangeMeError {
    /// The new value cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The team cannot be chosen.
    #[error(transparent)]
    Choose(#[from] ChooseTeamError),
    /// The caller is not there any more.
    #[error(transparent)]
    Gone(#[from] Gone),
}

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

/// Changes the team that the caller is working for; none: the first of the caller's teams.
///
/// # Errors
/// Where the caller is no member of the team.
pub async fn change(caller: &Caller, edit: Edit<Option<String>>) -> Result<Me, ChangeMeError> {
    let definitions = caller.definitions();
    let stored = definitions.users.get(&caller.id);
    let chosen = stored.and_then(|user| user.current_team.clone());
    choose_team(caller, edit.apply(chosen)?).await?;
    Ok(read(caller)?)
}
