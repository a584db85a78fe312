//! Users and services of a tenant.
//!
//! [`me`] is who is calling, and [`own`] what everybody changes of themselves; [`scopes`] are what they may do,
//! [`tokens`] what they call the API with, and [`sign_in`] how they come to the pages, with [`passwords`], which they set
//! first with a [`password_link`].

pub mod me;
pub mod own;
pub mod password_link;
pub mod passwords;
pub mod scopes;
pub mod sign_in;
pub mod tokens;

use std::sync::Arc;

use uuid::Uuid;

use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::request::page::{ForeignCursor, page_of};
use crate::request::{Edit, Expected, Invalid, Page, PageRequest, Stale, Version};
use base::naming;
use domain::time::Timestamp;
use engine::lane::{Change, LaneError};
use passwords::HashError;
use store::key::TenantId;
use tenant::grant::{GrantRefusal, check_change, check_holds, is_administrator};
use tenant::{Definitions, Permission, Preferences, Revoked, Scope, User};

/// A user or a service to create.
#[derive(Clone)]
pub struct NewUser {
    /// Unique within the tenant: 1 to 200 characters, no spaces, as RFC 8265 has user names.
    pub login: String,
    /// At least 12 characters; none for a service, which has tokens alone.
    pub password: Option<String>,
    /// What the user may, such as `AML Analyst`.
    pub scopes: Vec<String>,
    /// The `api-clientId` under which the user starts sessions; set by an Administrator alone.
    pub client_id: Option<String>,
    /// The names of the teams that the user is a member of.
    pub teams: Vec<String>,
}

/// A user to create, of whom all was checked that can be checked alone.
pub(crate) struct CheckedUser {
    login: String,
    password: Option<String>,
    scopes: Vec<String>,
    client_id: Option<String>,
    teams: Vec<String>,
}

/// What can be changed of a user.
#[derive(Clone, Debug)]
pub struct UserFields {
    /// What the user may, such as `AML Analyst`.
    pub scopes: Vec<String>,
    /// The `api-clientId` under which the user starts sessions; set by an Administrator alone.
    pub client_id: Option<String>,
    /// The names of the teams that the user is a member of.
    pub teams: Vec<String>,
    /// Whether the user's credentials are refused.
    pub disabled: bool,
}

/// The tenant has no user of this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no user {0}")]
pub struct NoSuchUser(pub Uuid);

/// Somebody other than an Administrator gives or takes a client id, under which sessions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("only an Administrator says which client id belongs to whom")]
pub struct ClientIdRefused;

/// Why a new user's values cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum CheckUserError {
    /// Login, password, scopes or client id cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The password was not hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// Why a user was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateUserError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The caller may not give these scopes.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// The caller may not give a client id.
    #[error(transparent)]
    ClientId(#[from] ClientIdRefused),
    /// The user's values cannot be taken.
    #[error(transparent)]
    Check(#[from] CheckUserError),
    /// The login is another user's, or looks like it.
    #[error("there is a user '{0}' already, and logins that look the same are one")]
    LoginTaken(String),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a user cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadUserError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such user.
    #[error(transparent)]
    NoSuchUser(#[from] NoSuchUser),
}

/// Why users, or what belongs to one, cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListUsersError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such user.
    #[error(transparent)]
    NoSuchUser(#[from] NoSuchUser),
    /// The cursor is none of this list.
    #[error(transparent)]
    ForeignCursor(#[from] ForeignCursor),
}

/// Why a user was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeUserError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such user.
    #[error(transparent)]
    NoSuchUser(#[from] NoSuchUser),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The new fields cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The caller may not give or take these scopes.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// The caller may not give or take a client id.
    #[error(transparent)]
    ClientId(#[from] ClientIdRefused),
    /// The caller, who is no Administrator, changes their own teams.
    #[error("nobody changes their own teams, but for an Administrator; ask somebody else")]
    OwnTeams,
    /// Nobody could make others any more.
    #[error("the tenant would be left without an enabled Administrator; make another one first")]
    LastAdministrator,
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

impl NewUser {
    /// Checks login and scopes, and hashes the password.
    ///
    /// # Errors
    /// Where a value cannot be taken, or too many passwords of the tenant wait to be hashed.
    pub(crate) async fn check(
        self,
        app: &App,
        tenant: TenantId,
        definitions: &Definitions,
    ) -> Result<CheckedUser, CheckUserError> {
        let is_odd = |letter: char| letter.is_whitespace() || letter.is_control();
        if !(1..=200).contains(&self.login.chars().count()) || self.login.contains(is_odd) {
            let detail = "'login' must have 1 to 200 characters and no spaces";
            return Err(invalid("login", detail).into());
        }
        let login = naming::login(&self.login)
            .map_err(|fault| invalid("login", format!("'login': {fault}")))?;
        check_scopes(definitions, &self.scopes)?;
        check_client_id(self.client_id.as_deref())?;
        check_teams(definitions, &self.teams)?;
        let password = match self.password {
            None => None,
            Some(text) => {
                let password = passwords::check(&text)?;
                Some(passwords::hash_of(app, tenant, password).await?)
            }
        };
        Ok(CheckedUser {
            login,
            password,
            scopes: self.scopes,
            client_id: self.client_id,
            teams: self.teams,
        })
    }
}

impl CheckedUser {
    /// The user, made at this moment.
    pub(crate) fn user(self, at: Timestamp) -> User {
        User {
            id: Uuid::now_v7().to_string(),
            login: self.login,
            password: self.password,
            scopes: self.scopes,
            client_id: self.client_id,
            teams: self.teams,
            current_team: None,
            preferences: Preferences::default(),
            password_code: None,
            disabled: false,
            created_at: at.as_micros(),
            version: 1,
        }
    }
}

/// Creates a user or a service.
///
/// # Errors
/// Where the caller may not give these scopes, a value cannot be taken, or the login is another user's.
pub async fn create(
    app: &App,
    caller: &Caller,
    new: NewUser,
) -> Result<Arc<User>, CreateUserError> {
    caller.require(Permission::UserWrite)?;
    let definitions = caller.definitions();
    check_holds(&*acting_user(&definitions, &caller.id)?, &new.scopes)?;
    check_client_rank(&caller.scopes, None, new.client_id.as_deref())?;
    let new = new.check(app, caller.tenant, &definitions).await?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let create = move |change: &mut Change<'_>| {
        let by = acting_user(change.definitions(), &by)?;
        check_holds(&by, &new.scopes)?;
        let look = naming::look(&new.login);
        let is_taken = |user: &&Arc<User>| naming::look(&user.login) == look;
        if let Some(taken) = change.definitions().users.iter().find(is_taken) {
            return Err(CreateUserError::LoginTaken(taken.login.clone()));
        }
        change.audit(&actor, "user.create", &new.login);
        Ok(change.put(new.user(change.at())))
    };
    caller.change(create).await
}

/// A page of the tenant's users, oldest first.
///
/// # Errors
/// Where the caller may not, or the cursor is none of this list.
pub fn list(
    app: &App,
    caller: &Caller,
    page: &PageRequest,
) -> Result<Page<Arc<User>>, ListUsersError> {
    caller.require(Permission::UserRead)?;
    let users = &caller.definitions().users;
    let all = |_: &User| true;
    let page = page_of(&app.cursors, caller.tenant, &["users"], page, users, all);
    Ok(page?)
}

/// Reads a user. Everybody reads themself.
///
/// # Errors
/// Where the caller may not, or there is no such user.
pub fn read(caller: &Caller, user: Uuid) -> Result<Arc<User>, ReadUserError> {
    require_unless_own(caller, user, Permission::UserRead)?;
    Ok(find_user(&caller.definitions(), user)?)
}

/// Changes a user's scopes or client id, or disables the user.
///
/// An Administrator changes everybody else. Whoever has `user:write` changes those who have only scopes that they hold,
/// too, and gives and takes no others. Nobody gives a scope to themself, and a tenant keeps at least one enabled
/// Administrator.
///
/// # Errors
/// Where any of that would not hold, there is no such user, it is not the version that the change is meant for, or a
/// value cannot be taken.
pub async fn change(
    caller: &Caller,
    user: Uuid,
    expected: Expected,
    edit: Edit<UserFields>,
) -> Result<Arc<User>, ChangeUserError> {
    caller.require(Permission::UserWrite)?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let apply = move |change: &mut Change<'_>| {
        let user = find_user(change.definitions(), user)?;
        expected.check(Some(Version::Number(user.version)))?;
        let current = UserFields {
            scopes: user.scopes.clone(),
            client_id: user.client_id.clone(),
            teams: user.teams.clone(),
            disabled: user.disabled,
        };
        let UserFields {
            scopes,
            client_id,
            teams,
            disabled,
        } = edit.apply(current)?;
        let definitions = change.definitions();
        if teams != user.teams {
            check_teams(definitions, &teams)?;
        }
        check_scopes(definitions, &scopes)?;
        check_client_id(client_id.as_deref())?;
        let by = acting_user(definitions, &by)?;
        check_client_rank(&by.scopes, user.client_id.as_deref(), client_id.as_deref())?;
        if teams != user.teams && user.id == by.id && !is_administrator(&by.scopes) {
            return Err(ChangeUserError::OwnTeams);
        }
        let granted = check_change(&by, &user, &scopes);
        // Whoever would leave the tenant without an Administrator is told that first.
        if !matches!(granted, Err(GrantRefusal::OwnScopes)) {
            granted.clone()?;
        }
        change.audit(&actor, "user.change", &user.login);
        let user = change.put(User {
            scopes,
            client_id,
            teams,
            disabled,
            version: user.version + 1,
            ..User::clone(&user)
        });
        let mut users = change.definitions().users.iter();
        if !users.any(|user| !user.disabled && is_administrator(&user.scopes)) {
            return Err(ChangeUserError::LastAdministrator);
        }
        granted?;
        Ok(user)
    };
    caller.change(apply).await
}

/// The user of this id.
///
/// # Errors
/// Where there is none.
pub fn find_user(definitions: &Definitions, id: Uuid) -> Result<Arc<User>, NoSuchUser> {
    let user = definitions.users.get(&id.to_string()).cloned();
    user.ok_or(NoSuchUser(id))
}

/// What a user is called: the login, or, where there is no such user any more, the id.
pub fn login_of<'d>(definitions: &'d Definitions, id: &'d str) -> &'d str {
    let user = definitions.users.get(id);
    user.map_or(id, |user| &user.login)
}

/// The user who acts, as a change finds them in the lane.
///
/// # Errors
/// Where there is no such user any more.
pub fn acting_user(definitions: &Definitions, id: &str) -> Result<Arc<User>, LaneError> {
    let user = definitions.users.get(id).cloned();
    user.ok_or(LaneError::Revoked(Revoked::User))
}

/// Refuses scopes without Administrator.
///
/// # Errors
/// Where Administrator is not among them.
pub(crate) fn check_administers(scopes: &[String]) -> Result<(), Invalid> {
    if is_administrator(scopes) {
        return Ok(());
    }
    let detail = "the first user must have the scope 'Administrator', or nobody could make others";
    Err(invalid("scopes", detail))
}

/// Users manage what is their own; what belongs to others needs the permission.
fn require_unless_own(
    caller: &Caller,
    user: Uuid,
    permission: Permission,
) -> Result<(), Forbidden> {
    if *caller.id == *user.to_string() {
        return Ok(());
    }
    caller.require(permission)
}

/// Refuses scopes that there are not, and none.
fn check_scopes(definitions: &Definitions, scopes: &[String]) -> Result<(), Invalid> {
    let defaults = Scope::DEFAULTS.iter().map(|scope| scope.name);
    let own = definitions.scopes.iter().map(|own| own.name.as_str());
    let known = defaults.chain(own).collect::<Vec<_>>().join(", ");
    if scopes.is_empty() {
        let detail = format!("'scopes' must hold at least one of: {known}");
        return Err(invalid("scopes", detail));
    }
    match scopes.iter().find(|scope| !definitions.has_scope(scope)) {
        None => Ok(()),
        Some(unknown) => {
            let detail = format!("there is no scope '{unknown}'; there are: {known}");
            Err(invalid("scopes", detail))
        }
    }
}

/// Refuses teams that there are not, and teams that are named twice.
fn check_teams(definitions: &Definitions, teams: &[String]) -> Result<(), Invalid> {
    for (index, team) in teams.iter().enumerate() {
        let field = format!("teams[{index}]");
        if definitions.teams.get(team).is_none() {
            let detail = format!("there is no team '{team}'");
            return Err(Invalid::field(&field, "unknown", detail));
        }
        if teams[..index].contains(team) {
            let detail = format!("'teams' names team '{team}' twice");
            return Err(Invalid::field(&field, "duplicate", detail));
        }
    }
    Ok(())
}

/// Refuses a client id that no header can carry as it is.
fn check_client_id(client_id: Option<&str>) -> Result<(), Invalid> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    match client_id {
        None => Ok(()),
        Some(id) if (1..=100).contains(&id.len()) && id.bytes().all(plain) => Ok(()),
        Some(_) => Err(invalid(
            "client_id",
            "'client_id' must have 1 to 100 characters of A-Z, a-z, 0-9, '-', '_' and '.'",
        )),
    }
}

/// Refuses to give or take a client id without being an Administrator: sessions are under it.
fn check_client_rank(
    scopes: &[String],
    before: Option<&str>,
    after: Option<&str>,
) -> Result<(), ClientIdRefused> {
    if before != after && !is_administrator(scopes) {
        return Err(ClientIdRefused);
    }
    Ok(())
}

fn invalid(field: &str, detail: impl Into<String>) -> Invalid {
    Invalid::field(field, "invalid", detail)
}
