//! Another token in the place of one: `/v1/users/{user}/tokens/{token}/rotate`.

use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NewTokenBody, TokenPath, find_token, issue_token, make_room, require, subject};
use crate::caller::{UserCaller, user_in};
use crate::http::{Created, Params, Problem, ProblemKind, WireTime};
use crate::idempotency::{Answer, Repeatable};
use engine::lane::Change;
use tenant::grant::check_token;
use tenant::{Permission, Token};

/// The longest overlap when a token is replaced: 30 days.
const MAX_OVERLAP_SECONDS: u64 = 30 * 24 * 60 * 60;

/// How to replace an access token.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Rotation {
    /// Seconds for which the former token stays good: none unless told, and 30 days at most.
    #[serde(default)]
    #[schemars(range(max = 2_592_000))]
    overlap_seconds: u64,
}

/// A new access token in place of another.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct RotatedTokenBody {
    #[serde(flatten)]
    token: NewTokenBody,
    /// Until then the former token is good, too; null where it was revoked at once.
    former_until: Option<WireTime>,
}

impl Answer for RotatedTokenBody {
    fn without_secrets(&self) -> Self {
        Self {
            token: self.token.without_secrets(),
            former_until: self.former_until,
        }
    }
}

pub(super) async fn rotate_token(
    caller: UserCaller,
    Params(path): Params<TokenPath>,
    Repeatable { body, once }: Repeatable<Rotation>,
) -> Result<Created<RotatedTokenBody>, Problem> {
    require(&caller, path.user, Permission::UserWrite)?;
    if body.overlap_seconds > MAX_OVERLAP_SECONDS {
        let detail = format!("'overlap_seconds' may be {MAX_OVERLAP_SECONDS} at most");
        return Err(Problem::unprocessable(detail, Vec::new()));
    }
    let actor = caller.actor();
    let (by, with) = (caller.id.clone(), caller.token.clone());
    let rotate = move |change: &mut Change<'_>| {
        let (user, former) = find_token(change, &path)?;
        let by = user_in(change.definitions(), &by)?;
        check_token(&by, &user)?;
        let is_own = user.id == by.id;
        if is_own {
            // Another one may last longer than the token of the request.
            let within = change.definitions().token_and_descendants(&with);
            if within.iter().all(|token| token.id != former.id) {
                return Err(Problem::new(
                    ProblemKind::Forbidden,
                    "with a token users replace that token and those that descend from it, and no other",
                ));
            }
        }
        if former.has_expired(change.at()) {
            return Err(Problem::conflict(
                "the token has expired; make a new one instead",
            ));
        }
        let overlaps = body.overlap_seconds > 0;
        if overlaps {
            make_room(change, &user)?;
        }
        let expires_at = former.expires_at.map(Timestamp::from_micros);
        let (token, credential) = issue_token(&user.id, &former.name, expires_at, change.at());
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
            let end = change.at().plus_seconds(body.overlap_seconds);
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
        let action = if is_own {
            "token.rotate"
        } else {
            "token.rotate_for_other"
        };
        change.audit(&actor, action, subject(&user, &token));
        Ok(RotatedTokenBody {
            token: NewTokenBody::of(&token, &credential),
            former_until: former_until.map(WireTime),
        })
    };
    once.create(&caller, rotate).await
}
