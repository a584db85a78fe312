//! The people whom alerts are assigned to.

use crate::caller::{Caller, Forbidden};
use tenant::Permission;

/// Somebody who works on alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// The user's id.
    pub id: String,
    /// The user's login.
    pub login: String,
}

/// Everybody of the tenant who may change alerts and is not disabled, by login.
///
/// # Errors
/// Where the caller may not read alerts.
pub fn list(caller: &Caller) -> Result<Vec<Colleague>, Forbidden> {
    caller.require(Permission::AlertRead)?;
    let definitions = caller.definitions();
    let users = definitions
        .users
        .iter()
        .filter(|user| !user.disabled && definitions.permit(&user.scopes, Permission::AlertWrite));
    let mut people: Vec<Colleague> = users
        .map(|user| Colleague {
            id: user.id.clone(),
            login: user.login.clone(),
        })
        .collect();
    people.sort_by(|one, other| one.login.cmp(&other.login));
    Ok(people)
}
