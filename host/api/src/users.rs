//! Users of the tenant: `/v1/users`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::caller::{UserCaller, user_in};
use super::listing::{Nothing, page_of};
use super::passwords;
use crate::http::{
    Created, ETag, JsonBody, List, MergePatch, Page, Params, Preconditions, Problem, ProblemError,
    ProblemKind, Tagged, WireTime, problems,
};
use app::App;
use base::naming;
use engine::lane::Change;
use store::key::TenantId;
use tenant::credential::Password;
use tenant::grant::{GrantRefusal, check_change, check_holds, is_administrator};
use tenant::{Definitions, Permission, Scope, User};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/users",
            post_with(create_user, |op| {
                op.summary("Create a user or a service")
                    .description("Scopes are given by an Administrator, or by whoever has `user:write` and holds them.")
                    .tag("Users")
                    .with(problems(&[ProblemKind::Conflict]))
            })
            .get_with(list_users, |op| op.summary("List the users").tag("Users")),
        )
        .api_route(
            "/v1/users/{user}",
            get_with(read_user, |op| op.summary("Read a user").tag("Users")).patch_with(
                change_user,
                |op| {
                    op.summary("Change a user's scopes or client id, or disable the user")
                        .description("An Administrator changes everybody else; whoever has `user:write` changes those who have only scopes that they hold, too, and gives and takes no others. Nobody gives a scope to themself. A tenant keeps at least one enabled Administrator.")
                        .tag("Users")
                        .with(problems(&[ProblemKind::Conflict]))
                },
            ),
        )
}

/// A user to create.
#[derive(Deserialize, JsonSchema)]
pub(super) struct NewUser {
    /// Unique within the tenant: 1 to 200 characters, no spaces, as RFC 8265 has user names. Logins that differ only in
    /// case, width or composition, or in letters that look alike, are the same login.
    #[schemars(length(min = 1, max = 200))]
    login: String,
    /// At least 12 characters; none for a service, which has tokens alone.
    #[serde(default)]
    password: Option<String>,
    /// What the user may, such as `AML Analyst`.
    pub(super) scopes: Vec<String>,
    /// The `api-clientId` under which the user starts sessions; set by an Administrator alone.
    #[serde(default)]
    pub(super) client_id: Option<String>,
}

/// A user to create, of whom all was checked that can be checked alone.
pub(super) struct CheckedUser {
    login: String,
    password: Option<String>,
    scopes: Vec<String>,
    client_id: Option<String>,
}

/// A user or a service.
#[derive(Debug, Serialize, JsonSchema)]
struct UserBody {
    id: String,
    login: String,
    scopes: Vec<String>,
    /// The `api-clientId` under which the user starts sessions.
    client_id: Option<String>,
    disabled: bool,
    /// Whether the user can sign in on the web pages.
    has_password: bool,
    created_at: WireTime,
}

/// What can be changed of a user.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct UserChange {
    scopes: Vec<String>,
    /// The `api-clientId` under which the user starts sessions, such as `santander`; set by an Administrator alone.
    #[serde(default)]
    client_id: Option<String>,
    disabled: bool,
}

/// The path of a user.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct UserPath {
    /// The user's id.
    pub(super) user: Uuid,
}

impl NewUser {
    /// Checks login and scopes, and hashes the password.
    ///
    /// # Errors
    /// 422, and 503 where too many passwords of the tenant wait to be hashed.
    pub(super) async fn check(
        self,
        app: &App,
        tenant: TenantId,
        definitions: &Definitions,
    ) -> Result<CheckedUser, Problem> {
        let is_odd = |letter: char| letter.is_whitespace() || letter.is_control();
        if !(1..=200).contains(&self.login.chars().count()) || self.login.contains(is_odd) {
            let detail = "'login' must have 1 to 200 characters and no spaces";
            return Err(invalid("login", detail));
        }
        let login = naming::login(&self.login)
            .map_err(|fault| invalid("login", &format!("'login': {fault}")))?;
        check_scopes(definitions, &self.scopes)?;
        check_client_id(self.client_id.as_deref())?;
        let password = match self.password {
            None => None,
            Some(text) => {
                let password = Password::new(&text)
                    .map_err(|error| invalid("password", &error.to_string()))?;
                Some(passwords::hash(app, tenant, password).await?)
            }
        };
        Ok(CheckedUser {
            login,
            password,
            scopes: self.scopes,
            client_id: self.client_id,
        })
    }
}

impl CheckedUser {
    /// The user, made at this moment.
    pub(super) fn user(self, at: Timestamp) -> User {
        User {
            id: Uuid::now_v7().to_string(),
            login: self.login,
            password: self.password,
            scopes: self.scopes,
            client_id: self.client_id,
            disabled: false,
            created_at: at.as_micros(),
            version: 1,
        }
    }
}

impl UserBody {
    fn of(user: &User) -> Self {
        Self {
            id: user.id.clone(),
            login: user.login.clone(),
            scopes: user.scopes.clone(),
            client_id: user.client_id.clone(),
            disabled: user.disabled,
            has_password: user.password.is_some(),
            created_at: WireTime(Timestamp::from_micros(user.created_at)),
        }
    }
}

/// Refuses scopes that there are not, and none.
fn check_scopes(definitions: &Definitions, scopes: &[String]) -> Result<(), Problem> {
    let defaults = Scope::DEFAULTS.iter().map(|scope| scope.name);
    let own = definitions.scopes.iter().map(|own| own.name.as_str());
    let known = defaults.chain(own).collect::<Vec<_>>().join(", ");
    if scopes.is_empty() {
        let detail = format!("'scopes' must hold at least one of: {known}");
        return Err(invalid("scopes", &detail));
    }
    match scopes.iter().find(|scope| !definitions.has_scope(scope)) {
        None => Ok(()),
        Some(unknown) => {
            let detail = format!("there is no scope '{unknown}'; there are: {known}");
            Err(invalid("scopes", &detail))
        }
    }
}

/// Refuses scopes without Administrator.
///
/// # Errors
/// 422.
pub(super) fn require_administrator_scope(scopes: &[String]) -> Result<(), Problem> {
    if is_administrator(scopes) {
        return Ok(());
    }
    let detail = "the first user must have the scope 'Administrator', or nobody could make others";
    Err(invalid("scopes", detail))
}

/// Refuses a client id that no header can carry as it is.
fn check_client_id(client_id: Option<&str>) -> Result<(), Problem> {
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
fn require_client_rank(
    caller: &[String],
    before: Option<&str>,
    after: Option<&str>,
) -> Result<(), Problem> {
    if before != after && !is_administrator(caller) {
        return Err(Problem::forbidden(
            "of an Administrator: only they say which client id belongs to whom",
        ));
    }
    Ok(())
}

fn invalid(field: &str, detail: &str) -> Problem {
    let error = ProblemError {
        field: field.to_owned(),
        reason: "invalid".to_owned(),
        detail: detail.to_owned(),
    };
    Problem::unprocessable(detail, vec![error])
}

/// The user of this id.
///
/// # Errors
/// 404.
pub(super) fn find_user(definitions: &Definitions, path: &UserPath) -> Result<Arc<User>, Problem> {
    let id = path.user.to_string();
    let user = definitions.users.get(&id).cloned();
    user.ok_or_else(|| Problem::not_found(&format!("user {id}")))
}

async fn create_user(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    JsonBody(new): JsonBody<NewUser>,
) -> Result<Created<UserBody>, Problem> {
    caller.require(Permission::UserWrite)?;
    let definitions = caller.definitions();
    check_holds(&*user_in(&definitions, &caller.id)?, &new.scopes)?;
    require_client_rank(&caller.scopes, None, new.client_id.as_deref())?;
    let new = new.check(&app, caller.tenant, &definitions).await?;
    let actor = caller.actor();
    let by = caller.id.clone();
    let create = move |change: &mut Change<'_>| {
        let by = user_in(change.definitions(), &by)?;
        check_holds(&by, &new.scopes)?;
        let look = naming::look(&new.login);
        let is_taken = |user: &&Arc<User>| naming::look(&user.login) == look;
        if let Some(taken) = change.definitions().users.iter().find(is_taken) {
            let detail = format!(
                "there is a user '{}' already, and logins that look the same are one",
                taken.login
            );
            return Err(Problem::conflict(detail));
        }
        change.audit(&actor, "user.create", &new.login);
        Ok(change.put(new.user(change.at())))
    };
    let user = caller.change(create).await?;
    Ok(Created(UserBody::of(&user)))
}

async fn list_users(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<UserBody>>, Problem> {
    caller.require(Permission::UserRead)?;
    let definitions = caller.definitions();
    let users = &definitions.users;
    let all = |_: &User| true;
    page_of(
        &app,
        caller.tenant,
        &["users"],
        &page,
        users,
        all,
        UserBody::of,
    )
}

async fn read_user(
    caller: UserCaller,
    Params(path): Params<UserPath>,
    preconditions: Preconditions,
) -> Result<Tagged<UserBody>, Problem> {
    if *caller.id != *path.user.to_string() {
        caller.require(Permission::UserRead)?;
    }
    let user = find_user(&caller.definitions(), &path)?;
    let etag = ETag::of_version(user.version);
    Ok(Tagged::get(etag, UserBody::of(&user), &preconditions))
}

async fn change_user(
    caller: UserCaller,
    Params(path): Params<UserPath>,
    preconditions: Preconditions,
    patch: MergePatch,
) -> Result<Tagged<UserBody>, Problem> {
    caller.require(Permission::UserWrite)?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let apply = move |change: &mut Change<'_>| {
        let user = find_user(change.definitions(), &path)?;
        preconditions.check(Some(&ETag::of_version(user.version)))?;
        let current = UserChange {
            scopes: user.scopes.clone(),
            client_id: user.client_id.clone(),
            disabled: user.disabled,
        };
        let UserChange {
            scopes,
            client_id,
            disabled,
        } = patch.apply(&current)?;
        let definitions = change.definitions();
        check_scopes(definitions, &scopes)?;
        check_client_id(client_id.as_deref())?;
        let by = user_in(definitions, &by)?;
        require_client_rank(&by.scopes, user.client_id.as_deref(), client_id.as_deref())?;
        let granted = check_change(&by, &user, &scopes);
        // Whoever would leave the tenant without an Administrator is told that first.
        if !matches!(granted, Err(GrantRefusal::OwnScopes)) {
            granted.clone()?;
        }
        change.audit(&actor, "user.change", &user.login);
        let user = change.put(User {
            scopes,
            client_id,
            disabled,
            version: user.version + 1,
            ..User::clone(&user)
        });
        let mut users = change.definitions().users.iter();
        if !users.any(|user| !user.disabled && is_administrator(&user.scopes)) {
            return Err(Problem::conflict(
                "the tenant would be left without an enabled Administrator; make another one first",
            ));
        }
        granted?;
        Ok(user)
    };
    let user = caller.change(apply).await?;
    let etag = ETag::of_version(user.version);
    Ok(Tagged::changed(etag, UserBody::of(&user)))
}
