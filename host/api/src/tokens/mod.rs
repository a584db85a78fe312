//! Access tokens of users: `/v1/users/{user}/tokens`.

mod rotate;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, post_with};
use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::caller::{UserCaller, user_in};
use crate::http::{Created, List, Page, Params, Problem, ProblemKind, WireTime, problems};
use crate::idempotency::{Answer, Repeatable};
use crate::listing::{Nothing, page_of};
use crate::users::{UserPath, find_user};
use app::App;
use engine::lane::Change;
use tenant::credential::{Credential, CredentialKind};
use tenant::grant::{check_holds, check_token};
use tenant::{MAX_TOKENS_PER_USER, Permission, Token, User};

pub(crate) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/v1/users/{user}/tokens",
            post_with(create_token, |op| {
                op.summary("Create an access token")
                    .description("Users mint their own. Such a token is a child of the one that the request presents: it expires no later, and is revoked with it. Only an Administrator makes a token for somebody else; it stands on its own. A user has at most 100 tokens that have not expired.")
                    .tag("Users")
                    .with(problems(&[ProblemKind::Conflict]))
            })
            .get_with(list_tokens, |op| {
                op.summary("List a user's access tokens").tag("Users")
            })
            .delete_with(revoke_tokens, |op| {
                op.summary("Revoke all access tokens of a user")
                    .description("Their own among them, where users revoke theirs. Needs `user:write` for somebody else.")
                    .tag("Users")
            }),
        )
        .api_route(
            "/v1/users/{user}/tokens/{token}",
            delete_with(revoke_token, |op| {
                op.summary("Revoke an access token")
                    .description("With all tokens that were minted with it, and with those.")
                    .tag("Users")
            }),
        )
        .api_route(
            "/v1/users/{user}/tokens/{token}/rotate",
            post_with(rotate::rotate_token, |op| {
                op.summary("Replace an access token")
                    .description("The new token expires when the one it replaces would have, and takes over its children. The former one is good until the overlap ends, or until the new one is revoked. With a token users replace that token and those that descend from it; an Administrator replaces tokens of others.")
                    .tag("Users")
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
}

/// An access token to create.
#[derive(Debug, Deserialize, JsonSchema)]
struct NewToken {
    /// For people: 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// From then on it is refused. A user's own token expires no later than the one it is minted with, and at the same
    /// time unless told.
    #[serde(default)]
    expires_at: Option<WireTime>,
}

/// A new access token.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct NewTokenBody {
    id: String,
    /// Shown once: null in the answer to a request that came again.
    token: Option<String>,
    name: String,
    /// Its first characters, for recognition.
    prefix: String,
    expires_at: Option<WireTime>,
}

/// An access token, without the token.
#[derive(Debug, Serialize, JsonSchema)]
struct TokenBody {
    id: String,
    name: String,
    /// Its first characters, for recognition.
    prefix: String,
    created_at: WireTime,
    expires_at: Option<WireTime>,
    /// The id of the token with which it ends; null for one that stands on its own.
    parent: Option<String>,
}

/// The path of a token.
#[derive(Debug, Deserialize, JsonSchema)]
struct TokenPath {
    /// The user's id.
    user: Uuid,
    /// The token's id.
    token: Uuid,
}

impl Answer for NewTokenBody {
    fn without_secrets(&self) -> Self {
        Self {
            id: self.id.clone(),
            token: None,
            name: self.name.clone(),
            prefix: self.prefix.clone(),
            expires_at: self.expires_at,
        }
    }
}

impl TokenBody {
    fn of(token: &Token) -> Self {
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            prefix: token.prefix.clone(),
            created_at: WireTime(Timestamp::from_micros(token.created_at)),
            expires_at: wire_expiry(token.expires_at),
            parent: token.parent.clone(),
        }
    }
}

impl NewTokenBody {
    fn of(token: &Token, credential: &Credential) -> Self {
        Self {
            id: token.id.clone(),
            token: Some(credential.expose().to_owned()),
            name: token.name.clone(),
            prefix: token.prefix.clone(),
            expires_at: wire_expiry(token.expires_at),
        }
    }
}

/// An expiry as the API shows it.
pub(crate) fn wire_expiry(expires_at: Option<i64>) -> Option<WireTime> {
    expires_at.map(|at| WireTime(Timestamp::from_micros(at)))
}

/// Checks an expiry against now.
///
/// # Errors
/// 422 where it is past.
pub(crate) fn check_expiry(expires_at: Option<WireTime>, now: Timestamp) -> Result<(), Problem> {
    match expires_at {
        Some(WireTime(at)) if at <= now => Err(Problem::unprocessable(
            "'expires_at' must be in the future",
            Vec::new(),
        )),
        _ => Ok(()),
    }
}

/// Checks a name for people: 1 to 200 characters.
///
/// # Errors
/// 422.
pub(crate) fn check_name(name: &str) -> Result<(), Problem> {
    if (1..=200).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    let detail = "'name' must have 1 to 200 characters and no control characters";
    Err(Problem::unprocessable(detail, Vec::new()))
}

/// A new token of a user, which stands on its own, and the credential that is shown once.
pub(crate) fn issue_token(
    user: &str,
    name: &str,
    expires_at: Option<Timestamp>,
    at: Timestamp,
) -> (Token, Credential) {
    let credential = Credential::generate(CredentialKind::AccessToken);
    let token = Token {
        id: Uuid::now_v7().to_string(),
        user: user.to_owned(),
        name: name.to_owned(),
        prefix: credential.recognizable().to_owned(),
        digest: *credential.digest().as_bytes(),
        created_at: at.as_micros(),
        expires_at: expires_at.map(Timestamp::as_micros),
        parent: None,
    };
    (token, credential)
}

/// Users manage their own tokens; those of others need the permission.
fn require(caller: &UserCaller, user: Uuid, permission: Permission) -> Result<(), Problem> {
    if *caller.id == *user.to_string() {
        return Ok(());
    }
    Ok(caller.require(permission)?)
}

/// Refuses another token of a user who has too many. Those that have expired are forgotten then.
fn make_room(change: &mut Change<'_>, user: &User) -> Result<(), Problem> {
    let tokens = change.definitions().tokens_of(&user.id);
    if tokens.len() < MAX_TOKENS_PER_USER {
        return Ok(());
    }
    let at = change.at();
    let (expired, live): (Vec<_>, Vec<_>) = tokens.iter().partition(|token| token.has_expired(at));
    if live.len() >= MAX_TOKENS_PER_USER {
        return Err(Problem::conflict(format!(
            "user '{}' has {MAX_TOKENS_PER_USER} access tokens, and cannot have more; revoke one first",
            user.login
        )));
    }
    for token in expired {
        change.remove::<Token>(&token.id);
    }
    Ok(())
}

/// When a token expires that is minted with another: as asked, and no later than that one.
fn expiry_of_child(asked: Option<WireTime>, parent: &Token) -> Result<Option<Timestamp>, Problem> {
    let end = parent.expires_at.map(Timestamp::from_micros);
    match (asked, end) {
        (Some(WireTime(asked)), Some(end)) if asked > end => Err(Problem::unprocessable(
            format!(
                "'expires_at' must not be later than {end}, when the token of this request expires"
            ),
            Vec::new(),
        )),
        (Some(WireTime(asked)), _) => Ok(Some(asked)),
        (None, end) => Ok(end),
    }
}

async fn create_token(
    caller: UserCaller,
    Params(path): Params<UserPath>,
    Repeatable { body: new, once }: Repeatable<NewToken>,
) -> Result<Created<NewTokenBody>, Problem> {
    require(&caller, path.user, Permission::UserWrite)?;
    check_name(&new.name)?;
    let actor = caller.actor();
    let (by, with) = (caller.id.clone(), caller.token.clone());
    let create = move |change: &mut Change<'_>| {
        let user = find_user(change.definitions(), &path)?;
        let by = user_in(change.definitions(), &by)?;
        check_token(&by, &user)?;
        check_expiry(new.expires_at, change.at())?;
        make_room(change, &user)?;
        let is_own = user.id == by.id;
        let (parent, expires_at) = if is_own {
            let parent = change.definitions().tokens.get(&with);
            let parent = parent.ok_or_else(Problem::unauthorized)?;
            let expires_at = expiry_of_child(new.expires_at, parent)?;
            (Some(parent.id.clone()), expires_at)
        } else {
            (None, new.expires_at.map(|WireTime(at)| at))
        };
        let (token, credential) = issue_token(&user.id, &new.name, expires_at, change.at());
        let token = change.put(Token { parent, ..token });
        let action = if is_own {
            "token.create"
        } else {
            "token.create_for_other"
        };
        change.audit(&actor, action, subject(&user, &token));
        Ok(NewTokenBody::of(&token, &credential))
    };
    once.create(&caller, create).await
}

async fn list_tokens(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<UserPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<TokenBody>>, Problem> {
    require(&caller, path.user, Permission::UserRead)?;
    let definitions = caller.definitions();
    let user = find_user(&definitions, &path)?;
    let list = ["tokens", &user.id];
    let belongs = |token: &Token| token.user == user.id;
    let tokens = &definitions.tokens;
    page_of(
        &app,
        caller.tenant,
        &list,
        &page,
        tokens,
        belongs,
        TokenBody::of,
    )
}

/// The token of a path, and its user.
fn find_token(change: &Change<'_>, path: &TokenPath) -> Result<(Arc<User>, Arc<Token>), Problem> {
    let user = find_user(change.definitions(), &UserPath { user: path.user })?;
    let id = path.token.to_string();
    let token = change.definitions().tokens.get(&id).cloned();
    let token = token.filter(|token| token.user == user.id);
    let token = token.ok_or_else(|| Problem::not_found(&format!("token {id} of this user")))?;
    Ok((user, token))
}

/// How the audit names a token.
fn subject(user: &User, token: &Token) -> String {
    format!("{}/{}", user.login, token.prefix)
}

async fn revoke_token(
    caller: UserCaller,
    Params(path): Params<TokenPath>,
) -> Result<NoContent, Problem> {
    require(&caller, path.user, Permission::UserWrite)?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let revoke = move |change: &mut Change<'_>| {
        let (user, token) = find_token(change, &path)?;
        let by = user_in(change.definitions(), &by)?;
        check_holds(&by, &user.scopes)?;
        for revoked in change.definitions().token_and_descendants(&token.id) {
            change.remove::<Token>(&revoked.id);
        }
        change.audit(&actor, "token.revoke", subject(&user, &token));
        Ok(())
    };
    caller.change(revoke).await?;
    Ok(NoContent)
}

async fn revoke_tokens(
    caller: UserCaller,
    Params(path): Params<UserPath>,
) -> Result<NoContent, Problem> {
    require(&caller, path.user, Permission::UserWrite)?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let revoke = move |change: &mut Change<'_>| {
        let user = find_user(change.definitions(), &path)?;
        let by = user_in(change.definitions(), &by)?;
        check_holds(&by, &user.scopes)?;
        for token in change.definitions().tokens_of(&user.id) {
            change.remove::<Token>(&token.id);
        }
        change.audit(&actor, "token.revoke_all", &user.login);
        Ok(())
    };
    caller.change(revoke).await?;
    Ok(NoContent)
}
