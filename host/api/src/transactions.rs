//! Transactions, one at a time: `/v1/transactions`, and what users read of a team's.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get, get_with, post_with};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::payload::{Fault, Identifier};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::blocking::blocking;
use super::caller::{TeamCaller, UserCaller};
use super::teams::TeamPath;
use super::transaction_body::{Reader, ReceiptBody, TransactionBody};
use crate::http::body::{require_media_type, unread};
use crate::http::{Accept, List, Page, Params, Problem, ProblemKind, WireTime, problems};
use app::App;
use app::teams::find_team;
use engine::lane::{
    Ingested, NewIngest, Posted, Receipt, StoredTransaction, TeamView, TransactionQuery,
};
use ingest::{KeyedHash, Payload, same_content};
use tenant::{Definitions, Permission, Team};

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

/// The team of a key, and its keyed hash.
///
/// # Errors
/// 409 where the team has no payload schema yet.
pub(super) fn posting_team(
    definitions: &Definitions,
    caller: &TeamCaller,
) -> Result<(Arc<Team>, KeyedHash), Problem> {
    let team = find_team(definitions, &caller.name)?;
    if team.schemas.is_empty() {
        return Err(Problem::conflict(format!(
            "team '{}' has no payload schema yet; PUT /v1/teams/{}/payload-schema first",
            team.name, team.name
        )));
    }
    let tenant = definitions.tenant().ok_or_else(Problem::internal)?;
    Ok((team, KeyedHash::new(&tenant.hash_key)))
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
    let definitions = caller.lane.definitions();
    let (team, keyed_hash) = posting_team(&definitions, caller)?;
    let schema = team.schema().ok_or_else(Problem::internal)?;
    let bytes = body.len();
    let payload = Payload::Json(body);
    let ingested = match payload.read(&schema, &keyed_hash) {
        Ok(transaction) => {
            let txn_id = transaction.txn_id.as_str().to_owned();
            let ingest = NewIngest {
                by: caller.authority(),
                team: caller.team,
                posted: vec![Posted {
                    payload,
                    transaction,
                }],
                bytes,
                received_at,
            };
            let ingested = caller.lane.ingest(ingest).await?;
            (
                txn_id,
                ingested.into_iter().next().ok_or_else(Problem::internal)?,
            )
        }
        Err(faults) => refused_or_earlier(caller, payload, faults, &keyed_hash).await?,
    };
    let (status, receipt) = match &ingested.1 {
        Ingested::Accepted(receipt) => (StatusCode::CREATED, receipt),
        Ingested::Duplicate(receipt) => (StatusCode::OK, receipt),
        other => return Err(refusal(other, &ingested.0)),
    };
    let answer = ReceiptBody::new(&ingested.0, &team, receipt, &Reader::poster());
    Ok((status, axum::Json(answer)).into_response())
}

/// What the answer to a transaction is that was not accepted.
fn refusal(ingested: &Ingested, txn_id: &str) -> Problem {
    match ingested {
        Ingested::Conflict => Problem::conflict(format!(
            "another transaction of the team has the txn_id '{txn_id}'; nothing was registered"
        )),
        Ingested::Refused(faults) => Problem::failed_to_register(faults.clone()),
        Ingested::Accepted(_) | Ingested::Duplicate(_) => Problem::internal(),
    }
}

/// A payload that the schema in force refuses may be the repeat of one that an
/// earlier schema accepted.
///
/// # Errors
/// 422 with the faults, where it is none.
pub(super) async fn refused_or_earlier(
    caller: &TeamCaller,
    payload: Payload,
    faults: Vec<Fault>,
    keyed_hash: &KeyedHash,
) -> Result<(String, Ingested), Problem> {
    let txn_id = payload.txn_id();
    let earlier = match &txn_id {
        Some(txn_id) => find(&caller.lane.team(caller.team).await?, txn_id).await?,
        None => None,
    };
    let repeat = earlier.filter(|earlier| {
        let again = payload.read(&earlier.transaction.schema, keyed_hash);
        again.is_ok_and(|again| same_content(&again, &earlier.transaction))
    });
    match repeat {
        Some(earlier) => {
            let txn_id = earlier.transaction.txn_id.as_str().to_owned();
            let receipt = Receipt {
                sequence: earlier.sequence,
                received_at: earlier.received_at,
                outcome: earlier.outcome,
            };
            Ok((txn_id, Ingested::Duplicate(receipt)))
        }
        None => {
            metrics::counter!("vervet_transactions_total", "outcome" => "refused").increment(1);
            Err(Problem::failed_to_register(faults))
        }
    }
}

/// Reads off the runtime's threads: the store may wait for the disk.
async fn find(
    view: &Arc<TeamView>,
    txn_id: &Identifier,
) -> Result<Option<StoredTransaction>, Problem> {
    let (view, txn_id) = (view.clone(), txn_id.clone());
    Ok(blocking(move || view.find(txn_id.as_str())).await??)
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
    let definitions = caller.lane.definitions();
    let team = find_team(&definitions, &caller.name)?;
    let view = caller.lane.team(caller.team).await?;
    read(&view, &team, &path.txn_id, Reader::team(definitions)).await
}

async fn read_transaction(
    caller: UserCaller,
    Params(path): Params<TransactionPath>,
) -> Result<axum::Json<TransactionBody>, Problem> {
    caller.require(Permission::TransactionRead)?;
    let team = find_team(&caller.definitions(), path.team.0.as_str())?;
    let view = caller.lane.team(team.id).await?;
    read(&view, &team, &path.txn_id, Reader::user(&caller)).await
}

async fn read(
    view: &Arc<TeamView>,
    team: &Team,
    txn_id: &str,
    reader: Reader,
) -> Result<axum::Json<TransactionBody>, Problem> {
    let not_found = || Problem::not_found(&format!("transaction '{txn_id}'"));
    let identifier = Identifier::new(txn_id).map_err(|_| not_found())?;
    let stored = find(view, &identifier).await?.ok_or_else(not_found)?;
    Ok(axum::Json(TransactionBody::new(team, &stored, &reader)))
}

/// Which transactions.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct TransactionFilters {
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

async fn list_own_transactions(
    State(app): State<Arc<App>>,
    caller: TeamCaller,
    list: List<TransactionFilters>,
) -> Result<axum::Json<Page<TransactionBody>>, Problem> {
    let definitions = caller.lane.definitions();
    let team = find_team(&definitions, &caller.name)?;
    let view = caller.lane.team(caller.team).await?;
    page(&app, &view, &team, list, Reader::team(definitions)).await
}

async fn list_transactions(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<TeamPath>,
    list: List<TransactionFilters>,
) -> Result<axum::Json<Page<TransactionBody>>, Problem> {
    caller.require(Permission::TransactionRead)?;
    let team = find_team(&caller.definitions(), path.name())?;
    let view = caller.lane.team(team.id).await?;
    page(&app, &view, &team, list, Reader::user(&caller)).await
}

async fn page(
    app: &App,
    view: &Arc<TeamView>,
    team: &Team,
    List { filters, page }: List<TransactionFilters>,
    reader: Reader,
) -> Result<axum::Json<Page<TransactionBody>>, Problem> {
    let named = serde_json::to_string(&filters).map_err(|_| Problem::internal())?;
    let (tenant, number) = (view.tenant().0.to_string(), team.id.to_string());
    let list = [&*tenant, "transactions", &*number, &*named];
    let after = page.position(&app.cursors, &list)?;
    let query = TransactionQuery {
        customer_id: filters.customer_id,
        from: filters.from.map(|WireTime(from)| from),
        to: filters.to.map(|WireTime(to)| to),
        after: after.as_deref().and_then(read_position),
        limit: page.limit() + 1,
    };
    let found = match filters.txn_id {
        Some(txn_id) => find_among(view, &txn_id, &query).await?,
        None => {
            let view = view.clone();
            blocking(move || view.list(&query)).await??
        }
    };
    let page = Page::of(found, &page, &app.cursors, &list, |stored| {
        let at = stored.transaction.date_time.as_micros();
        [at.to_be_bytes(), stored.sequence.to_be_bytes()].concat()
    });
    Ok(axum::Json(page.map(|stored| {
        TransactionBody::new(team, &stored, &reader)
    })))
}

/// The transaction of this id, where the other filters let it through.
async fn find_among(
    view: &Arc<TeamView>,
    txn_id: &str,
    query: &TransactionQuery,
) -> Result<Vec<StoredTransaction>, Problem> {
    let Ok(txn_id) = Identifier::new(txn_id) else {
        return Ok(Vec::new());
    };
    let found = find(view, &txn_id).await?;
    let found = found.filter(|StoredTransaction { transaction, .. }| {
        let customer = transaction.customer_id.as_str();
        let at = transaction.date_time;
        query.customer_id.as_deref().is_none_or(|it| it == customer)
            && query.from.is_none_or(|from| from <= at)
            && query.to.is_none_or(|to| at < to)
            && query.after.is_none()
    });
    Ok(found.into_iter().collect())
}

fn read_position(bytes: &[u8]) -> Option<(Timestamp, u64)> {
    let (at, sequence) = bytes.split_first_chunk::<8>()?;
    let at = Timestamp::from_micros(i64::from_be_bytes(*at));
    Some((at, u64::from_be_bytes(sequence.try_into().ok()?)))
}
