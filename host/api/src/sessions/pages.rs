//! Pages of transactions, as the hub's connector reports them.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::Json;
use axum::extract::{Request, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::body::HistoryBody;
use super::outcome::{MonitoringBody, UnlistedBody};
use super::transaction::{self, TransactionBody};
use super::{AccountPath, TAG};
use crate::blocking::blocking;
use crate::caller::UserCaller;
use crate::http::body::{parse_shape, read_bytes, require_media_type};
use crate::http::{Params, Problem, ProblemKind, problems};
use crate::problem_from::problem_from;
use app::App;
use app::sessions::pages::{self, ReportPageError, TakenPage};
use app::sessions::reported::ReportedPage;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/api/v2/bank/session/{sessionId}/accounts/{accountId}/transactions",
        post_with(post_page, |op| {
            op.summary("Report a page of an account's history")
                .description("At most 10,000 transactions. The account's history lists each transaction once, by its transactionId: one that comes again with the same content, under whatever page number, is counted in `repeats`. A transaction that cannot be read, is dated ahead, or comes again with other content is listed in `unlisted` with the reason, and the rest of the page is taken. Announces TransactionsSyncFinished when the history of all accounts suffices; from then on all pages can be read. Answered when the transactions were judged, where the tenant has them monitored. The same page again is judged to the end where that was cut off.")
                .tag(TAG)
                .input::<Json<PageBody>>()
                .with(problems(&[
                    ProblemKind::BadRequest,
                    ProblemKind::Timeout,
                    ProblemKind::Conflict,
                    ProblemKind::TooLarge,
                    ProblemKind::UnsupportedMediaType,
                    ProblemKind::Unprocessable,
                ]))
        }),
    )
}

/// A page of an account's history.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TransactionPage")]
struct PageBody {
    /// From 1 within the account: by it a page that comes again is known.
    #[schemars(range(min = 1))]
    page: u32,
    /// The day back to which the account's history is complete with this page.
    history_from: String,
    /// Whether the bank has no more.
    #[serde(default)]
    is_whole_history: bool,
    /// Read one by one, so that one that cannot be read does not refuse the others.
    #[schemars(with = "Vec<TransactionBody>", length(max = 10_000))]
    transactions: Vec<Box<RawValue>>,
}

/// What became of a page.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PageTaken")]
struct PageTaken {
    session_id: Uuid,
    page: u32,
    /// How many transactions it has.
    transactions: u32,
    /// How many of them the account's history had before, with the same content.
    repeats: u32,
    /// How many of them the account's history does not list.
    unlisted_count: u32,
    /// The first thousand of those, with the reasons.
    unlisted: Vec<UnlistedBody>,
    /// Whether it was taken before.
    is_repeat: bool,
    /// The session's stage now.
    stage: &'static str,
    /// The account's history now.
    account: Option<HistoryBody>,
    /// What became of its transactions in monitoring; null where the tenant has none monitored.
    monitoring: Option<MonitoringBody>,
}

impl From<PageBody> for ReportedPage {
    fn from(body: PageBody) -> Self {
        let transactions = body.transactions.into_iter();
        Self {
            number: body.page,
            reaches_to: body.history_from,
            is_whole: body.is_whole_history,
            transactions: Box::new(transactions.map(|text| transaction::read(&text))),
        }
    }
}

impl From<TakenPage> for PageTaken {
    fn from(taken: TakenPage) -> Self {
        let state = &taken.session.state;
        let mut accounts = state.shown_accounts().iter();
        let history = accounts.find(|(known, _)| known.id == taken.account);
        let unlisted = taken.unlisted.into_iter();
        Self {
            session_id: taken.session.id,
            page: taken.page,
            transactions: taken.transactions,
            repeats: taken.repeats,
            unlisted_count: taken.unlisted_count,
            unlisted: unlisted.map(UnlistedBody::from).collect(),
            is_repeat: taken.is_repeat,
            stage: state.stage().as_str(),
            account: history.map(|(account, history)| HistoryBody::new(account, history, state)),
            monitoring: taken.monitoring.map(MonitoringBody::from),
        }
    }
}

problem_from!(ReportPageError {
    Forbidden,
    Invalid,
    Step,
    Lane,
    Panicked
});

async fn post_page(
    State(app): State<Arc<App>>,
    UserCaller(caller): UserCaller,
    Params(path): Params<AccountPath>,
    request: Request,
) -> Result<Json<PageTaken>, Problem> {
    let decode = async {
        require_media_type(request.headers(), &["application/json"])?;
        let bytes = read_bytes(request, &()).await?;
        // A long page takes its time, which others need not wait for.
        let body = blocking(move || parse_shape::<PageBody>(&bytes)).await??;
        Ok::<ReportedPage, Problem>(body.into())
    };
    let taken = pages::report(app, caller, path.session, path.account, decode).await?;
    Ok(Json(taken.into()))
}
