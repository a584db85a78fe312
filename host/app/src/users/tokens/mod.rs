//! Access tokens of users.
//!
//! Users make their own: such a token is a child of the one that the request presents, expires no later, and is revoked
//! with it. Only an Administrator makes a token for somebody else; it stands on its own.

mod rotate;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ListUsersError, NoSuchUser, acting_user, find_user, require_unless_own};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::request::invalid::{check_caption, check_expiry};
use crate::request::once::RepeatError;
use crate::request::page::page_of;
use crate::request::{Invalid, Once, Page, PageRequest, Replayable, rfc3339};
use domain::time::Timestamp;
use engine::lane::{Change, LaneError};
use tenant::credential::{Credential, CredentialKind};
use tenant::directory::UserCredential;
use tenant::grant::{GrantRefusal, check_holds, check_token};
use tenant::{Definitions, MAX_TOKENS_PER_USER, Permission, Revoked, Token, User};

pub use rotate::{RotateTokenError, RotatedToken, rotate};

/// An access token to create.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// For people: 1 to 200 characters.
    pub name: String,
    /// From then on it is refused. A user's own token expires no later than the one it is made with, and at the same
    /// time where this is none.
    pub expires_at: Option<Timestamp>,
}

/// A new access token. It is kept in this form for requests that come again, without what is shown once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IssuedToken {
    /// The token's id.
    pub id: String,
    /// The token itself: shown once, and none in the answer to a request that came again.
    pub token: Option<String>,
    /// For people.
    pub name: String,
    /// Its first characters, for recognition.
    pub prefix: String,
    /// From then on it is refused.
    #[serde(with = "rfc3339::option")]
    pub expires_at: Option<Timestamp>,
}

/// The user has no token of this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no token {0} of this user")]
pub struct NoSuchToken(pub Uuid);

/// A user has as many tokens as a user may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "user '{login}' has {MAX_TOKENS_PER_USER} access tokens, and cannot have more; revoke one first"
)]
pub struct TooManyTokens {
    /// The user's login.
    pub login: String,
}

/// Why no token was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateTokenError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such user.
    #[error(transparent)]
    NoSuchUser(#[from] NoSuchUser),
    /// The caller may not make a token for that user.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// Name or expiry cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The user has too many.
    #[error(transparent)]
    TooMany(#[from] TooManyTokens),
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a token, or all of a user's tokens, were not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeTokenError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such user.
    #[error(transparent)]
    NoSuchUser(#[from] NoSuchUser),
    /// There is no such token.
    #[error(transparent)]
    NoSuchToken(#[from] NoSuchToken),
    /// The caller may not act on that user.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

impl IssuedToken {
    fn of(token: &Token, credential: &Credential) -> Self {
        Self {
            id: token.id.clone(),
            token: Some(credential.expose().to_owned()),
            name: token.name.clone(),
            prefix: token.prefix.clone(),
            expires_at: token.expires_at.map(Timestamp::from_micros),
        }
    }
}

impl Replayable for IssuedToken {
    fn without_secrets(&self) -> Self {
        Self {
            token: None,
            ..self.clone()
        }
    }
}

/// Creates an access token of a user.
///
/// # Errors
/// Where the caller may not, name or expiry cannot be taken, or the user has too many.
pub async fn create(
    caller: &Caller,
    user: Uuid,
    new: NewToken,
    once: Once,
) -> Result<IssuedToken, CreateTokenError> {
    require_unless_own(caller, user, Permission::UserWrite)?;
    check_caption("name", &new.name)?;
    let actor = caller.actor();
    let (by, with) = (caller.id.clone(), caller.credential.clone());
    let create = move |change: &mut Change<'_>| {
        let user = find_user(change.definitions(), user)?;
        let by = acting_user(change.definitions(), &by)?;
        check_token(&by, &user)?;
        check_expiry(new.expires_at, change.at())?;
        make_room(change, &user)?;
        let is_own = user.id == by.id;
        let (parent, expires_at) = match &with {
            UserCredential::Token(with) if is_own => {
                let parent = change.definitions().tokens.get(with);
                let parent = parent.ok_or(LaneError::Revoked(Revoked::Credential))?;
                let expires_at = expiry_of_child(new.expires_at, parent)?;
                (Some(parent.id.clone()), expires_at)
            }
            // A person who signed in makes a token that stands on its own, as one whom an Administrator gives a token.
            UserCredential::Token(_) | UserCredential::SignIn(_) => (None, new.expires_at),
        };
        let (token, credential) = issue(&user.id, &new.name, expires_at, change.at());
        let token = change.put(Token { parent, ..token });
        let action = match is_own {
            true => "token.create",
            false => "token.create_for_other",
        };
        change.audit(&actor, action, subject(&user, &token));
        Ok(IssuedToken::of(&token, &credential))
    };
    once.make(caller, create).await
}

/// A page of a user's tokens, oldest first. Everybody lists their own.
///
/// # Errors
/// Where the caller may not, there is no such user, or the cursor is none of this list.
pub fn list(
    app: &App,
    caller: &Caller,
    user: Uuid,
    page: &PageRequest,
) -> Result<Page<Arc<Token>>, ListUsersError> {
    require_unless_own(caller, user, Permission::UserRead)?;
    let definitions = caller.definitions();
    let user = find_user(&definitions, user)?;
    let list = ["tokens", &user.id];
    let belongs = |token: &Token| token.user == user.id;
    let tokens = &definitions.tokens;
    let page = page_of(&app.cursors, caller.tenant, &list, page, tokens, belongs);
    Ok(page?)
}

/// Revokes a token of a user, with all tokens that descend from it.
///
/// # Errors
/// Where the caller may not, or there is no such user or token.
pub async fn revoke(caller: &Caller, user: Uuid, token: Uuid) -> Result<(), RevokeTokenError> {
    require_unless_own(caller, user, Permission::UserWrite)?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let revoke = move |change: &mut Change<'_>| {
        let user = find_user(change.definitions(), user)?;
        let token = find_token(change.definitions(), &user, token)?;
        let by = acting_user(change.definitions(), &by)?;
        check_holds(&by, &user.scopes)?;
        for revoked in change.definitions().token_and_descendants(&token.id) {
            change.remove::<Token>(&revoked.id);
        }
        change.audit(&actor, "token.revoke", subject(&user, &token));
        Ok(())
    };
    caller.change(revoke).await
}

/// Revokes all tokens of a user; where users revoke their own, the one that they call with is among them.
///
/// # Errors
/// Where the caller may not, or there is no such user.
pub async fn revoke_all(caller: &Caller, user: Uuid) -> Result<(), RevokeTokenError> {
    require_unless_own(caller, user, Permission::UserWrite)?;
    let (actor, by) = (caller.actor(), caller.id.clone());
    let revoke = move |change: &mut Change<'_>| {
        let user = find_user(change.definitions(), user)?;
        let by = acting_user(change.definitions(), &by)?;
        check_holds(&by, &user.scopes)?;
        for token in change.definitions().tokens_of(&user.id) {
            change.remove::<Token>(&token.id);
        }
        change.audit(&actor, "token.revoke_all", &user.login);
        Ok(())
    };
    caller.change(revoke).await
}

/// A new token of a user, which stands on its own, and the credential that is shown once.
pub(crate) fn issue(
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

/// Refuses another token of a user who has too many. Those that have expired are forgotten then.
fn make_room(change: &mut Change<'_>, user: &User) -> Result<(), TooManyTokens> {
    let tokens = change.definitions().tokens_of(&user.id);
    if tokens.len() < MAX_TOKENS_PER_USER {
        return Ok(());
    }
    let at = change.at();
    let (expired, live): (Vec<_>, Vec<_>) = tokens.iter().partition(|token| token.has_expired(at));
    if live.len() >= MAX_TOKENS_PER_USER {
        return Err(TooManyTokens {
            login: user.login.clone(),
        });
    }
    for token in expired {
        change.remove::<Token>(&token.id);
    }
    Ok(())
}

/// When a token expires that is made with another: as asked, and no later than that one.
fn expiry_of_child(asked: Option<Timestamp>, parent: &Token) -> Result<Option<Timestamp>, Invalid> {
    let end = parent.expires_at.map(Timestamp::from_micros);
    match (asked, end) {
        (Some(asked), Some(end)) if asked > end => Err(Invalid::new(format!(
            "'expires_at' must not be later than {end}, when the token of this request expires"
        ))),
        (Some(asked), _) => Ok(Some(asked)),
        (None, end) => Ok(end),
    }
}

/// The token of this id, where it is the user's.
fn find_token(definitions: &Definitions, user: &User, id: Uuid) -> Result<Arc<Token>, NoSuchToken> {
    let token = definitions.tokens.get(&id.to_string()).cloned();
    let token = token.filter(|token| token.user == user.id);
    token.ok_or(NoSuchToken(id))
}

/// How the audit names a token.
fn subject(user: &User, token: &Token) -> String {
    format!("{}/{}", user.login, token.prefix)
}
