//! Links with which users set passwords: `/v1/users/{user}/password-link`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::idempotency::Repeatable;
use super::problem_from::problem_from;
use super::users::UserPath;
use crate::http::{Created, Params, Problem, ProblemKind, WireTime, problems};
use app::App;
use app::users::password_link::{self, MakePasswordLinkError};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/users/{user}/password-link",
        post_with(make_link, |op| {
            op.summary("Make a link with which a user sets a password")
                .description("The link works once, within 24 hours, until another one is made for the user. Send it to the user over a channel that nobody else reads: it is all that is needed to set the password. Only an Administrator can make one.")
                .tag("Users")
                .with(problems(&[ProblemKind::NotFound, ProblemKind::Conflict]))
        }),
    )
}

/// Nothing is asked: `{}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "NewPasswordLink")]
struct NewLink {}

/// A link with which a user sets a password.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PasswordLink")]
struct LinkBody {
    /// The page and the code. Shown once: null in the answer to a request that came again.
    link: Option<String>,
    /// The code alone, for a page that is opened without the link. Shown once.
    code: Option<String>,
    /// From then on it is refused.
    expires_at: WireTime,
}

problem_from!(MakePasswordLinkError {
    Forbidden,
    NoSuchUser,
    Grant,
    Repeat,
    Lane;
    Conflict: Disabled
});

async fn make_link(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<UserPath>,
    Repeatable { body: _, once }: Repeatable<NewLink>,
) -> Result<Created<LinkBody>, Problem> {
    let link = password_link::make(&caller, path.user, once).await?;
    let page = format!("{}/set-password", app.config.url());
    Ok(Created(LinkBody {
        link: link.code.as_ref().map(|code| format!("{page}#{code}")),
        code: link.code,
        expires_at: WireTime(link.expires_at),
    }))
}
