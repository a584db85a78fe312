//! Scopes, the roles of users: those that every tenant has, and the tenant's own.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::acting_user;
use crate::caller::{Caller, Forbidden};
use crate::request::{Expected, Invalid, Stale, Version};
use base::naming;
use engine::lane::{Change, LaneError};
use tenant::grant::{GrantRefusal, check_scope};
use tenant::{Definitions, OwnScope, Permission, Scope, User};

/// The most scopes that a tenant makes.
const MAX_SCOPES: usize = 100;

/// What a scope is to be.
#[derive(Clone, Debug)]
pub struct NewScope {
    /// For people: at most 500 characters.
    pub description: String,
    /// Names of permissions, such as `incident_case:read`.
    pub permissions: Vec<String>,
}

/// A scope of a tenant.
#[derive(Clone, Debug)]
pub enum AnyScope {
    /// One that every tenant has; it cannot be changed.
    Default(&'static Scope),
    /// One of the tenant's own.
    Own(Arc<OwnScope>),
}

/// A scope that was put.
#[derive(Clone, Debug)]
pub struct PutScope {
    /// The scope as it is now.
    pub scope: Arc<OwnScope>,
    /// Whether there was none before.
    pub is_new: bool,
}

/// The tenant has no scope of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no scope '{0}'")]
pub struct NoSuchScope(pub String);

/// Every tenant has this scope as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("every tenant has the scope '{0}' as it is; make another one")]
pub struct DefaultScope(pub String);

/// Why a scope cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadScopeError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such scope.
    #[error(transparent)]
    NoSuchScope(#[from] NoSuchScope),
}

/// Why a scope was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum PutScopeError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It cannot be changed.
    #[error(transparent)]
    Default(#[from] DefaultScope),
    /// Name, description or permissions cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The name looks like another scope's.
    #[error("there is a scope '{0}' already, and names that look the same are one")]
    NameTaken(String),
    /// The tenant has as many as it may have.
    #[error("a tenant may make at most {MAX_SCOPES} scopes")]
    TooMany,
    /// The caller may not make or change such a scope.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a scope was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteScopeError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It cannot be deleted.
    #[error(transparent)]
    Default(#[from] DefaultScope),
    /// There is no such scope.
    #[error(transparent)]
    NoSuchScope(#[from] NoSuchScope),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The caller may not delete such a scope.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// A user has it.
    #[error("user '{login}' has the scope '{scope}'; change the users first")]
    InUse {
        /// The scope's name.
        scope: String,
        /// The login of a user who has it.
        login: String,
    },
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// All scopes of the tenant: those that every tenant has, and its own.
///
/// # Errors
/// Where the caller may not.
pub fn list(caller: &Caller) -> Result<Vec<AnyScope>, Forbidden> {
    caller.require(Permission::UserRead)?;
    const DEFAULTS: &[Scope] = &Scope::DEFAULTS;
    let definitions = caller.definitions();
    let own = definitions.scopes.iter().cloned().map(AnyScope::Own);
    Ok(DEFAULTS.iter().map(AnyScope::Default).chain(own).collect())
}

/// Reads a scope.
///
/// # Errors
/// Where the caller may not, or there is no such scope.
pub fn read(caller: &Caller, name: &str) -> Result<AnyScope, ReadScopeError> {
    caller.require(Permission::UserRead)?;
    Ok(match Scope::find(name) {
        Some(default) => AnyScope::Default(default),
        None => AnyScope::Own(find(&caller.definitions(), name)?),
    })
}

/// Makes a scope, or changes it; a change counts at once for all who have it.
///
/// An Administrator makes and changes any. Whoever has `user:write` makes scopes of what they may do themselves, and
/// changes those that they hold.
///
/// # Errors
/// Where the caller may not, a value cannot be taken, the name looks like another's, or there are too many.
pub async fn put(
    caller: &Caller,
    name: String,
    expected: Expected,
    new: NewScope,
) -> Result<PutScope, PutScopeError> {
    caller.require(Permission::UserWrite)?;
    refuse_default(&name)?;
    new.check(&name)?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let put = move |change: &mut Change<'_>| {
        let current = change.definitions().scopes.get(&name).cloned();
        let version = current.as_ref().map(|own| own.version);
        expected.check(version.map(Version::Number))?;
        if current.is_none() {
            refuse_alike(change.definitions(), &name)?;
            if change.definitions().scopes.len() == MAX_SCOPES {
                return Err(PutScopeError::TooMany);
            }
        }
        let by = acting_user(change.definitions(), &by)?;
        let held = current.as_ref().map(|own| own.name.as_str());
        let before = current.as_ref().map_or(&[][..], |own| &own.permissions);
        check_scope(change.definitions(), &by, held, before)?;
        check_scope(change.definitions(), &by, held, &new.permissions)?;
        change.audit(&actor, "scope.put", &name);
        let scope = change.put(OwnScope {
            name,
            description: new.description,
            permissions: new.permissions,
            created_at: current.map_or(change.at().as_micros(), |own| own.created_at),
            version: version.unwrap_or(0) + 1,
        });
        let is_new = version.is_none();
        Ok(PutScope { scope, is_new })
    };
    caller.change(put).await
}

/// Deletes a scope that no user has.
///
/// # Errors
/// Where the caller may not, there is no such scope, or a user has it.
pub async fn delete(
    caller: &Caller,
    name: String,
    expected: Expected,
) -> Result<(), DeleteScopeError> {
    caller.require(Permission::UserWrite)?;
    refuse_default(&name)?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let delete = move |change: &mut Change<'_>| {
        let scope = find(change.definitions(), &name)?;
        expected.check(Some(Version::Number(scope.version)))?;
        // It is not deleted while anybody holds it, so holding it is not asked.
        let by = acting_user(change.definitions(), &by)?;
        check_scope(change.definitions(), &by, None, &scope.permissions)?;
        let has_it = |user: &&Arc<User>| user.scopes.contains(&name);
        if let Some(user) = change.definitions().users.iter().find(has_it) {
            let login = user.login.clone();
            return Err(DeleteScopeError::InUse { scope: name, login });
        }
        change.audit(&actor, "scope.delete", &name);
        change.remove::<OwnScope>(&name);
        Ok(())
    };
    caller.change(delete).await
}

fn find(definitions: &Definitions, name: &str) -> Result<Arc<OwnScope>, NoSuchScope> {
    let own = definitions.scopes.get(name).cloned();
    own.ok_or_else(|| NoSuchScope(name.to_owned()))
}

fn refuse_default(name: &str) -> Result<(), DefaultScope> {
    match Scope::find(name) {
        None => Ok(()),
        Some(_) => Err(DefaultScope(name.to_owned())),
    }
}

/// Refuses the name of a new scope that people cannot tell from another, or cannot see wholly.
fn refuse_alike(definitions: &Definitions, name: &str) -> Result<(), PutScopeError> {
    naming::check(name).map_err(|fault| Invalid {
        detail: format!("the scope's name: {fault}"),
        ..Invalid::field("scope", "invalid", fault.to_string())
    })?;
    let defaults = Scope::DEFAULTS.iter().map(|scope| scope.name);
    let own = definitions.scopes.iter().map(|own| own.name.as_str());
    let look = naming::look(name);
    let mut names = defaults.chain(own);
    match names.find(|other| naming::look(other) == look) {
        None => Ok(()),
        Some(other) => Err(PutScopeError::NameTaken(other.to_owned())),
    }
}

impl NewScope {
    fn check(&self, name: &str) -> Result<(), Invalid> {
        let refuse = |field: &str, detail: String| Err(Invalid::field(field, "invalid", detail));
        let is_plain = |letter: char| letter.is_alphanumeric() || " -_".contains(letter);
        if !(1..=40).contains(&name.chars().count())
            || !name.chars().all(is_plain)
            || name.trim() != name
        {
            let detail = "a scope's name has 1 to 40 letters, digits, spaces, '-' and '_', and no space at its ends";
            return refuse("scope", detail.to_owned());
        }
        if self.description.chars().count() > 500 {
            let detail = "'description' may have at most 500 characters".to_owned();
            return refuse("description", detail);
        }
        let mut seen = BTreeSet::new();
        for (index, name) in self.permissions.iter().enumerate() {
            let field = format!("permissions[{index}]");
            if Permission::parse(name).is_none() {
                let known: Vec<_> = Permission::ALL.iter().map(|one| one.as_str()).collect();
                let detail = format!(
                    "there is no permission '{name}'; there are: {}",
                    known.join(", ")
                );
                return refuse(&field, detail);
            }
            if !seen.insert(name) {
                return refuse(&field, format!("'permissions' names '{name}' twice"));
            }
        }
        Ok(())
    }
}
