//! What clients read of sessions and of users.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::body::{AccountBody, SessionBody, SessionBriefBody};
use super::client::ReadClientHeader;
use super::transaction::TransactionBody;
use super::{SessionPath, TAG};
use crate::caller::UserCaller;
use crate::http::{List, Page, Params, Problem};
use crate::listing::Nothing;
use crate::problem_from::{problem_from, problem_kind};
use app::App;
use app::sessions::read::{
    self, BankAccount, BankTransaction, ListOfSessionError, ListOfUserError, ListSessionsError,
    NoSuchSession, OfUser, ReadSessionError, SessionFilters,
};
use domain::session::Stage;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/api/v2/bank/sessions",
            get_with(list_sessions, |op| {
                op.summary("List the sessions")
                    .description("Newest first. A page may have fewer items than its limit, and yet lead on by its cursor. Reading one session tells what its items leave out.")
                    .tag(TAG)
            }),
        )
        .api_route(
            "/api/v2/bank/session/{sessionId}",
            get_with(read_session, |op| op.summary("Read a session").tag(TAG)),
        )
        .api_route(
            "/api/v2/bank/session/{sessionId}/transactions",
            get_with(list_session_transactions, |op| {
                op.summary("List the transactions of a session")
                    .description("By account. None until the history of all accounts suffices; from then on all.")
                    .tag(TAG)
            }),
        )
        .api_route(
            "/api/v2/bank/accounts",
            get_with(list_user_accounts, |op| {
                op.summary("List the accounts of a user, over all consents").tag(TAG)
            }),
        )
        .api_route(
            "/api/v2/bank/transactions",
            get_with(list_user_transactions, |op| {
                op.summary("List the transactions of a user, over all consents").tag(TAG)
            }),
        )
}

/// Which sessions.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "SessionFilters")]
struct SessionsFilters {
    /// At this stage alone.
    stage: Option<SessionStage>,
}

/// How far a session is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SessionStage {
    /// The customer is at the bank.
    Authorizing,
    /// The accounts are being read.
    Accounts,
    /// The transactions are being read.
    Transactions,
    /// The history suffices; more may come.
    Complete,
    /// All is read.
    Finished,
    /// Not all could be read.
    Failed,
    /// The consent was taken back.
    TakenBack,
}

impl From<SessionStage> for Stage {
    fn from(stage: SessionStage) -> Self {
        match stage {
            SessionStage::Authorizing => Self::Authorizing,
            SessionStage::Accounts => Self::Accounts,
            SessionStage::Transactions => Self::Transactions,
            SessionStage::Complete => Self::Complete,
            SessionStage::Finished => Self::Finished,
            SessionStage::Failed => Self::Failed,
            SessionStage::TakenBack => Self::TakenBack,
        }
    }
}

/// Whose accounts or transactions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OfUser")]
struct OfUserFilters {
    /// By which the client, or the hub, calls the user; always needed.
    user_id: Option<String>,
}

/// An account of a user, and where it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BankAccount")]
pub(super) struct BankAccountBody {
    bank_id: String,
    /// The session that read it.
    session_id: Uuid,
    #[serde(flatten)]
    account: AccountBody,
}

/// A transaction of an account, and where that is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BankTransaction")]
pub(super) struct BankTransactionBody {
    bank_id: String,
    account_id: String,
    /// The session that fetched it.
    session_id: Uuid,
    #[serde(flatten)]
    transaction: TransactionBody,
}

impl From<BankAccount> for BankAccountBody {
    fn from(one: BankAccount) -> Self {
        Self {
            bank_id: one.bank,
            session_id: one.session,
            account: AccountBody::of(&one.account),
        }
    }
}

impl From<BankTransaction> for BankTransactionBody {
    fn from(one: BankTransaction) -> Self {
        Self {
            bank_id: one.bank,
            account_id: one.account,
            session_id: one.session,
            transaction: one.transaction.into(),
        }
    }
}

impl OfUserFilters {
    fn of(self, ReadClientHeader(client): ReadClientHeader) -> OfUser {
        OfUser {
            client,
            user: self.user_id,
        }
    }
}

problem_kind!(NoSuchSession: NotFound);
problem_from!(ReadSessionError {
    Forbidden,
    NoSuchSession,
    Read
});
problem_from!(ListSessionsError {
    Forbidden,
    ForeignCursor,
    Read
});
problem_from!(ListOfSessionError {
    Session,
    ForeignCursor,
    Read
});
problem_from!(ListOfUserError {
    Forbidden, Client, ForeignCursor, Read;
    BadRequest: NoUser
});

async fn list_sessions(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    List { filters, page }: List<SessionsFilters>,
) -> Result<Json<Page<SessionBriefBody>>, Problem> {
    let filters = SessionFilters {
        stage: filters.stage.map(Stage::from),
    };
    let page = read::list(&app, &caller, filters, &page).await?;
    Ok(Json(
        page.map(|session| SessionBriefBody::of(&session)).into(),
    ))
}

async fn read_session(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<SessionPath>,
) -> Result<Json<SessionBody>, Problem> {
    let session = read::read(&app, &caller, path.session).await?;
    Ok(Json(SessionBody::new(session)))
}

pub(super) async fn list_session_accounts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<SessionPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<BankAccountBody>>, Problem> {
    let page = read::list_session_accounts(&app, &caller, path.session, &page).await?;
    Ok(Json(page.map(BankAccountBody::from).into()))
}

async fn list_session_transactions(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<SessionPath>,
    List { page, .. }: List<Nothing>,
) -> Result<Json<Page<BankTransactionBody>>, Problem> {
    let page = read::list_session_transactions(&app, &caller, path.session, &page).await?;
    Ok(Json(page.map(BankTransactionBody::from).into()))
}

async fn list_user_accounts(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    client: ReadClientHeader,
    List { filters, page }: List<OfUserFilters>,
) -> Result<Json<Page<BankAccountBody>>, Problem> {
    let page = read::list_user_accounts(&app, &caller, filters.of(client), &page).await?;
    Ok(Json(page.map(BankAccountBody::from).into()))
}

async fn list_user_transactions(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    client: ReadClientHeader,
    List { filters, page }: List<OfUserFilters>,
) -> Result<Json<Page<BankTransactionBody>>, Problem> {
    let page = read::list_user_transactions(&app, &caller, filters.of(client), &page).await?;
    Ok(Json(page.map(BankTransactionBody::from).into()))
}
