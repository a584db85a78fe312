//! Another token in the place of one.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{IssuedToken, NoSuchToken, TooManyTokens, find_token, issue, make_room, subject};
use crate::caller::{Caller, Forbidden};
use crate::request::once::RepeatError;
use crate::request::{Invalid, Once, Replayable, rfc3339};
use crate::users::{NoSuchUser, acting_user, find_user, require_unless_own};
use domain::time::Timestamp;
use engine::lane::{Change, LaneError};
use tenant::directory::UserCredential;
use tenant::grant::{GrantRefusal, check_token};
use tenant::{Permission, Token};

/// The longest overlap when a token is replaced: 30 days.
const MAX_OVERLAP_SECONDS: u64 = 30 * 24 * 60 * 60;

/// A new access token in place of another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RotatedToken {
    /// The new token.
    #[serde(flatten)]
    pub token: IssuedToken,
    /// Until then the former token is good, too; none if it was revoked at once.
    #[serde(with = "rfc3339::option")]
    pub former_until: Option<Timestamp>,
}

/// Why a token was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum RotateTokenError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such user.
    #[error(transparent)]
    NoSuchUser(#[from] NoSuchUser),
    /// There is no such token.
    #[error(transparent)]
    NoSuchToken(#[from] NoSuchToken),
    /// The caller may not make a token for that user.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// The token does not descend from the one that the request presents, and might last longer.
    #[error("with a token users replace that token and those that descend from it, and no other")]
    NotDescended,
    /// The token has expired.
    #[error("the token has expired; make a new one instead")]
    Expired,
    /// The overlap is too long.
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

impl Replayable for RotatedToken {
    fn without_secrets(&self) -> Self {
        Self {
            token: self.token.without_secrets(),
            former_until: self.former_until,
        }
    }
}

/// Replaces a token of a user. The new one expires when the former would have, and takes over its children; the former
/// is good for so many seconds more.
///
/// # Errors
/// Where the caller may not, there is no such token, it has expired, or the overlap is too long.
pub async fn rotate(
    caller: &Caller,
    user: Uuid,
    token: Uuid,
    overlap_seconds: u64,
    once: Once,
) -> Result<RotatedToken, RotateTokenError> {
    require_unless_own(caller, user, Permission::UserWrite)?;
    if overlap_seconds > MAX_OVERLAP_SECONDS {
        let detail = format!("'overlap_seconds' may be {MAX_OVERLAP_SECONDS} at most");
        return Err(Invalid::new(detail).into());
    }
    let actor = caller.actor();
    let (by, with) = (caller.id.clone(), caller.credential.clone());
    let rotate = move |change: &mut Change<'_>| {
        let user = find_user(change.definitions(), user)?;
        let former = find_token(change.definitions(), &user, token)?;
        let by = acting_user(change.definitions(), &by)?;
        check_token(&by, &user)?;
        let is_own = user.id == by.id;
        if is_own && let UserCredential::Token(with) = &with {
            // Another one may last longer than the token of the request.
            let within = change.definitions().token_and_descendants(with);
            if within.iter().all(|token| token.id != former.id) {
                return Err(RotateTokenError::NotDescended);
            }
        }
        if former.has_expired(change.at()) {
            return Err(RotateTokenError::Expired);
        }
        let overlaps = overlap_seconds > 0;
        if overlaps {
            make_room(change, &user)?;
        }
        let expires_at = former.expires_at.map(Timestamp::from_micros);
        let (token, credential) = issue(&user.id, &former.name, expires_at, change.at());
        let parent = former.parent.clone();
        let token = change.put(Token { parent, ..token });
        let children = change.definitions().tokens_of(&user.id).into_iter();
        for child in children.filter(|child| child.parent.as_ref() == Some(&former.id)) {
            change.put(Token {
                parent: Some(token.id.clone()),
                ..Token::clone(&child)
            });
        }
        let former_until = overlaps.then(|| {
            let end = change.at().plus_seconds(overlap_seconds);
            expires_at.map_or(end, |earlier| earlier.min(end))
        });
        match former_until {
            // As a child of the new one it is revoked with it.
            Some(end) => drop(change.put(Token {
                parent: Some(token.id.clone()),
                expires_at: Some(end.as_micros()),
                ..Token::clone(&former)
            })),
            None => drop(change.remove::<Token>(&former.id)),
        }
        let action = match is_own {
            true => "token.rotate",
            false => "token.rotate_for_other",
        };
        change.audit(&actor, action, subject(&user, &token));
        Ok(RotatedToken {
            token: IssuedToken::of(&token, &credential),
            former_until,
        })
    };
    once.make(caller, rotate).await
}
