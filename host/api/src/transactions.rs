//! Transactions, one at a time: `/v1/transactions`, and what users read of a team's.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get, get_with, post_with};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;

use super::caller::{TeamCaller, UserCaller};
use super::problem_from::problem_from;
use super::teams::TeamPath;
use super::transaction_body::{ReceiptBody, TransactionBody};
use crate::http::body::{require_media_type, unread};
use crate::http::{Accept, List, Page, Params, Problem, ProblemKind, WireTime, problems};
use app::App;
use app::transactions::post::{self, PostError, PostingTeamError, TransactionError};
use app::transactions::read::{
    self, ListTransactionsError, ReadTransactionError, TransactionFilters,
};
use ingest::Payload;

pub(super) fn routes(max_bytes: usize) -> ApiRouter<Arc<App>> {
    let post = post_with(post_transaction, |op| {
        op.summary("Post a transaction")
            .description("With a team's API key. Answered once the transaction, and all that came of it, is durable. Posting the same content again is 200 with the same answer.")
            .tag("Transactions")
            .input::<axum::Json<serde_json::Map<String, serde_json::Value>>>()
            .response_with::<201, axum::Json<ReceiptBody>, _>(|response| {
                response.description("Accepted")
            })
            .response_with::<200, axum::Json<ReceiptBody>, _>(|response| {
                response.description("Accepted before")
            })
            .with(problems(&[
                ProblemKind::BadRequest,
                ProblemKind::Timeout,
                ProblemKind::Conflict,
                ProblemKind::TooLarge,
                ProblemKind::UnsupportedMediaType,
                ProblemKind::FailedToRegister,
                ProblemKind::Internal,
                ProblemKind::Unavailable,
            ]))
    });
    ApiRouter::new()
        .api_route(
            "/v1/transactions",
            post.layer(DefaultBodyLimit::max(max_bytes))
                .get_with(list_own_transactions, |op| {
                    op.summary("List the team's transactions")
                        .tag("Transactions")
                }),
        )
        .api_route(
            "/v1/transactions/{txn_id}",
            get_with(read_own_transaction, |op| {
                op.summary("Read a transaction of the team")
                    .description("As the API key may see it: without masked fields, and without what rules made of them.")
                    .tag("Transactions")
            }),
        )
        // The route of batches has the same path.
        .route("/v1/transactions/batch", get(read_transaction_called_batch))
        .api_route(
            "/v1/teams/{team}/transactions",
            get_with(list_transactions, |op| {
                op.summary("List a team's transactions").tag("Transactions")
            }),
        )
        .api_route(
            "/v1/teams/{team}/transactions/{txn_id}",
            get_with(read_transaction, |op| {
                op.summary("Read a transaction").tag("Transactions")
            }),
        )
}

problem_from!(PostingTeamError { NoSuchTeam; Conflict: NoPayloadSchema => "PUT /v1/teams/{team}/payload-schema sets one"; Internal: NoKey });
problem_from!(PostError { Team, Transaction; Conflict: TxnIdTaken });
problem_from!(ReadTransactionError {
    Forbidden, NoSuchTeam, Read;
    NotFound: NoSuchTransaction
});
problem_from!(ListTransactionsError {
    Forbidden,
    NoSuchTeam,
    ForeignCursor,
    Read
});

impl From<TransactionError> for Problem {
    fn from(error: TransactionError) -> Self {
        match error {
            TransactionError::TxnIdTaken => Self::conflict(error.to_string()),
            TransactionError::Refused(faults) => Self::failed_to_register(faults),
            TransactionError::Revoked => Self::unauthorized(),
            TransactionError::Lane(error) => error.into(),
            TransactionError::Read(error) => error.into(),
            TransactionError::Unanswered => Self::internal(),
        }
    }
}

async fn post_transaction(
    State(app): State<Arc<App>>,
    caller: TeamCaller,
    accept: Accept,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let answered = post(&app, &caller, &headers, body).await;
    answered.unwrap_or_else(|problem| problem.into_response_as(&accept))
}

async fn post(
    app: &App,
    caller: &TeamCaller,
    headers: &HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Response, Problem> {
    let received_at = app.services.clock.now();
    require_media_type(headers, &["application/json"])?;
    let body = body.map_err(|rejection| {
        let problem = unread(&rejection);
        match problem.kind() {
            ProblemKind::TooLarge => {
                let bytes = app.config.http.max_transaction_bytes;
                let detail = format!("a transaction has at most {bytes} bytes");
                Problem::new(ProblemKind::TooLarge, detail)
            }
            _ => problem,
        }
    })?;
    let posted = post::post(caller, Payload::Json(body), received_at).await?;
    let status = match posted.accepted.is_new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok((status, axum::Json(ReceiptBody::from(&posted))).into_response())
}

/// The path of a transaction, with a team's key.
#[derive(Debug, Deserialize, JsonSchema)]
struct OwnPath {
    /// The transaction's id.
    txn_id: String,
}

async fn read_transaction_called_batch(
    caller: TeamCaller,
) -> Result<axum::Json<TransactionBody>, Problem> {
    let txn_id = "batch".to_owned();
    read_own_transaction(caller, Params(OwnPath { txn_id })).await
}

/// The path of a transaction, for a user.
#[derive(Debug, Deserialize, JsonSchema)]
struct TransactionPath {
    /// The team's name.
    team: crate::http::WireName,
    /// The transaction's id.
    txn_id: String,
}

async fn read_own_transaction(
    caller: TeamCaller,
    Params(path): Params<OwnPath>,
) -> Result<axum::Json<TransactionBody>, Problem> {
    let seen = read::read_own(&caller, &path.txn_id).await?;
    Ok(axum::Json(seen.into()))
}

async fn read_transaction(
    caller: UserCaller,
    Params(path): Params<TransactionPath>,
) -> Result<axum::Json<TransactionBody>, Problem> {
    let seen = read::read(&caller, path.team.0.as_str(), &path.txn_id).await?;
    Ok(axum::Json(seen.into()))
}

/// Which transactions.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "TransactionFilters")]
struct FiltersBody {
    /// The one with this id alone. Ids that clients and proxies change in a path, such as `..` and those with slashes,
    /// are found so.
    txn_id: Option<String>,
    /// Of this customer alone.
    customer_id: Option<String>,
    /// Those that happened then or later.
    from: Option<WireTime>,
    /// Those that happened before.
    to: Option<WireTime>,
}

impl From<FiltersBody> for TransactionFilters {
    fn from(body: FiltersBody) -> Self {
        Self {
            txn_id: body.txn_id,
            customer_id: body.customer_id,
            from: body.from.map(|WireTime(from)| from),
            to: body.to.map(|WireTime(to)| to),
        }
    }
}

async fn list_own_transactions(
    State(app): State<Arc<App>>,
    caller: TeamCaller,
    List { filters, page }: List<FiltersBody>,
) -> Result<axum::Json<Page<TransactionBody>>, Problem> {
    let page = read::list_own(&app.cursors, &caller, filters.into(), &page).await?;
    Ok(axum::Json(page.map(TransactionBody::from).into()))
}

async fn list_transactions(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    List { filters, page }: List<FiltersBody>,
) -> Result<axum::Json<Page<TransactionBody>>, Problem> {
    let (cursors, filters) = (&app.cursors, filters.into());
    let page = read::list(cursors, &caller, path.name(), filters, &page).await?;
    Ok(axum::Json(page.map(TransactionBody::from).into()))
}
