//! What the hub's connector reports of a session: code, accounts, failure, end.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{post_with, put_with};
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::body::{AccountBody, FailureBody, SessionBody};
use super::read::list_session_accounts;
use super::{SessionPath, TAG};
use crate::caller::UserCaller;
use crate::http::{JsonBody, Params, Problem, ProblemKind, problems};
use crate::problem_from::problem_from;
use app::App;
use app::sessions::accounts::ReportedAccount;
use app::sessions::steps::{self, ReportError};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    let conflict = || problems(&[ProblemKind::Conflict]);
    ApiRouter::new()
        .api_route(
            "/api/v2/bank/session/{sessionId}/code",
            post_with(post_code, |op| {
                op.summary("Report that the customer is back from the bank")
                    .description("Announces AccountsSyncStarted.")
                    .tag(TAG)
                    .with(conflict())
            }),
        )
        .api_route(
            "/api/v2/bank/session/{sessionId}/accounts",
            put_with(put_accounts, |op| {
                op.summary("Report the accounts, all at once")
                    .description("Announces AccountsSyncFinished.")
                    .tag(TAG)
                    .with(conflict())
            })
            .get_with(list_session_accounts, |op| {
                op.summary("List the accounts of a session")
                    .description("None while they are not read, and none once the consent is taken back.")
                    .tag(TAG)
            }),
        )
        .api_route(
            "/api/v2/bank/session/{sessionId}/failure",
            post_with(post_failure, |op| {
                op.summary("Report a failure")
                    .description("Announces AccountsSyncFailed, or, of stage transactions, TransactionsSyncFailed unless TransactionsSyncFinished was announced. The session has ended.")
                    .tag(TAG)
                    .with(conflict())
            }),
        )
        .api_route(
            "/api/v2/bank/session/{sessionId}/finish",
            post_with(post_finish, |op| {
                op.summary("Report that all is read")
                    .description("Announces nothing. Refused while the history does not suffice.")
                    .tag(TAG)
                    .with(conflict())
            }),
        )
}

/// What the customer brought back.
#[derive(Deserialize, JsonSchema)]
struct Code {
    /// The bank's code after the customer's strong authentication; only its SHA-256 is kept.
    #[schemars(length(min = 1, max = 4096))]
    code: String,
}

/// What the bank told of accounts.
#[derive(Debug, Deserialize, JsonSchema)]
struct Accounts {
    /// All accounts of the session, at most 200.
    accounts: Vec<AccountBody>,
}

problem_from!(ReportError {
    Forbidden,
    Invalid,
    Step,
    Lane,
    Read
});

async fn post_code(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<SessionPath>,
    JsonBody(body): JsonBody<Code>,
) -> Result<Json<SessionBody>, Problem> {
    let session = steps::report_code(&app, &caller, path.session, &body.code).await?;
    Ok(Json(SessionBody::new(session)))
}

async fn put_accounts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<SessionPath>,
    JsonBody(body): JsonBody<Accounts>,
) -> Result<Json<SessionBody>, Problem> {
    let accounts = body.accounts.into_iter().map(ReportedAccount::from);
    let accounts = accounts.collect();
    let session = steps::report_accounts(&app, &caller, path.session, accounts).await?;
    Ok(Json(SessionBody::new(session)))
}

async fn post_failure(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<SessionPath>,
    JsonBody(body): JsonBody<FailureBody>,
) -> Result<Json<SessionBody>, Problem> {
    let session = steps::report_failure(&app, &caller, path.session, body.into()).await?;
    Ok(Json(SessionBody::new(session)))
}

async fn post_finish(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<SessionPath>,
) -> Result<Json<SessionBody>, Problem> {
    let session = steps::report_end(&app, &caller, path.session).await?;
    Ok(Json(SessionBody::new(session)))
}
